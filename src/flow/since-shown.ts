import type { ProjectKey } from '../domain/ids.ts';
import { comparePlans } from '../domain/plan-comparison.ts';
import type { Run } from '../domain/run.ts';
import type { SinceShown } from '../render/view.ts';
import type { FlowPorts } from './ports.ts';

/** Each is read and compared whenever the comment is written. */
const most = 30;

/**
 * What changed since the plan of a project that was shown before, for those plans that would do something else now. Plans are
 * compared by what they mean, and told apart by their digests.
 */
export const sinceShown = async (
  { store }: { readonly store: Pick<FlowPorts['store'], 'runs'> },
  runs: readonly Run[],
): Promise<ReadonlyMap<ProjectKey, SinceShown>> => {
  const found = new Map<ProjectKey, SinceShown>();
  const plans = runs.filter(
    ({ verb, state, plan }) => verb === 'plan' && state === 'planned' && plan?.summary.hasChanges,
  );
  for (const run of plans.slice(0, most)) {
    const before = await store.runs.planBefore(run);
    if (
      run.plan === null ||
      before === null ||
      before.plan === null ||
      before.plan.digest === run.plan.digest
    )
      continue;
    // What was applied is no plan any more that somebody could take this one for.
    if (before.spent) continue;
    const comparison = comparePlans(before.plan.summary, run.plan.summary);
    found.set(run.project.key, {
      headSha: before.headSha,
      again: before.headSha === run.headSha,
      comparison,
    });
  }
  return found;
};
