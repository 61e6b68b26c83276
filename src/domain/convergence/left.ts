import type { DriftAction } from '../drift/found.ts';
import { driftedIn } from '../drift/found.ts';
import { isPartOf, isTold } from '../drift/ignore.ts';
import type { PlanSummary, ResourceChange } from '../plan-summary.ts';
import type { Remaining, RemainsKind } from './convergence.ts';
import type { Versions } from './unsettled.ts';

/** A change that a plan right after the apply still wants to make. */
export interface Left {
  readonly address: string;
  readonly action: DriftAction;
  /** Attributes that differ, sorted; empty where that is not told, or the whole thing is meant. */
  readonly paths: readonly string[];
  /** By what it is made, in the tool's word, and in which version. */
  readonly provider: string;
  readonly version: string;
}

/** What of a plan's changes is left to do, in the order of their addresses. */
export const leftIn = (
  summary: PlanSummary,
  versionOf: Versions,
  isPassedOver: (change: ResourceChange) => boolean,
): readonly Left[] =>
  driftedIn(summary)
    .filter(({ change }) => !isPassedOver(change))
    .map(({ change, action }) => ({
      address: change.address,
      action,
      paths: isTold(change) ? change.attributes.map(({ path }) => path).toSorted() : [],
      provider: change.provider,
      version: versionOf(change.provider),
    }));

const sameThing = (one: Left, other: Left): boolean =>
  one.address === other.address &&
  one.action === other.action &&
  JSON.stringify(one.paths) === JSON.stringify(other.paths);

const overlaps = (one: string, other: string): boolean => isPartOf(one, other) || isPartOf(other, one);

/** Did the apply set each of these attributes? Whoever made a thing has set all of it. */
const hasSet = (change: ResourceChange, paths: readonly string[]): boolean => {
  if (change.action === 'create' || change.action === 'replace') return true;
  if (change.action !== 'update') return false;
  const set = [...change.attributes.map(({ path }) => path), ...change.unknown];
  return paths.every((path) => set.some((one) => overlaps(one, path)));
};

/**
 * Why things are left after an apply. Only what was found twice in the same way, and what the apply itself has set, may be something that
 * never settles; and only what an earlier apply had left as well is taken for that.
 *
 * @param applied the plan that was applied
 * @param wasLeft had an earlier apply left it in the same way?
 */
export const classify = (
  applied: PlanSummary,
  first: readonly Left[],
  second: readonly Left[],
  wasLeft: (left: Left) => boolean,
): readonly Remaining[] => {
  const kindOf = (left: Left): RemainsKind => {
    if (applied.deferred.some(({ address }) => address === left.address)) return 'deferred';
    const change = applied.resources.find(
      ({ address, mode }) => mode === 'managed' && address === left.address,
    );
    if (change === undefined || !hasSet(change, left.paths)) return 'elsewhere';
    const isSame = first.some((one) => sameThing(one, left));
    if (!isSame || left.action !== 'update' || left.paths.length === 0) return 'changing';
    return wasLeft(left) ? 'unsettled' : 'once';
  };
  return second.map((left) => ({ ...left, kind: kindOf(left) }));
};
