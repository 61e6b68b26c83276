import { canonical } from './canonical.ts';
import { byCodeUnit } from './terraform-kinds.ts';
import type { TerraformPlan, TerraformResourceChange } from './terraform-schema.ts';

const texts = (all: readonly unknown[] | undefined): readonly string[] =>
  (all ?? []).map(canonical).sort(byCodeUnit);

/** What one change would do; all of it that people agree to. */
const doing = (one: TerraformResourceChange) => ({
  actions: one.change.actions,
  address: one.address,
  after: one.change.after ?? null,
  afterSensitive: one.change.after_sensitive ?? null,
  before: one.change.before ?? null,
  beforeSensitive: one.change.before_sensitive ?? null,
  deposed: one.deposed ?? null,
  importing: one.change.importing ?? null,
  previous: one.previous_address ?? null,
  replacePaths: texts(one.change.replace_paths),
  unknown: one.change.after_unknown ?? null,
});

/** Not in the text where there is nothing of it: digests of plans without it stay what they were. */
const unlessNone = (all: readonly string[]): readonly string[] | undefined =>
  all.length === 0 ? undefined : all;

/**
 * What the plan would do, as one text: the same for the same doing, whatever order the tool wrote it in.
 * Not in it: timestamps, prior state, drift, checks, configuration.
 * @param changes sorted: see `sortedChanges`
 */
export const meaningOf = (plan: TerraformPlan, changes: readonly TerraformResourceChange[]): string =>
  // Keys in order: text that needs no sorting is written at once.
  canonical({
    deferred: unlessNone(
      texts(
        plan.deferred_changes?.map(({ reason, resource_change }) => ({ ...doing(resource_change), reason })),
      ),
    ),
    deferredInvocations: unlessNone(texts(plan.deferred_action_invocations)),
    invocations: texts(plan.action_invocations),
    outputs: plan.output_changes ?? {},
    resources: changes.map(doing),
  });

/** In one order, whatever order they came in. */
export const sortedChanges = (plan: TerraformPlan): readonly TerraformResourceChange[] =>
  [...(plan.resource_changes ?? [])].sort(
    (a, b) =>
      byCodeUnit(a.address, b.address) ||
      byCodeUnit(a.deposed ?? '', b.deposed ?? '') ||
      byCodeUnit(canonical(a.change), canonical(b.change)),
  );
