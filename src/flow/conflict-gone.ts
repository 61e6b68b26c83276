import type { Sha } from '../domain/ids.ts';
import { fullNameOf, ourselves, type RepoRef } from '../domain/pull.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'git' | 'store' | 'clock' | 'log'>;

/**
 * A base branch moved: pull requests that did not merge into it cleanly, and do now, are planned by themselves, and what waited there
 * meanwhile is not forgotten. A push to the pull request itself is told by its own webhook. May be repeated.
 */
export const wakeMerging = async (ports: Ports, repo: RepoRef, branch: string, tip: Sha): Promise<void> => {
  const { store, clock } = ports;
  for (const { number, baseRef, headSha } of await store.sightings.open(repo.id)) {
    if (baseRef !== branch) continue;
    const batch = await store.batches.latest({ repositoryId: repo.id, pullNumber: number }, 'plan');
    if (batch?.problem?.code !== 'conflict' || !(await mayMerge(ports, repo, tip, headSha))) continue;
    await store.deliveries.record({
      id: `tidegate-merges-${repo.id}-${number}-${headSha}-${tip}`,
      event: 'conflict_gone',
      action: null,
      repository: fullNameOf(repo),
      trigger: { kind: 'pull', pull: { repo, number }, reason: 'synchronize', sender: ourselves },
      receivedAt: clock.now(),
    });
  }
};

/** Whether it does is looked at again; here it only spares the fetch for those that still do not. */
const mayMerge = async ({ git, log }: Ports, repo: RepoRef, tip: Sha, head: Sha): Promise<boolean> => {
  try {
    return !('conflicts' in (await git.mergeOf(repo.id, tip, head)));
  } catch (error) {
    log.warn('whether a pull request merges cleanly by now cannot be told here', { head, error });
    return true;
  }
};
