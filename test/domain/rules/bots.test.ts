import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOperation, operationVerbs } from '../../../src/domain/operation.ts';
import { type Actor, ourselves } from '../../../src/domain/pull.ts';
import { authorize } from '../../../src/domain/rules/authorize.ts';
import { type BotRule, type Bots, botRule, isVouched } from '../../../src/domain/rules/bots.ts';
import { actions } from '../../../src/domain/rules/requirement.ts';
import { evidence, named } from './facts.ts';

const bot = (login: string): Actor => ({ id: 9, login, kind: 'bot' });
const rule = (login: string, plan: BotRule['plan'], apply: BotRule['apply']): BotRule => ({
  login,
  plan,
  apply,
  source: `operator file, line 1${login.length}`,
});
const bots: Bots = {
  listed: [rule('renovate', 'allow', 'refuse'), rule('dependabot', 'refuse', 'allow')],
  source: 'operator file, line 2',
};

/** yes, no, or nothing is said. */
const said = (...args: Parameters<typeof botRule>): string => {
  const verdict = botRule(...args);
  return verdict === null ? 'nothing' : verdict.holds ? 'yes' : 'no';
};

describe('the operator answers for a bot', () => {
  test.each([
    ['dependabot[bot]', bots, true],
    ['Dependabot[bot]', bots, true],
    ['renovate[bot]', bots, false],
    ['other[bot]', bots, false],
    ['dependabot[bot]', null, false],
    // Whoever may push a workflow makes it say what they like.
    ['github-actions[bot]', { ...bots, listed: [rule('github-actions', 'allow', 'allow')] }, false],
  ] as const)('%s: %#', (login, list, expected) => {
    expect(isVouched({ author: bot(login), bots: list })).toBe(expected);
    expect(isVouched({ author: { ...bot(login), kind: 'user' }, bots: list })).toBe(false);
  });
});

test('our own pull requests are vouched for by our own rows, and nobody becomes us by a name', () => {
  for (const list of [bots, null]) {
    expect(isVouched({ author: ourselves, bots: list })).toBe(true);
    expect(isVouched({ author: { ...ourselves, id: 9 }, bots: list })).toBe(false);
    expect(isVouched({ author: { ...ourselves, kind: 'user' }, bots: list })).toBe(false);
  }
});

