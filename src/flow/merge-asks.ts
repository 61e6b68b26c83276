import { isAsked } from '../domain/automerge.ts';
import { nextAskAt } from '../domain/merging.ts';
import type { PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';

const keyOf = ({ repo, number }: PullRef): PullKey => ({ repositoryId: repo.id, pullNumber: number });

/** A run of a pull request ended that is to be merged by itself: called with its end, all or nothing. */
export const noteForMerge = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  pull: PullRef,
  { project, headSha }: Run,
): Promise<void> => {
  if (project.settings.automerge === null) return;
  const key = keyOf(pull);
  const batch = await tables.batches.latest(key, 'plan');
  if (!isAsked(batch) || batch.headSha !== headSha) return;
  const at = clock.now();
  const before = await tables.mergeAsks.get(key);
  const since = before?.headSha === headSha ? before.since : at;
  const { repo, number: pullNumber } = pull;
  await tables.mergeAsks.put({ repo, pullNumber, headSha, outcome: 'waiting', reason: null, since, at });
};

/** Has it looked at whether the pull request may be merged. Waking twice is harmless: it looks afresh. */
const wake = async (
  { store, clock }: Pick<FlowPorts, 'store' | 'clock'>,
  pull: PullRef,
  why: string,
): Promise<void> => {
  const { repo, number } = pull;
  await store.deliveries.record({
    id: `tidegate-automerge-${repo.id}-${number}-${why}`,
    event: 'automerge',
    action: null,
    repository: `${repo.owner}/${repo.name}`,
    trigger: { kind: 'automerge', pull },
    receivedAt: clock.now(),
  });
};

/**
 * GitHub knows now what our own check says, which it may have waited for. `why` is another one at each time. Returns whether
 * there is something to be looked at.
 */
export const wakeAfterCheck = async (
  ports: Pick<FlowPorts, 'store' | 'clock'>,
  pull: PullRef,
  why: string,
): Promise<boolean> => {
  const ask = await ports.store.mergeAsks.get(keyOf(pull));
  if (ask === null || ask.outcome === 'queued') return false;
  await wake(ports, pull, why);
  return true;
};

/** What nobody tells us of (a check of somebody else's, a rule that was changed) is found by trying again. Returns how many are due. */
export const wakeDueAsks = async (ports: Pick<FlowPorts, 'store' | 'clock'>): Promise<number> => {
  const due = (await ports.store.mergeAsks.all()).filter((ask) => nextAskAt(ask) <= ports.clock.now());
  for (const { repo, pullNumber, at } of due) await wake(ports, { repo, number: pullNumber }, String(at));
  return due.length;
};
