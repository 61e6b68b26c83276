import { type PlanDigest, short } from '../domain/ids.ts';
import { comparePlans } from '../domain/plan-comparison.ts';
import type { Vote } from '../domain/rules/votes.ts';
import type { Run } from '../domain/run.ts';
import type { SinceApproved } from '../render/view.ts';
import type { FlowPorts } from './ports.ts';

type Ports = { readonly store: Pick<FlowPorts['store'], 'runs'> };

/** Each is read and compared whenever the comment is written. */
const most = 3;

/**
 * What changed for those whose approval does not count because the plan is another one than they approved; the newest
 * approvals first, at most a few plans.
 */
export const sinceApproved = async (
  { store }: Ports,
  votes: readonly Vote[],
  planRun: Run,
): Promise<readonly SinceApproved[]> => {
  const { plan, repositoryId, pullNumber, project } = planRun;
  if (plan === null) return [];
  const logins = new Map<PlanDigest, string[]>();
  const others = votes.filter(({ uncounted }) => uncounted === 'other-plan' || uncounted === 'older-commit');
  for (const { actor, saw } of others.toSorted((a, b) => b.review.submittedAt - a.review.submittedAt))
    if (saw !== null) logins.set(saw, [...(logins.get(saw) ?? []), actor.login]);
  return Promise.all(
    [...logins].slice(0, most).map(async ([digest, approvers]) => {
      const approved = await store.runs.planOf({ repositoryId, pullNumber }, project.key, digest);
      const comparison = approved?.plan == null ? null : comparePlans(approved.plan.summary, plan.summary);
      return { logins: approvers, plan: short(digest), comparison };
    }),
  );
};
