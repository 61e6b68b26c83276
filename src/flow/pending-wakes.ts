import { fullNameOf, ofRepository, type PullRef, type RepoRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { StoreTables } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';

type Making = Pick<FlowPorts, 'clock' | 'newId'>;

/** By then the forge knows what it may not have known right after a merge. */
const secondLookMs = 30_000;

/** Has what pushes left undone looked at. Waking twice is harmless: it looks afresh. */
const wake = async (
  tables: Pick<StoreTables, 'deliveries'>,
  { clock }: Pick<FlowPorts, 'clock'>,
  repo: RepoRef,
  of: number | null,
  id: string,
): Promise<'new' | 'known'> =>
  tables.deliveries.record({
    id: `tidegate-${id}`,
    event: 'push_pending',
    action: null,
    repository: fullNameOf(repo),
    trigger: { kind: 'pending', pull: ofRepository(repo), of },
    receivedAt: clock.now(),
  });

/** A run ended that may have done what a push left. Called with its end, all or nothing. */
export const wakeAfterRun = async (
  tables: StoreTables,
  ports: Making,
  { repo, number }: PullRef,
  { project, verb, state, plan }: Run,
): Promise<void> => {
  const isEmpty = state === 'planned' && plan?.summary.hasChanges === false;
  const mayBeDone = verb === 'apply' ? state === 'applied' : isEmpty;
  if (!mayBeDone || (await tables.pendings.openOf([project.key])).length === 0) return;
  await wake(tables, ports, repo, number, ports.newId());
};

/** A pull request was merged: what was pushed may have been its commits, and what it was planned with is done. */
export const wakeAfterMerge = async (
  ports: Pick<FlowPorts, 'store'> & Making,
  { repo, number }: PullRef,
): Promise<void> => {
  if ((await ports.store.pendings.open(repo.id)).length === 0) return;
  await wake(ports.store, ports, repo, number, ports.newId());
};

/**
 * Once after each push: what the forge did not know right after a merge it knows a minute later. One look at a repository looks at
 * all of its pushes. Returns how many are looked at.
 */
export const wakeOnceMore = async (ports: Pick<FlowPorts, 'store' | 'clock'>): Promise<number> => {
  let woken = 0;
  const from = ports.clock.now() - secondLookMs;
  const open = (await ports.store.pendings.open(null)).filter(({ at }) => at <= from);
  const newest = new Map(open.map((one) => [one.repo.id, one]));
  for (const { repo, commit } of newest.values())
    if ((await wake(ports.store, ports, repo, null, `pending-${repo.id}-${commit}`)) === 'new') woken += 1;
  return woken;
};
