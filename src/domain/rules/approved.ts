import type { Problem } from '../problem.ts';
import type { Actor } from '../pull.ts';
import { no, type Verdict, yes } from '../verdict.ts';
import { isAmong, type PeopleFacts, peopleText } from './people.ts';
import type { ApprovedRequirement, People } from './requirement.ts';
import type { Uncounted, Vote } from './votes.ts';

/** Files of the pull request that matter to the project, by who owns them. */
export interface OwnedFiles {
  readonly owners: People;
  readonly files: readonly string[];
}

export interface ApprovedFacts extends PeopleFacts {
  readonly votes: readonly Vote[];
  readonly bound: 'plan' | 'commit';
  /** Null: the base branch has no CODEOWNERS that could be read. */
  readonly owned: readonly OwnedFiles[] | null;
  /** It is an issue, which nobody can approve. */
  readonly onIssue?: boolean;
}

const reasons: Readonly<Record<Uncounted, string>> = {
  bot: 'no person',
  author: 'the author of the pull request',
  'co-author': 'wrote a commit of it',
  'authors-unknown': 'not every author of the commits is known, and one may be they',
  pusher: 'pushed this commit',
  'pusher-unknown': 'nobody knows who pushed this commit, and it may be they',
  'no-write': 'may not write to the repository',
  'other-commit': 'given for another commit',
  'older-commit': 'approved an older commit; ask again',
  'unknown-commit': 'nobody knows which commit it was given for; ask again',
  'before-plan': 'given before this plan was shown; ask again',
  'other-plan': 'given for another plan; ask again',
  altered: 'given while somebody else had changed the comment with the plan; ask again',
};

/** Requirement `approved`: so many people out of those that are named, each by an approval that counts. */
export const approved = (requirement: ApprovedRequirement, facts: ApprovedFacts): Verdict => {
  const { count, from, source } = requirement;
  if (requirement.codeOwners) return byOwners(requirement, facts);
  const voices = facts.votes.filter(({ uncounted }) => uncounted === null).map(({ actor }) => actor);
  const counted = voices.filter((actor) => from === null || isAmong(from, actor, facts));
  const seen = seenText(facts, counted, voices);
  if (counted.length >= count) return yes('approved', seen, { source });
  const whom = from === null ? 'anybody with write permission' : peopleText(from);
  return missing(
    requirement,
    `${lackingReviews(count - counted.length, count)} by ${whom}`,
    seen,
    whom,
    facts,
  );
};

const byOwners = (requirement: ApprovedRequirement, facts: ApprovedFacts): Verdict => {
  const { source } = requirement;
  const { owned } = facts;
  if (owned === null)
    return no(
      'approved',
      'the base branch has no CODEOWNERS that could be read',
      {
        code: 'not-approved',
        sentence:
          'Approvals by code owners are asked for, and the base branch has no `CODEOWNERS` that could be read.',
        advice: 'Add one to the base branch, in `.github/`, or ask for other approvals there.',
      },
      { source },
    );
  const voices = facts.votes.filter(({ uncounted }) => uncounted === null).map(({ actor }) => actor);
  // A file that nobody owns needs anybody's approval: the count asks for one.
  const open = owned.filter(({ owners }) => !voices.some((actor) => isAmong(owners, actor, facts)));
  const seen = seenText(facts, voices, voices);
  const first = open[0];
  if (first === undefined && voices.length >= requirement.count)
    return yes('approved', `${seen}; every file has an owner's`, { source });
  const whom = first === undefined ? 'anybody with write permission' : peopleText(first.owners);
  const files =
    first === undefined ? '' : ` (owns \`${first.files[0] ?? ''}\`${more(first.files.length - 1)})`;
  const lacking =
    first === undefined
      ? `${lackingReviews(requirement.count - voices.length, requirement.count)} by ${whom}`
      : `a review by ${whom}${files}${open.length > 1 ? `, and of ${open.length - 1} other owners` : ''}`;
  return missing(requirement, lacking, seen, whom, facts);
};

const lackingReviews = (lacking: number, count: number): string =>
  count === 1 ? 'a review' : `${lacking} of ${count} reviews`;
const more = (count: number): string => (count > 0 ? ` and ${count} more` : '');

const names = (actors: readonly Actor[]): string => actors.map(({ login }) => login).join(', ');

/** Who was counted, and of everybody else why not. */
export const seenText = (
  { votes }: ApprovedFacts,
  counted: readonly Actor[],
  voices: readonly Actor[],
): string => {
  const others = voices.filter((actor) => !counted.includes(actor));
  const parts = [
    counted.length === 0 ? 'no approval that counts' : `approved by ${names(counted)}`,
    ...others.map(({ login }) => `not counted: ${login} (is not among those who are asked)`),
    ...votes.flatMap(({ actor, uncounted }) =>
      uncounted === null ? [] : `not counted: ${actor.login} (${reasons[uncounted]})`,
    ),
  ];
  return parts.join('; ');
};

const missing = (
  { source }: ApprovedRequirement,
  lacking: string,
  seen: string,
  whom: string,
  { bound, onIssue }: ApprovedFacts,
): Verdict => {
  const problem: Problem = {
    code: 'not-approved',
    sentence: `It waits for ${lacking}; so far: ${seen}.`,
    advice:
      onIssue === true
        ? 'Nobody can approve an issue. Comment `/followup` here: it opens a pull request that puts the same back, which can be approved and applied.'
        : `Ask ${whom}${bound === 'plan' ? ', who has looked at the plan as it is shown now,' : ''} to approve, then comment \`/apply\` again. Authors of a commit and whoever pushed last do not count.`,
  };
  return no('approved', seen, problem, { source, needs: lacking });
};