describe('a pull request of a bot', () => {
  const people: readonly (readonly [Actor, string])[] = [
    [{ ...bot('renovate[bot]'), kind: 'user' }, 'an account of a person that looks like it'],
    [{ ...bot('dependabot'), kind: 'user' }, 'a person called dependabot'],
    [named('ada'), 'a person'],
  ];
  const others = [
    'renovate-bot',
    'renovate-bot[bot]',
    'renovat',
    'myrenovate[bot]',
    'renovate[bot]x',
    'x[bot]',
  ];
  const table: readonly (readonly [author: Actor, byItself: string, apply: string])[] = [
    [bot('renovate[bot]'), 'yes', 'no'],
    [bot('Renovate[bot]'), 'yes', 'no'],
    // Some Apps of GitHub itself act without the suffix.
    [bot('renovate'), 'yes', 'no'],
    [bot('dependabot[bot]'), 'no', 'yes'],
    [bot('DEPENDABOT[BOT]'), 'no', 'yes'],
    ...others.map((login) => [bot(login), 'no', 'no'] as const),
    ...people.map(([author]) => [author, 'nothing', 'nothing'] as const),
  ];
  test.each(table)('%j: planned by itself %s, applied %s', (author, byItself, apply) => {
    expect(said('plan', null, { author, bots })).toBe(byItself);
    expect(said('apply', named('ada'), { author, bots })).toBe(apply);
    expect(said('apply', null, { author, bots })).toBe(apply);
    // Whoever may plan may plan a bot's work, and nothing else is asked about.
    const others = actions.filter((action) => action !== 'apply' && !isOperation(action));
    for (const action of others) expect(said(action, named('ada'), { author, bots })).toBe('nothing');
    for (const action of others)
      if (action !== 'plan') expect(said(action, null, { author, bots })).toBe('nothing');
    // What changes a state is no less than an apply.
    for (const action of operationVerbs)
      expect(said(action, named('ada'), { author, bots })).toBe(
        said('apply', named('ada'), { author, bots }),
      );
    for (const action of actions) expect(said(action, null, { author, bots: null })).toBe('nothing');
  });

  test('an empty list lets none', () => {
    const none: Bots = { listed: [], source: 'operator file, line 2' };
    expect(said('plan', null, { author: bot('renovate[bot]'), bots: none })).toBe('no');
    expect(said('apply', null, { author: bot('renovate[bot]'), bots: none })).toBe('no');
  });

  test('what is said of it, and where it comes from', () => {
    expect(botRule('plan', null, { author: bot('Renovate[bot]'), bots })).toMatchObject({
      name: 'bot',
      because: 'pull requests of Renovate[bot] may be planned by themselves',
      source: 'operator file, line 18',
      problem: null,
    });
    expect(botRule('plan', null, { author: bot('dependabot[bot]'), bots })).toMatchObject({
      because: 'pull requests of dependabot[bot] are not planned by themselves',
      source: 'operator file, line 110',
      needs: 'a person to ask for it',
      problem: {
        code: 'bot',
        sentence:
          'Pull requests of `dependabot[bot]`, a bot, are not planned by themselves (operator file, line 110).',
        advice: 'Look at what it changes, and comment `/plan` if that may run.',
      },
    });
    expect(botRule('apply', named('ada'), { author: bot('x[bot]'), bots })).toMatchObject({
      because: 'x[bot] is a bot that is not listed',
      source: 'operator file, line 2',
      needs: null,
      problem: {
        sentence:
          '`x[bot]` is a bot that the operator file does not list, so its pull requests are not applied (operator file, line 2).',
        advice: expect.stringContaining('a pull request of your own'),
      },
    });
    expect(botRule('apply', named('ada'), { author: bot('dependabot[bot]'), bots })?.because).toBe(
      'pull requests of dependabot[bot] may be applied',
    );
  });

  test('the decision has it, behind who may', () => {
    const decide = (login: string | null, action: 'plan' | 'apply' | 'unlock', author: Actor) => {
      const known = { ...evidence, authored: { author, bots } };
      const { verdict } = authorize(
        login === null ? null : named(login),
        action,
        { project: null, apply: null },
        known,
      );
      return [
        verdict.problem?.code ?? 'yes',
        verdict.parts
          .slice(0, 2)
          .map(({ name }) => name)
          .join(' '),
      ];
    };
    expect(decide(null, 'plan', bot('renovate[bot]'))).toEqual(['yes', 'permission bot']);
    expect(decide(null, 'plan', bot('dependabot[bot]'))).toEqual(['bot', 'permission bot']);
    expect(decide('ada', 'plan', bot('dependabot[bot]'))).toEqual(['yes', 'permission']);
    expect(decide('ada', 'apply', bot('renovate[bot]'))).toEqual(['bot', 'permission bot']);
    expect(decide('ada', 'apply', bot('dependabot[bot]'))).toEqual(['yes', 'permission bot']);
    // A list lets nobody do what they may not.
    expect(decide('eve', 'apply', bot('dependabot[bot]'))).toEqual(['not-permitted', 'permission bot']);
    expect(decide(null, 'apply', bot('dependabot[bot]'))).toEqual(['not-permitted', 'permission bot']);
    expect(decide('ada', 'unlock', bot('x[bot]'))).toEqual(['yes', 'permission']);
  });

  test('listing less never allows more', () => {
    const logins = ['renovate', 'dependabot', 'x'];
    const answer = fc.constantFrom('allow' as const, 'refuse' as const);
    const listed = fc.uniqueArray(
      fc.tuple(fc.constantFrom(...logins), answer, answer).map((made) => rule(...made)),
      { selector: ({ login }) => login },
    );
    const authors = fc.constantFrom(...logins.map((login) => bot(`${login}[bot]`)), named('ada'));
    const acts = fc.constantFrom<[Actor | null, 'plan' | 'apply']>(
      [null, 'plan'],
      [named('ada'), 'plan'],
      [named('ada'), 'apply'],
    );
    fc.assert(
      fc.property(
        listed,
        authors,
        acts,
        fc.nat(2),
        fc.constantFrom('plan', 'apply'),
        (list, author, [actor, action], at, verb) => {
          const holds = (known: Bots | null) => said(action, actor, { author, bots: known }) !== 'no';
          const now = holds({ ...bots, listed: list });
          if (holds({ ...bots, listed: list.toSpliced(at, 1) })) expect(now).toBe(true);
          const refused = list.map((one, place) =>
            place === at ? { ...one, [verb]: 'refuse' as const } : one,
          );
          if (holds({ ...bots, listed: refused })) expect(now).toBe(true);
          // Any list lets no more be done than none.
          if (now) expect(holds(null)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
