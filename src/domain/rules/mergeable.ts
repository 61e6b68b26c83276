import type { Problem } from '../problem.ts';
import { no, type Verdict, yes } from '../verdict.ts';
import type { CheckFact, MergeFacts, RequiredCheck } from './merge-facts.ts';

/** What is ours among the checks: they wait for the apply, and must not stand in its way. */
export interface OwnChecks {
  readonly appId: number;
  /** Do our checks go by this name? */
  readonly isOurs: (name: string) => boolean;
}

/**
 * Requirement `mergeable`: GitHub would let it be merged, were it not for our own checks. Where GitHub says `blocked` and
 * not for what, everything that it may mean is looked at; one thing that cannot be known is a no.
 */
export const mergeable = (facts: MergeFacts, own: OwnChecks, source: string): Verdict => {
  const parts = [
    draft(facts),
    conflicts(facts),
    reviewed(facts),
    ...facts.required.flatMap((required) =>
      isOwn(required, own) ? underOurName(required, facts, own) : [requiredCheck(required, facts.checks)],
    ),
    upToDate(facts),
    signed(facts),
    resolved(facts),
    blocked(facts, own),
  ];
  const bad = parts.find(({ holds }) => !holds);
  return bad === undefined
    ? yes('mergeable', 'GitHub would merge it, our own checks aside', { parts, source })
    : { ...bad, name: 'mergeable', parts, source };
};

const isOwn = ({ name, appId }: RequiredCheck, own: OwnChecks): boolean =>
  own.isOurs(name) && (appId === null || appId === own.appId);

const unmergeable = (because: string, advice: string): Problem => ({
  code: 'not-mergeable',
  sentence: `The pull request cannot be merged as it is: ${because}.`,
  advice,
});

const refused = (name: string, because: string, advice: string, needs: string): Verdict =>
  no(name, because, unmergeable(because, advice), { needs });

const draft = (facts: MergeFacts): Verdict =>
  facts.draft
    ? refused('draft', 'it is a draft', 'Mark it as ready for review.', 'it to be ready for review')
    : yes('draft', 'it is no draft');

const conflicts = ({ mergeable: merges, state }: MergeFacts): Verdict => {
  if (merges === null)
    return refused(
      'conflicts',
      'GitHub has not found out yet whether it merges',
      'Comment `/apply` again in a minute.',
      'GitHub to find out whether it merges',
    );
  return merges && state !== 'dirty'
    ? yes('conflicts', 'it merges cleanly')
    : refused(
        'conflicts',
        'it does not merge cleanly',
        'Merge or rebase, resolve the conflicts and push.',
        'its conflicts with the base branch to be resolved',
      );
};

const reviewed = ({ reviews }: MergeFacts): Verdict => {
  if (reviews === null) return yes('reviews', 'the base branch requires no reviews');
  if (reviews === 'approved') return yes('reviews', 'the reviews that the base branch requires are there');
  return reviews === 'required'
    ? refused(
        'reviews',
        'the base branch requires a review',
        'Ask for a review on GitHub.',
        "a review that the base branch's rules require",
      )
    : refused(
        'reviews',
        'changes were requested',
        'Ask whoever requested them to look again.',
        'whoever requested changes to agree',
      );
};

const requiredCheck = (required: RequiredCheck, checks: readonly CheckFact[]): Verdict => {
  const found = checks.filter(
    (check) => check.name === required.name && (required.appId === null || check.appId === required.appId),
  );
  return found.length === 0
    ? refused(
        `check ${required.name}`,
        `the required check \`${required.name}\` was not reported`,
        'Wait for it, or see why it did not run.',
        needsCheck(required),
      )
    : reported(required, found);
};

/** Where a check may come from any App, what others report under our name holds the merge up like ours: GitHub wants all of them. */
const underOurName = (
  required: RequiredCheck,
  { checks }: MergeFacts,
  own: OwnChecks,
): readonly Verdict[] => {
  const others = checks.filter(({ name, appId }) => name === required.name && appId !== own.appId);
  return required.appId === null && others.length > 0 ? [reported(required, others)] : [];
};

/** Behind "waits for". */
const needsCheck = ({ name }: RequiredCheck): string => `the required check \`${name}\` to pass`;

const reported = (required: RequiredCheck, found: readonly CheckFact[]): Verdict => {
  const name = `check ${required.name}`;
  // GitHub lets skipped and neutral ones pass.
  const bad =
    found.find(({ state }) => state === 'failure') ?? found.find(({ state }) => state === 'pending');
  if (bad === undefined) return yes(name, 'passed');
  return bad.state === 'failure'
    ? refused(
        name,
        `the required check \`${required.name}\` failed`,
        'Mend it and push.',
        needsCheck(required),
      )
    : refused(
        name,
        `the required check \`${required.name}\` has not ended`,
        'Wait for it.',
        needsCheck(required),
      );
};

const upToDate = ({ strict, state, behindBy }: MergeFacts): Verdict => {
  const name = 'up to date';
  // `blocked` outranks `behind`, so it does not say that the head is up to date.
  const isHidden = strict && state === 'blocked';
  if (isHidden && behindBy === null)
    return refused(
      name,
      'the base branch requires that the head is up to date with it, and GitHub does not tell whether it is',
      'Update the branch if it is behind, then comment `/apply` again.',
      'GitHub to tell whether the branch is up to date with the base branch',
    );
  if (state === 'behind' || (isHidden && behindBy !== 0))
    return refused(
      name,
      'the head is behind the base branch, which requires that it is not',
      'Update the branch.',
      'the branch to be brought up to date with the base branch',
    );
  return yes(name, strict ? 'the head is up to date with the base branch' : 'not required');
};

const signed = ({ unsigned }: MergeFacts): Verdict => {
  if (unsigned === null) return yes('signatures', 'not required');
  return unsigned === 0
    ? yes('signatures', 'every commit is signed')
    : refused(
        'signatures',
        `the base branch requires signed commits, and not signed are ${unsigned}`,
        'Sign them and push.',
        'every commit to be signed',
      );
};

const resolved = ({ unresolved }: MergeFacts): Verdict => {
  if (unresolved === null) return yes('conversations', 'not required');
  return unresolved === 0
    ? yes('conversations', 'every conversation is resolved')
    : refused(
        'conversations',
        `conversations are not resolved: ${unresolved}`,
        'Resolve them on GitHub.',
        'every conversation to be resolved',
      );
};

/** GitHub's own verdict, last: everything that it is made of and that is known holds by now. */
const blocked = (facts: MergeFacts, own: OwnChecks): Verdict => {
  const { state, unknown } = facts;
  if (state === 'clean' || state === 'unstable' || state === 'has_hooks')
    return yes('github', `GitHub says \`${state}\``);
  const ownOpen = facts.required.some((required) => isOwn(required, own) && !passed(required, facts.checks));
  if (state === 'blocked' && ownOpen && unknown.length === 0)
    return yes('github', 'GitHub says `blocked`, for our own checks');
  const because =
    state === 'blocked' && unknown.length > 0
      ? `GitHub says \`blocked\`, and does not tell whether ${unknown.map((rule) => `\`${rule}\``).join(', ')} holds`
      : `GitHub says \`${state ?? 'something new'}\`, and not for what`;
  return refused(
    'github',
    because,
    'See on GitHub what stands in the way of the merge.',
    `GitHub to let it be merged (${because})`,
  );
};

const passed = (required: RequiredCheck, checks: readonly CheckFact[]): boolean =>
  requiredCheck(required, checks).holds;
