import { changesWorld } from '../../domain/run.ts';
import { standingOf, type Tracked } from '../../domain/tracked.ts';
import type { FlowPorts } from '../ports.ts';

/**
 * Why a project is not looked at just now, as the end of "not looked at, because …"; null where nothing stands in the way. While somebody
 * changes the world, or it is ahead of its branch, what differs says nothing.
 */
export const obstacleTo = async (
  { store }: Pick<FlowPorts, 'store'>,
  tracked: Tracked,
): Promise<string | null> => {
  const { key, applied } = tracked;
  const busy = await store.runs.inState(['queued', 'running', 'unresolved']);
  const [run] = busy.filter((one) => one.project.key === key && changesWorld(one.verb));
  if (run !== undefined)
    return run.state === 'unresolved'
      ? `nobody knows how the ${run.verb} of #${run.pullNumber} ended`
      : `#${run.pullNumber} is being applied`;
  if (standingOf(tracked) === 'ahead')
    return `#${applied?.pullNumber} is applied and not merged: the world is ahead of its branch`;
  const lock = await store.locks.get(key);
  if (lock === null) return null;
  // What is applied on the issue that tells of it is what its branch says: nothing is ahead of that.
  if ((await store.driftIssues.ofNumber(lock)) !== null) return null;
  // Nor by a pull request that puts it back: where it got more than that, the world is ahead.
  if ((await store.driftPulls.of(lock, null)) !== null) return null;
  const ended = await store.runs.ofPull(lock, ['applied', 'failed', 'cancelled']);
  const begun = ended.some(
    (one) =>
      one.project.key === key &&
      changesWorld(one.verb) &&
      one.startedAt !== null &&
      one.startedAt >= lock.since,
  );
  return begun ? `#${lock.pullNumber} holds it and has begun to apply it` : null;
};
