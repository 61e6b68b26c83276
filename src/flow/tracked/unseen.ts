import { fullNameOf, ofRepository, type RepoRef } from '../../domain/pull.ts';
import { knownBases } from '../known-bases.ts';
import type { FlowPorts } from '../ports.ts';
import { receive } from '../receive.ts';
import { lookAtTags } from '../tags/compare.ts';
import { lookedTags } from '../tags/looked.ts';
import { lookedBranches } from './looked.ts';

/**
 * Base branches that are known of and were never looked at for what they ask for, as before this was kept: each is, on the road of
 * pushes. Returns how many.
 */
export const lookAtUnseen = async (
  ports: Pick<FlowPorts, 'store' | 'clock' | 'log' | 'operator'>,
  repo: RepoRef,
): Promise<number> => {
  const { store, clock } = ports;
  const looked = await lookedBranches(store, repo.id);
  let asked = 0;
  for (const [branch, commit] of await knownBases(store, repo.id)) {
    if (looked.has(branch)) continue;
    const delivery = {
      id: `tidegate-sweep-tracked-${repo.id}-${branch}-${commit}`,
      event: 'push',
      action: null,
      repository: fullNameOf(repo),
      trigger: {
        kind: 'push',
        pull: ofRepository(repo),
        ...{ branch, before: commit, after: commit, isDefault: null, sender: null },
      },
      receivedAt: clock.now(),
    } as const;
    if ((await receive(ports, delivery)) === 'new') asked += 1;
  }
  // Its branches were looked at before anybody could follow tags.
  if (looked.size > 0 && (await lookedTags(store, repo.id)) === null)
    asked += await lookAtTags(ports, repo, 'first');
  return asked;
};
