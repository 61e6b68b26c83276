import { createHash } from 'node:crypto';
import type { ChangeAction, PlanSummary, ResourceChange } from '../plan-summary.ts';
import { blindness } from '../sight.ts';
import type { Seen } from './drift.ts';
import { passedOver } from './ignore.ts';
import type { DriftIgnore } from './settings.ts';

/** What would put right what drifted. */
export const driftActions = [
  'create',
  'update',
  'delete',
  'replace',
  'move',
  'import',
  'forget',
] as const satisfies readonly Exclude<ChangeAction, 'read' | 'no-op'>[];
export type DriftAction = (typeof driftActions)[number];

/** A change of a plan at the applied commit: the world is not as that commit says. */
export interface Drifted {
  readonly change: ResourceChange;
  readonly action: DriftAction;
}

/** What of a plan is a change of the world. */
export const driftedIn = ({ resources }: PlanSummary): readonly Drifted[] =>
  resources.flatMap((change): Drifted[] => {
    const { action, mode } = change;
    // What is only read is no drift: it says nothing of what was applied.
    return mode === 'data' || action === 'read' || action === 'no-op' ? [] : [{ change, action }];
  });

type Passing = (change: ResourceChange) => boolean;

/** What of a plan is drift, what somebody had passed over, and what differs after every apply. */
const sortOut = (
  summary: PlanSummary,
  isPassedOver: Passing,
  isUnsettled: Passing,
): Readonly<Record<'drifted' | 'ignored' | 'unsettled', readonly Drifted[]>> => {
  const {
    drifted = [],
    ignored = [],
    unsettled = [],
  } = Object.groupBy(driftedIn(summary), ({ change }) =>
    isPassedOver(change) ? 'ignored' : isUnsettled(change) ? 'unsettled' : 'drifted',
  );
  return { drifted, ignored, unsettled };
};

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url');

/**
 * Equal for drift in the same things in the same way: addresses, what would be done to them, and which attributes. No values: they are
 * nobody's business who sees this, and one that never stays the same would be told at every look.
 */
const fingerprintOf = (drifted: readonly Drifted[]): string =>
  digest(
    drifted
      .map(({ change, action }) => [
        change.address,
        action,
        change.attributes.map(({ path }) => path).toSorted(),
      ])
      .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
  );

const countsOf = (drifted: readonly Drifted[]): Seen['counts'] => {
  const counts: Partial<Record<DriftAction, number>> = {};
  for (const { action } of drifted) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
};

/**
 * What a plan at the applied commit says of the world.
 *
 * @param isApplied was that commit ever applied here? If not, what is to be done is no drift.
 */
export const seenIn = (
  summary: PlanSummary,
  {
    commit,
    isApplied,
    ignore,
    isUnsettled,
    at,
  }: {
    readonly commit: Seen['commit'];
    readonly isApplied: boolean;
    readonly ignore: readonly DriftIgnore[];
    /** What an apply would only change again, see `domain/convergence/unsettled.ts`. */
    readonly isUnsettled: Passing;
    readonly at: number;
  },
): Seen => {
  const { drifted, ignored, unsettled } = sortOut(summary, passedOver(ignore, at), isUnsettled);
  const outputs = summary.outputs.filter(({ action }) => action !== 'no-op').length;
  const common = {
    ...{ commit, outputs, counts: countsOf(drifted) },
    ...{ ignored: ignored.length, unsettled: unsettled.length },
  };
  const hasNothing =
    drifted.length + ignored.length + unsettled.length + outputs + summary.driftCounts.all === 0;
  const shown = { ...common, summary: hasNothing ? null : summary };
  const blind = blindness(summary);
  if (drifted.length === 0)
    return blind === null
      ? { ...shown, status: 'clean', fingerprint: null, because: null }
      : { ...shown, status: 'unknown', fingerprint: null, because: blind };
  return isApplied
    ? { ...shown, status: 'drifted', fingerprint: fingerprintOf(drifted), because: blind }
    : { ...shown, status: 'pending', fingerprint: null, because: blind };
};

/** A look that came to no plan. */
export const blind = (
  status: 'failed' | 'unknown',
  because: string,
  commit: Seen['commit'] = null,
): Seen => ({
  status,
  fingerprint: null,
  counts: {},
  ignored: 0,
  unsettled: 0,
  outputs: 0,
  summary: null,
  because,
  commit,
});
