import { atLeast, permissionOf } from './access.ts';
import {
  type BranchRules,
  queueRuleOf,
  type RequiredCheck,
  type RulePlace,
  requirementsOf,
} from './branch-rules.ts';
import { checksOf } from './checks.ts';
import type { Account, Pull, Repo, Review } from './state.ts';
import { statusesOf } from './statuses.ts';

/** What stands between a pull request and its merge, in GitHub's words. */
export interface Obstacle {
  readonly where: RulePlace;
  readonly words: string;
}

/** The newest verdict of each reviewer whose word counts; comments do not take an approval back. */
const verdicts = (pull: Pull): readonly Review[] => {
  const newest = new Map<number, Review>();
  for (const review of pull.reviews)
    if (review.state !== 'COMMENTED' && review.state !== 'PENDING') newest.set(review.author.id, review);
  return [...newest.values()].filter(({ author }) => atLeast(permissionOf(pull.repo, author), 'write'));
};

const pusherOf = (pull: Pull): Account | null =>
  pull.head.repo.activity.findLast(
    ({ ref, after }) => ref === `refs/heads/${pull.head.ref}` && after === pull.head.sha,
  )?.actor ?? null;

const isApproved = (pull: Pull, rules: BranchRules): boolean => {
  const approvals = verdicts(pull).filter(({ state }) => state === 'APPROVED');
  const pusher = pusherOf(pull);
  if (rules.approvals === 0) return true;
  return (
    approvals.length >= rules.approvals &&
    (!rules.lastPush || approvals.some(({ author }) => author !== pusher))
  );
};

/** For every changed file that has owners one of them approved, where that is asked for. */
const isApprovedByOwners = (pull: Pull, rules: BranchRules): boolean => {
  const approvals = verdicts(pull).filter(({ state }) => state === 'APPROVED');
  const owners = rules.codeOwners ? (pull.facts?.codeOwners ?? []) : [];
  return owners.every((ids) => approvals.some(({ author }) => ids.has(author.id)));
};

/** Null where nobody has to approve. */
export const decisionOf = (pull: Pull): 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null => {
  const { protection, ruleset } = requirementsOf(pull.repo, pull.base.ref);
  const asking = [protection, ruleset].filter(
    ({ approvals, codeOwners }) => approvals > 0 || (codeOwners && (pull.facts?.codeOwners ?? []).length > 0),
  );
  if (asking.length === 0) return null;
  if (verdicts(pull).some(({ state }) => state === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  return asking.every((rules) => isApproved(pull, rules) && isApprovedByOwners(pull, rules))
    ? 'APPROVED'
    : 'REVIEW_REQUIRED';
};

const passes: ReadonlySet<string | null> = new Set(['success', 'neutral', 'skipped']);

export type CheckVerdict = 'passed' | 'failed' | 'waiting';

/** Everything that was reported on a commit: of check runs by their App, of statuses without one. */
const reported = (repo: Repo, sha: string) => [
  ...checksOf(repo, sha).map(({ name, app, conclusion }) => ({
    name,
    appId: app.id,
    verdict: passes.has(conclusion) ? 'passed' : conclusion === null ? 'waiting' : 'failed',
  })),
  ...statusesOf(repo, sha).map(({ context, state }) => ({
    name: context,
    appId: null,
    verdict: state === 'success' ? 'passed' : state === 'pending' ? 'waiting' : 'failed',
  })),
];

/** Of one required check: reports of others than the App that it names do not count. */
const verdictOf = (repo: Repo, sha: string, { name, appId }: RequiredCheck): CheckVerdict => {
  const found = reported(repo, sha).filter(
    (one) => one.name === name && (appId === null || one.appId === appId),
  );
  if (found.some(({ verdict }) => verdict === 'failed')) return 'failed';
  return found.length > 0 && found.every(({ verdict }) => verdict === 'passed') ? 'passed' : 'waiting';
};

/** Of all checks that a branch requires, on a commit that is to become its tip. */
export const requiredVerdict = (repo: Repo, branch: string, sha: string): CheckVerdict => {
  const { protection, ruleset } = requirementsOf(repo, branch);
  const verdicts = [...protection.checks, ...ruleset.checks].map((check) => verdictOf(repo, sha, check));
  if (verdicts.includes('failed')) return 'failed';
  return verdicts.includes('waiting') ? 'waiting' : 'passed';
};

const isBehind = ({ facts }: Pull): boolean => facts !== null && facts.mergeBase !== facts.baseTip;

const wants = (pull: Pull, rules: BranchRules): readonly string[] => [
  ...(rules.approvals > 0 && decisionOf(pull) === 'CHANGES_REQUESTED'
    ? ['Changes have been requested.']
    : []),
  ...(isApproved(pull, rules)
    ? []
    : [`At least ${rules.approvals} approving review is required by reviewers with write access.`]),
  ...(isApprovedByOwners(pull, rules) ? [] : ['Waiting on code owner review.']),
  ...rules.checks
    .filter((check) => verdictOf(pull.repo, pull.head.sha, check) !== 'passed')
    .map(({ name }) => `Required status check "${name}" is expected.`),
  ...(rules.signatures ? ['Commits must have verified signatures.'] : []),
  ...(rules.conversations && pull.threads.some(({ isResolved }) => !isResolved)
    ? ['A conversation must be resolved before this pull request can be merged.']
    : []),
  ...rules.others.map((type) => `Repository rule violations found: ${type}`),
];

/** What blocks the merge; that the head is behind is told apart by GitHub. */
export const obstaclesOf = (pull: Pull): readonly Obstacle[] => {
  const { protection, ruleset } = requirementsOf(pull.repo, pull.base.ref);
  const of = (where: RulePlace, rules: BranchRules) => wants(pull, rules).map((words) => ({ where, words }));
  return [...of('protection', protection), ...of('ruleset', ruleset)];
};

/** Where the branch is strict and the head lacks what the base has. */
export const behindOf = (pull: Pull): readonly Obstacle[] => {
  const requirements = requirementsOf(pull.repo, pull.base.ref);
  // A queue merges each head with what the base has by then.
  if (queueRuleOf(pull.repo, pull.base.ref) !== null) return [];
  const places: readonly RulePlace[] = ['protection', 'ruleset'];
  return places
    .filter((where) => requirements[where].strict && requirements[where].checks.length > 0 && isBehind(pull))
    .map((where) => ({ where, words: 'The head branch is out of date with the base branch.' }));
};

/** GitHub's `mergeable_state`: one word for everything, the gravest first. */
export const mergeableState = (pull: Pull): string => {
  if (pull.mergedAt !== null || pull.facts === null || !pull.mergeableKnown) return 'unknown';
  if (!pull.facts.mergeable) return 'dirty';
  if (pull.draft) return 'draft';
  if (obstaclesOf(pull).length > 0) return 'blocked';
  if (behindOf(pull).length > 0) return 'behind';
  return reported(pull.repo, pull.head.sha).every(({ verdict }) => verdict === 'passed')
    ? 'clean'
    : 'unstable';
};
