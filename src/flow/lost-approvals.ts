import { askIdOf } from '../domain/asked.ts';
import type { Batch } from '../domain/batch.ts';
import { short } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { StoreTables } from '../store/port.ts';
import type { Missing } from './missing.ts';

export interface LostApprovals {
  /** That planned them anew. */
  readonly batchId: string;
  readonly names: readonly string[];
}

/**
 * Projects that were planned anew by ourselves at the same commit, and whose plan before that was approved and would have done
 * something else. Who pushes, or asks for a plan, knows; here nobody does.
 */
export const lostApprovals = async (
  { runs: stored }: Pick<StoreTables, 'runs'>,
  batch: Batch | null,
  runs: readonly Run[],
  since: Missing['since'],
): Promise<LostApprovals | null> => {
  if (batch === null || askIdOf(batch) !== null) return null;
  const names: string[] = [];
  for (const run of runs) {
    const approved = since.get(run.project.key) ?? [];
    if (run.verb !== 'plan' || run.batchId !== batch.id || approved.length === 0) continue;
    const before = await stored.planBefore(run);
    if (before === null || before.headSha !== run.headSha || before.plan === null || before.spent) continue;
    const digest = short(before.plan.digest);
    if (approved.some(({ plan }) => plan === digest)) names.push(run.project.name);
  }
  return names.length === 0 ? null : { batchId: batch.id, names };
};
