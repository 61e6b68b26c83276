import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';
import { byCodeUnit } from './terraform-kinds.ts';
import type { TerraformChange, TerraformParts, TerraformResourceChange } from './terraform-schema.ts';

const texts = (all: readonly unknown[] | undefined): readonly string[] =>
  (all ?? []).map(canonical).sort(byCodeUnit);

/** What one change would do; all of it that people agree to. Keys in order: text that needs no sorting is written at once. */
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

const digestOf = (value: unknown): string => hash('sha256', canonical(value), 'base64url');

/** What tells one change from all others of a plan, and what it would do. */
export interface Meant {
  readonly address: string;
  readonly deposed: string | null;
  /** SHA-256 over all that it would do. */
  readonly digest: string;
}

/** In one order, whatever order they came in. */
export const byAddress = (a: Meant, b: Meant): number =>
  byCodeUnit(a.address, b.address) ||
  byCodeUnit(a.deposed ?? '', b.deposed ?? '') ||
  byCodeUnit(a.digest, b.digest);

export const meantBy = (one: TerraformResourceChange): Meant => ({
  address: one.address,
  deposed: one.deposed ?? null,
  digest: digestOf(doing(one)),
});

/** All that a plan would do. */
export interface Doing {
  readonly changes: readonly Meant[];
  readonly outputs: ReadonlyMap<string, TerraformChange>;
  readonly deferred: readonly TerraformParts['deferred_change'][];
  readonly invocations: readonly TerraformParts['action_invocation'][];
  readonly deferredInvocations: readonly TerraformParts['deferred_action_invocation'][];
}

/**
 * What the plan would do, as one text: the same for the same doing, whatever order the tool wrote it in. Changes of resources
 * are in it by their digests: all of them together may be larger than memory is. Not in it: timestamps, prior state, drift,
 * checks, configuration.
 */
export const meaningOf = ({ changes, outputs, deferred, invocations, deferredInvocations }: Doing): string =>
  canonical({
    deferred: unlessNone(
      texts(deferred.map(({ reason, resource_change }) => ({ ...doing(resource_change), reason }))),
    ),
    deferredInvocations: unlessNone(texts(deferredInvocations)),
    invocations: texts(invocations),
    outputs: Object.fromEntries(outputs),
    resources: changes.toSorted(byAddress).map(({ digest }) => digest),
  });
