import type { DriftedResource, PlanSummary } from '../../domain/plan-summary.ts';
import { attributeDifferences, rowsUpTo } from './attributes.ts';
import type { Hiding } from './hiding.ts';
import type { PathStep } from './sides.ts';
import { byCodeUnit, plannedOf } from './terraform-kinds.ts';
import type { TerraformParts, TerraformResourceChange } from './terraform-schema.ts';

const longestList = 50;
const rowsPerResource = 20;

type Paths = readonly (readonly PathStep[])[];

/** `terraform_data.a` for `terraform_data.a[0]`: what is said of all of them is said of each. */
const withoutIndex = (address: string): string => address.replace(/\[[^\]]*\]$/, '');

type Relevant = readonly TerraformParts['relevant_attribute'][];

const relevantPaths = (relevant: Relevant, drifted: TerraformResourceChange): Paths => {
  const names = new Set(['', drifted.address, withoutIndex(drifted.address)]);
  return relevant.filter(({ resource }) => names.has(resource ?? '')).map(({ attribute }) => attribute ?? []);
};

const startsWith = (path: readonly PathStep[], start: readonly PathStep[]): boolean =>
  // A step is written as a number or as a string: `0` and `"0"` are the same place.
  start.every((step, index) => path[index] !== undefined && String(path[index]) === String(step));

/**
 * What was changed outside of the tool since the last apply, and had a part in this plan; null where it had none. The tool lists all
 * drift it saw and, apart from that, the attributes that the plan was made from: both together are what its own
 * "Objects have changed outside of Terraform" says.
 */
export const relevantDrift = (
  json: TerraformResourceChange,
  relevant: Relevant,
  hiding: Hiding,
): DriftedResource | null => {
  const paths = relevantPaths(relevant, json);
  if (paths.length === 0) return null;
  const { action } = plannedOf(json);
  const among = (path: readonly PathStep[]) =>
    paths.some((one) => startsWith(path, one) || startsWith(one, path));
  const attributes = rowsUpTo(attributeDifferences(json.change, rowsPerResource, hiding, among));
  // What is gone is relevant whichever of its attributes was asked for.
  if (attributes.length === 0 && action !== 'delete') return null;
  return { address: json.address, type: json.type, action, attributes };
};

export const driftOf = (
  relevant: readonly DriftedResource[],
  all: number,
): Pick<PlanSummary, 'driftCounts' | 'drift'> => ({
  driftCounts: { relevant: relevant.length, all },
  drift: relevant.toSorted((a, b) => byCodeUnit(a.address, b.address)).slice(0, longestList),
});
