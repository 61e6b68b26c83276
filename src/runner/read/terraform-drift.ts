import type { DriftedResource, PlanSummary } from '../../domain/plan-summary.ts';
import { attributeChanges, type PathStep } from './attributes.ts';
import type { Hiding } from './hiding.ts';
import { byCodeUnit, plannedOf } from './terraform-kinds.ts';
import type { TerraformPlan, TerraformResourceChange } from './terraform-schema.ts';

const longestList = 50;
const rowsPerResource = 20;

type Paths = readonly (readonly PathStep[])[];

/** `terraform_data.a` for `terraform_data.a[0]`: what is said of all of them is said of each. */
const withoutIndex = (address: string): string => address.replace(/\[[^\]]*\]$/, '');

const relevantPaths = (plan: TerraformPlan, drifted: TerraformResourceChange): Paths => {
  const names = new Set(['', drifted.address, withoutIndex(drifted.address)]);
  return (plan.relevant_attributes ?? [])
    .filter(({ resource }) => names.has(resource ?? ''))
    .map(({ attribute }) => attribute ?? []);
};

const startsWith = (path: readonly PathStep[], start: readonly PathStep[]): boolean =>
  // A step is written as a number or as a string: `0` and `"0"` are the same place.
  start.every((step, index) => path[index] !== undefined && String(path[index]) === String(step));

/**
 * What was changed outside of the tool since the last apply, and had a part in this plan. The tool lists all
 * drift it saw and, apart from that, the attributes that the plan was made from: both together are what its own
 * "Objects have changed outside of Terraform" says.
 */
export const relevantDrift = (
  plan: TerraformPlan,
  hiding: Hiding,
): Pick<PlanSummary, 'driftCounts' | 'drift'> => {
  const all = plan.resource_drift ?? [];
  const relevant = all.flatMap((json): readonly DriftedResource[] => {
    const paths = relevantPaths(plan, json);
    if (paths.length === 0) return [];
    const { action } = plannedOf(json);
    const among = (path: readonly PathStep[]) =>
      paths.some((one) => startsWith(path, one) || startsWith(one, path));
    const attributes = attributeChanges(json.change, rowsPerResource, hiding, among);
    // What is gone is relevant whichever of its attributes was asked for.
    if (attributes.length === 0 && action !== 'delete') return [];
    return [{ address: json.address, type: json.type, action, attributes }];
  });
  return {
    driftCounts: { relevant: relevant.length, all: all.length },
    drift: relevant.sort((a, b) => byCodeUnit(a.address, b.address)).slice(0, longestList),
  };
};
