import { fullNameOf, ofRepository, type PullRef, type RepoRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { standingOf } from '../domain/tracked.ts';
import type { StoreTables } from '../store/port.ts';
import type { FlowPorts } from './ports.ts';
import { trackRun } from './tracked/runs.ts';

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

/**
 * A run ended: what it says of its project is kept, and what may be done by it, of what a push left or its branch asks for, is looked
 * at. Called with its end, all or nothing.
 */
export const wakeAfterRun = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  run: Run,
): Promise<void> => {
  const { repo, number } = pull;
  const { project, verb, state, plan } = run;
  const isToLookAt = await trackRun(tables, ports, pull, run);
  const isEmpty = state === 'planned' && plan?.summary.hasChanges === false;
  const mayBeDone = verb === 'apply' ? state === 'applied' : isEmpty;
  const isOpen = mayBeDone && (await tables.pendings.openOf([project.key])).length > 0;
  if (!isToLookAt && !isOpen) return;
  await wake(tables, ports, repo, number, ports.newId());
};

/** A pull request was merged: what was pushed may have been its commits, and what it was planned with is done. */
export const wakeAfterMerge = async (
  ports: Pick<FlowPorts, 'store'> & Making,
  { repo, number }: PullRef,
): Promise<void> => {
  const { pendings, tracked } = ports.store;
  const isBehind = (await tracked.ofRepository(repo.id)).some(
    (one) =>
      (one.applied?.pullNumber === number || one.proven?.pullNumber === number) && standingOf(one) !== 'same',
  );
  if (!isBehind && (await pendings.open(repo.id)).length === 0) return;
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
