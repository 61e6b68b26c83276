import { runId } from '../domain/ids.ts';
import { noPull } from '../domain/pull.ts';
import type { PullKey } from '../store/port.ts';
import { neededByLooks } from './consumers/needed.ts';
import { rescueState } from './execute.ts';
import type { FlowPorts } from './ports.ts';

export type RetentionPorts = Pick<
  FlowPorts,
  'store' | 'blobs' | 'logs' | 'git' | 'checkouts' | 'tools' | 'operator' | 'clock' | 'log' | 'newId'
>;

/** What holds for longer than any retention: work under way, and outcomes nobody knows. */
export const underWay = ['queued', 'running', 'unresolved'] as const;

/** Asked again with the folder in hand: a run may have been queued for it since. */
export const removeCheckout = async (
  ports: RetentionPorts,
  folder: string,
  pull: PullKey,
  untouchedFor: number,
): Promise<void> => {
  const { checkouts, git, store } = ports;
  await checkouts.exclusive(folder, async () => {
    const [latest] = await store.runs.latest(pull);
    const run = pull.pullNumber === noPull ? { id: runId(ports.newId()), ...pull } : latest;
    if (run === undefined || !(await mayGo(ports, pull, untouchedFor))) return;
    // One that cannot be removed must not keep everything else.
    await git
      .removeCheckout(pull.repositoryId, folder, rescueState(ports, run))
      .catch((error: unknown) =>
        ports.log.error('an old checkout was not removed', { folder, error: String(error) }),
      );
  });
};

/** At once for what is over; else when nobody touched it for so long, in milliseconds, and no lock stands on it. */
export const mayGo = async (ports: RetentionPorts, pull: PullKey, untouchedFor: number): Promise<boolean> => {
  const { store } = ports;
  // A plan for a module's pull request is of none of this repository, and takes its checkout away itself unless a crash keeps it.
  if (pull.pullNumber === noPull) return !(await neededByLooks(ports)).has(pull.repositoryId);
  if ((await store.runs.ofPull(pull, underWay)).length > 0) return false;
  if (await store.pruning.isOver(pull)) return true;
  const last = await store.pruning.lastRunAt(pull);
  if (last === null || last >= ports.clock.now() - untouchedFor) return false;
  return (await store.locks.ofPull(pull)).length === 0;
};
