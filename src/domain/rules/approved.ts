import type { Problem } from '../problem.ts';
import type { Actor } from '../pull.ts';
import { no, type Verdict, yes } from '../verdict.ts';
import { isAmong, type PeopleFacts, peopleText } from './people.ts';
import type { ApprovedRequirement, People } from './requirement.ts';
import type { Uncounted, Vote } from './votes.ts';

/** A line of CODEOWNERS that cannot be read. */
export interface UnreadOwners {
  /** Path of the file. */
  readonly place: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong with it: a phrase for people. */
  readonly reason: string;
}

/** Files of the pull request that matter to the project, by whose approval they need. */
export interface OwnedFiles {
  /**
   * Null: nobody's, for the last line of CODEOWNERS that matches names nobody. Anybody who may write where no line matches, and
   * an administrator where a line cannot be read.
   */
  readonly owners: People | null;
  readonly files: readonly string[];
  /** Set where a line that may be about them cannot be read. */
  readonly unread?: UnreadOwners;
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
  const whom = from === null ? anybody : peopleText(from);
  return missing(
    requirement,
    `${lackingReviews(count - counted.length, count)} by ${whom}`,
    seen,
    `Ask ${whom}`,
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
  const asked = owned.flatMap(({ owners, ...rest }) => (owners === null ? [] : [{ owners, ...rest }]));
  const voices = facts.votes.filter(({ uncounted }) => uncounted === null).map(({ actor }) => actor);
  // As on GitHub. Who asks for several people asks for them whoever owns the files.
  const isNobodys = owned.length > 0 && asked.length === 0;
  if (isNobodys && requirement.count === 1)
    return yes('approved', 'nobody is asked: CODEOWNERS names no owner of these files', { source });
  const missed = asked.filter(({ owners }) => !voices.some((actor) => isAmong(owners, actor, facts)));
  // Whoever approves for the owners may write, and helps where no line matches as well.
  const named = missed.filter(({ owners }) => owners.permission !== 'write');
  const open = named.length === 0 ? missed : named;
  const first = open[0];
  if (first === undefined) {
    const seen = seenText(facts, voices, voices);
    const lacking = requirement.count - voices.length;
    return lacking <= 0
      ? yes('approved', isNobodys ? seen : `${seen}; every file has an owner's`, { source })
      : missing(
          requirement,
          `${lackingReviews(lacking, requirement.count)} by ${anybody}`,
          seen,
          `Ask ${anybody}`,
          facts,
        );
  }
  const helping = voices.filter((actor) => asked.some(({ owners }) => isAmong(owners, actor, facts)));
  const others = open.length > 1 ? `, and of ${open.length - 1} other owners` : '';
  return missing(
    requirement,
    `a review by ${whomText(first)} (${whyText(first)})${others}`,
    seenText(facts, helping, voices, ownsNone(asked)),
    askText(first),
    facts,
  );
};

const anybody = 'anybody with write permission';

/** Of somebody who approved and whom nobody asked. */
const ownsNone = (asked: readonly OwnedFiles[]): string =>
  asked.some(({ unread }) => unread !== undefined)
    ? 'approved but is not known to own any of the files'
    : 'approved but owns none of the files';

const hasOnlyMail = ({ owners }: OwnedFiles): boolean =>
  owners?.users.length === 0 && owners.teams.length === 0 && owners.permission === null;

const whomText = (asked: OwnedFiles): string => {
  if (asked.unread !== undefined) return 'an administrator';
  if (hasOnlyMail(asked)) return 'an owner whom CODEOWNERS names by a mail address only';
  return asked.owners === null ? 'nobody' : peopleText(asked.owners);
};

/** Why their approval is asked for. */
const whyText = ({ owners, files, unread }: OwnedFiles): string => {
  const which = `\`${files[0] ?? ''}\`${more(files.length - 1)}`;
  if (unread !== undefined)
    return `line ${unread.line} of \`${unread.place}\`, which may be about ${which}, cannot be read: ${unread.reason}`;
  return owners?.permission === 'write' ? `no line of CODEOWNERS is about ${which}` : `owns ${which}`;
};

const askText = (asked: OwnedFiles): string => {
  const { unread } = asked;
  if (unread !== undefined)
    return `Fix line ${unread.line} of \`${unread.place}\` on the base branch, or ask an administrator`;
  return hasOnlyMail(asked)
    ? 'Name that owner as `@user` on the base branch, for nobody tells whose a mail address is, and ask them'
    : `Ask ${whomText(asked)}`;
};

const lackingReviews = (lacking: number, count: number): string =>
  count === 1 ? 'a review' : `${lacking} of ${count} reviews`;
const more = (count: number): string => (count > 0 ? ` and ${count} more` : '');

const names = (actors: readonly Actor[]): string => actors.map(({ login }) => login).join(', ');

/**
 * Who was counted, and of everybody else why not.
 *
 * @param ofOthers what is said behind the name of somebody who is not counted, though their approval is a good one
 */
export const seenText = (
  { votes }: ApprovedFacts,
  counted: readonly Actor[],
  voices: readonly Actor[],
  ofOthers: string | null = null,
): string => {
  const others = voices.filter((actor) => !counted.includes(actor));
  const parts = [
    counted.length === 0 ? 'no approval that counts' : `approved by ${names(counted)}`,
    ...others.map(({ login }) =>
      ofOthers === null ? `not counted: ${login} (is not among those who are asked)` : `${login} ${ofOthers}`,
    ),
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
  ask: string,
  { bound, onIssue }: ApprovedFacts,
): Verdict => {
  const problem: Problem = {
    code: 'not-approved',
    sentence: `It waits for ${lacking}; so far: ${seen}.`,
    advice:
      onIssue === true
        ? 'Nobody can approve an issue. Comment `/followup` here: it opens a pull request that puts the same back, which can be approved and applied.'
        : `${ask}${bound === 'plan' ? ', who has looked at the plan as it is shown now,' : ''} to approve, then comment \`/apply\` again. Authors of a commit and whoever pushed last do not count.`,
  };
  return no('approved', seen, problem, { source, needs: lacking });
};
