import { atLeast, permissionOf } from './access.ts';
import { type BranchRules, type RequiredCheck, type RulePlace, requirementsOf } from './branch-rules.ts';
import { checksOf } from './checks.ts';
import type { Account, Pull, Review } from './state.ts';
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

/** Null where nobody has to approve. */
export const decisionOf = (pull: Pull): 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null => {
  const { protection, ruleset } = requirementsOf(pull.repo, pull.base.ref);
  const asking = [protection, ruleset].filter(({ approvals }) => approvals > 0);
  if (asking.length === 0) return null;
  if (verdicts(pull).some(({ state }) => state === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
  return asking.every((rules) => isApproved(pull, rules)) ? 'APPROVED' : 'REVIEW_REQUIRED';
};

const passes: ReadonlySet<string | null> = new Set(['success', 'neutral', 'skipped']);

/** Everything that was reported on the head: of check runs by their App, of statuses without one. */
const reported = (pull: Pull) => [
  ...checksOf(pull.repo, pull.head.sha).map(({ name, app, conclusion }) => ({
    name,
    appId: app.id,
    passed: passes.has(conclusion),
  })),
  ...statusesOf(pull.repo, pull.head.sha).map(({ context, state }) => ({
    name: context,
    appId: null,
    passed: state === 'success',
  })),
];

const isGreen = (pull: Pull, { name, appId }: RequiredCheck): boolean => {
  const found = reported(pull).filter((one) => one.name === name && (appId === null || one.appId === appId));
  return found.length > 0 && found.every(({ passed }) => passed);
};

const isBehind = ({ facts }: Pull): boolean => facts !== null && facts.mergeBase !== facts.baseTip;

const wants = (pull: Pull, rules: BranchRules): readonly string[] => [
  ...(rules.approvals > 0 && decisionOf(pull) === 'CHANGES_REQUESTED'
    ? ['Changes have been requested.']
    : []),
  ...(isApproved(pull, rules)
    ? []
    : [`At least ${rules.approvals} approving review is required by reviewers with write access.`]),
  ...rules.checks
    .filter((check) => !isGreen(pull, check))
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
  return reported(pull).every(({ passed }) => passed) ? 'clean' : 'unstable';
};
