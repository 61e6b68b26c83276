import { isOperation } from '../operation.ts';
import { type Actor, isOurselves } from '../pull.ts';
import { no, type Verdict, yes } from '../verdict.ts';
import type { Action } from './requirement.ts';

/** What the operator lets be done with pull requests of one bot. */
export interface BotRule {
  /** Of its account, small letters, without `[bot]`. */
  readonly login: string;
  /** Are they planned by themselves? */
  readonly plan: 'allow' | 'refuse';
  /** May they be applied at all? Then everything else is asked as of anybody's. */
  readonly apply: 'allow' | 'refuse';
  /** `operator file, line 12` */
  readonly source: string;
}

/** The bots that the operator knows; those of any other are refused. */
export interface Bots {
  readonly listed: readonly BotRule[];
  /** Where the list begins. */
  readonly source: string;
}

/** Whose a pull request is. */
export interface Authored {
  readonly author: Actor;
  /** Null: the operator says nothing of bots, and theirs are as anybody's. */
  readonly bots: Bots | null;
}

/** What anybody who may push a workflow makes it do is nobody's own: https://docs.github.com/en/actions/concepts/security/github_token */
const anybodys: ReadonlySet<string> = new Set(['github-actions']);

/**
 * Is this the pull request of a bot that the operator answers for? Whoever may make a bot push what they like could have its pull
 * request approved by themselves, and no fact of GitHub's tells one bot from the other. Ourselves are no account of the forge's: what is ours
 * by our own rows nobody else had pushed.
 */
export const isVouched = ({ author, bots }: Authored): boolean =>
  isOurselves(author) ||
  (author.kind === 'bot' &&
    !anybodys.has(nameOf(author.login)) &&
    bots?.listed.some(({ login, apply }) => login === nameOf(author.login) && apply === 'allow') === true);

const nameOf = (login: string): string => login.toLowerCase().replace(/\[bot\]$/, '');

/**
 * What is said of a bot's pull request, or null where nothing is: it is a person's, whatever their login looks like, or it is
 * another verb. A plan is asked about only where nobody asked for it: whoever may plan may plan a bot's work too.
 */
export const botRule = (asked: Action, actor: Actor | null, { author, bots }: Authored): Verdict | null => {
  if (bots === null || author.kind !== 'bot') return null;
  // What changes a state is no less than an apply.
  const action = isOperation(asked) ? 'apply' : asked;
  if (action !== 'apply' && (action !== 'plan' || actor !== null)) return null;
  const listed = bots.listed.find(({ login }) => login === nameOf(author.login)) ?? null;
  const source = listed?.source ?? bots.source;
  const what = action === 'apply' ? 'applied' : 'planned by themselves';
  if (listed?.[action] === 'allow')
    return yes('bot', `pull requests of ${author.login} may be ${what}`, { source });
  const because =
    listed === null
      ? `${author.login} is a bot that is not listed`
      : `pull requests of ${author.login} are not ${what}`;
  const sentence =
    listed === null
      ? `\`${author.login}\` is a bot that the operator file does not list, so its pull requests are not ${what}`
      : `Pull requests of \`${author.login}\`, a bot, are not ${what}`;
  const problem = { code: 'bot', sentence: `${sentence} (${source}).`, advice: adviceFor[action] } as const;
  return no('bot', because, problem, { source, needs: action === 'apply' ? null : 'a person to ask for it' });
};

const adviceFor = {
  plan: 'Look at what it changes, and comment `/plan` if that may run.',
  apply:
    'Open a pull request of your own with the same change, or ask the people who run Tidegate to let them be applied (`bots` of the operator file).',
} as const;
