import type {
  CheckResult,
  CheckStatus,
  DataRead,
  DeferredChange,
  Invocation,
} from '../../domain/plan-summary.ts';
import { checkStatuses } from '../../domain/plan-summary.ts';
import { byCodeUnit, plannedOf } from './terraform-kinds.ts';
import type { TerraformInvocation, TerraformParts } from './terraform-schema.ts';

/*
 * What a plan says beside its changes. The lists are for people and for rules: bounded, and their counts are
 * of all there is.
 */
const longestList = 200;
const problemsPerCheck = 5;
const longestProblem = 300;

const clipped = (text: string): string =>
  text.length <= longestProblem ? text : `${text.slice(0, longestProblem).toWellFormed()}…`;

interface Listed<T> {
  readonly count: number;
  readonly list: readonly T[];
}

const listed = <T extends { readonly address: string }>(
  all: readonly T[],
  rank: (one: T) => number = () => 0,
): Listed<T> => ({
  count: all.length,
  list: [...all].sort((a, b) => rank(a) - rank(b) || byCodeUnit(a.address, b.address)).slice(0, longestList),
});

export const dataReads = (reads: readonly DataRead[]): Listed<DataRead> => listed(reads);

/** The second part of `action.TYPE.NAME`, for a tool that does not say it by itself. */
const typeOf = ({ address, type }: TerraformInvocation): string =>
  type ?? /(?:^|\.)action\.([^.]+)/.exec(address)?.[1] ?? '';

export const invocations = (all: readonly TerraformInvocation[]): Listed<Invocation> =>
  listed(
    all.map((one) => ({
      address: one.address,
      type: typeOf(one),
      trigger: one.lifecycle_action_trigger?.triggering_resource_address ?? null,
      event: one.lifecycle_action_trigger?.action_trigger_event ?? null,
    })),
  );

/** Throws UserError `plan-unreadable` for actions it does not know. */
export const deferredChanges = (
  changes: readonly TerraformParts['deferred_change'][],
  invocations: readonly TerraformParts['deferred_action_invocation'][],
): Listed<DeferredChange> =>
  listed<DeferredChange>([
    ...changes.map(({ reason, resource_change }) => ({
      address: resource_change.address,
      type: resource_change.type,
      action: plannedOf(resource_change).action,
      reason,
    })),
    ...invocations.map(({ reason, action_invocation }) => ({
      address: action_invocation.address,
      type: typeOf(action_invocation),
      action: 'invoke' as const,
      reason,
    })),
  ]);

/** A status that we do not know yet is not a pass. */
const statusOf = (text: string): CheckStatus => checkStatuses.find((one) => one === text) ?? 'unknown';

/** Each instance by itself: one of three may fail. What has none yet speaks for itself. */
export const checkResults = (
  checks: readonly TerraformParts['check'][],
  shown: (text: string) => string,
): {
  readonly checkCounts: Readonly<Record<CheckStatus, number>>;
  readonly checks: readonly CheckResult[];
} => {
  const all = checks.flatMap((check) =>
    (check.instances?.length ? check.instances : [check]).map(({ address, status, problems }) => ({
      address: address.to_display,
      kind: check.address.kind,
      status: statusOf(status),
      problems: (problems ?? []).slice(0, problemsPerCheck).map(({ message }) => clipped(shown(message))),
    })),
  );
  const of = (status: CheckStatus) => all.filter((one) => one.status === status).length;
  return {
    checkCounts: { pass: of('pass'), fail: of('fail'), error: of('error'), unknown: of('unknown') },
    checks: listed(all, ({ status }) => ['error', 'fail', 'unknown', 'pass'].indexOf(status)).list,
  };
};
