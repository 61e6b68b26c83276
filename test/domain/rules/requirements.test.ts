import { describe, expect, test } from 'vitest';
import type { PolicyResult } from '../../../src/domain/rules/policies.ts';
import type { Requirement, RequirementKind } from '../../../src/domain/rules/requirement.ts';
import { evaluate, type RuleFacts } from '../../../src/domain/rules/requirements.ts';
import { freeMerge, named, nobody, ruleFacts, source, vote } from './facts.ts';

const asked: Readonly<Record<RequirementKind, Requirement>> = {
  approved: { kind: 'approved', count: 1, from: null, codeOwners: false, when: null, source },
  mergeable: { kind: 'mergeable', when: null, source },
  up_to_date: { kind: 'up_to_date', when: null, source },
  checks: { kind: 'checks', names: ['test'], when: null, source },
  policies: { kind: 'policies', when: null, source },
  environment: { kind: 'environment', name: 'production', when: null, source },
  window: { kind: 'window', allow: [], deny: [], when: null, source },
};

const judge = (
  kind: RequirementKind,
  facts: Partial<RuleFacts>,
  more: Partial<Pick<Requirement, 'when'>> = {},
) => evaluate({ ...asked[kind], ...more }, { ...ruleFacts, ...facts });

const policy = (more: Partial<PolicyResult> = {}): PolicyResult => ({
  name: 'tags',
  passed: true,
  because: 'every bucket has tags',
  source,
  owners: null,
  override: null,
  ...more,
});

const closed = () => ({ open: false, because: 'closed until Monday 09:00 (Europe/Berlin)' });

test.each([
  [true, 'Nobody can approve an issue. Comment `/followup` here'],
  [false, 'Ask anybody with write permission'],
  [undefined, 'Ask anybody with write permission'],
])(
  'where an approval is missing, people are told where one can be given (on an issue: %s)',
  (onIssue, advice) => {
    const facts = { votes: [], ...(onIssue === undefined ? {} : { onIssue }) };
    const said = judge('approved', facts).problem?.advice ?? '';
    expect(said.startsWith(advice)).toBe(true);
    expect(said.includes('`/followup`')).toBe(onIssue === true);
  },
);

/** Facts under which each one fails, with the code of its problem. */
const failing: readonly (readonly [RequirementKind, Partial<RuleFacts>, string])[] = [
  ['approved', { votes: [] }, 'not-approved'],
  ['approved', { votes: [vote('bob', 'author')] }, 'not-approved'],
  ['mergeable', { merge: { ...freeMerge, draft: true } }, 'not-mergeable'],
  ['mergeable', { merge: null }, 'requirement-unread'],
  ['up_to_date', { behind: ['main.tf'] }, 'not-up-to-date'],
  ['up_to_date', { behind: null }, 'not-up-to-date'],
  ['checks', { merge: { ...freeMerge, checks: [] } }, 'checks-open'],
  ['checks', { merge: null }, 'requirement-unread'],
  ['policies', { policies: [policy({ passed: false })] }, 'policy-failed'],
  ['policies', { policies: null }, 'requirement-unread'],
  ['environment', { environment: () => ({ kind: 'unread' }) }, 'requirement-unread'],
  ['window', { window: closed }, 'window-closed'],
];

describe.each(failing)('%s, %j', (kind, facts, code) => {
  test('holds otherwise, and is a no here', () => {
    expect(judge(kind, {})).toMatchObject({ name: kind, holds: true, problem: null, needs: null, source });
    expect(judge(kind, facts)).toMatchObject({ name: kind, holds: false, problem: { code }, source });
  });

  test('is asked for unless its condition is known not to hold', () => {
    const under = (answer: boolean | null) =>
      judge(
        kind,
        { ...facts, condition: (text) => (text === 'plan.destroy > 0' ? answer : !answer) },
        {
          when: 'plan.destroy > 0',
        },
      );
    expect(under(true).problem?.code).toBe(code);
    expect(under(null).problem?.code).toBe(code);
    expect(under(false)).toMatchObject({
      name: kind,
      holds: true,
      because: 'not asked for here: `plan.destroy > 0` is not so',
      source,
    });
    expect(judge(kind, { ...facts, condition: () => false }).holds).toBe(false);
  });
});

describe('once it was merged', () => {
  const unmergeable = { merge: { ...freeMerge, draft: true, mergeable: false, state: 'dirty' as const } };
  test('nothing is asked about the merge any more', () => {
    const said = 'it was merged';
    for (const merge of [null, unmergeable.merge, freeMerge])
      expect(judge('mergeable', { isMerged: true, merge })).toMatchObject({
        holds: true,
        because: said,
        source,
      });
    expect(judge('mergeable', { isMerged: false, ...unmergeable }).problem?.code).toBe('not-mergeable');
  });

  test('nothing is behind the merged commit', () => {
    for (const behind of [null, ['main.tf'], []])
      expect(judge('up_to_date', { isMerged: true, behind })).toMatchObject({
        holds: true,
        because: 'what was planned is the merged commit',
        source,
      });
  });

  const others = failing.filter(([kind]) => kind !== 'mergeable' && kind !== 'up_to_date');
  test.each(others)('%s, %j, is a no as before', (kind, facts, code) => {
    expect(judge(kind, { ...facts, isMerged: true })).toMatchObject({ holds: false, problem: { code } });
  });
});

test('what was seen, and what it waits for', () => {
  const said = (kind: RequirementKind, facts: Partial<RuleFacts>) => {
    const { because, needs, problem } = judge(kind, facts);
    return [because, needs, problem?.sentence];
  };
  expect(said('up_to_date', { behind: ['main.tf'] })).toEqual([
    'the base branch changed `main.tf` since',
    'the base branch to be merged into this one',
    'The base branch moved since this branch left it, and it changed `main.tf`, which this project depends on.',
  ]);
  expect(said('up_to_date', { behind: ['main.tf', 'a.tf'] })[0]).toContain('`main.tf` and 1 more');
  expect(said('up_to_date', { behind: ['main.tf', 'a.tf', 'b.tf'] })[0]).toBe(
    'the base branch changed `main.tf` and 2 more since',
  );
  expect(said('up_to_date', { behind: null })[0]).toBe('nobody knows what the base branch changed since');
  expect(said('up_to_date', {})[0]).toBe('the base branch changed nothing here since');
  expect(said('window', {})[0]).toBe('open until 17:00 (Europe/Berlin)');
  expect(said('window', { window: closed })).toEqual([
    'closed until Monday 09:00 (Europe/Berlin)',
    'the window to open (closed until Monday 09:00 (Europe/Berlin))',
    'The rules let nobody do this now: closed until Monday 09:00 (Europe/Berlin).',
  ]);
  expect(said('mergeable', { merge: null })[2]).toBe(
    '`mergeable` is asked for, and what it asks about could not be read.',
  );
});

describe('checks', () => {
  const state = (...states: readonly (typeof freeMerge.checks)[number]['state'][]) => ({
    merge: { ...freeMerge, checks: states.map((one) => ({ name: 'test', appId: 15, state: one })) },
  });
  const other = { name: 'lint', appId: 15, state: 'failure' as const };
  const cells: readonly (readonly [Partial<RuleFacts>, string, boolean])[] = [
    [state('success'), 'test passed', true],
    [state('success', 'success'), 'test passed', true],
    [state(), '`test` was not reported', false],
    [state('failure'), '`test` failed', false],
    [state('pending'), '`test` has not ended', false],
    [state('skipped'), '`test` did not say that it passed', false],
    [state('neutral'), '`test` did not say that it passed', false],
    [state('success', 'skipped'), '`test` did not say that it passed', false],
    [state('success', 'failure'), '`test` failed', false],
    [state('pending', 'failure'), '`test` failed', false],
    [state('success', 'pending'), '`test` has not ended', false],
    [{ merge: { ...freeMerge, checks: [...freeMerge.checks, other] } }, 'test passed', true],
    [{ merge: { ...freeMerge, checks: [other] } }, '`test` was not reported', false],
  ];
  test.each(cells)('%j: %s', (facts, because, holds) => {
    expect(judge('checks', facts)).toMatchObject({ because, holds });
  });

  test('each that is asked for is told of, and has to pass', () => {
    const both: Requirement = { kind: 'checks', names: ['test', 'lint'], when: null, source };
    const half = evaluate(both, {
      ...ruleFacts,
      merge: { ...freeMerge, checks: [...freeMerge.checks, other] },
    });
    expect(half).toMatchObject({
      holds: false,
      because: '`lint` failed',
      needs: 'the check `lint` to pass',
      source,
    });
    expect(half.problem?.sentence).toBe('Not every check that is asked for has passed: `lint` failed.');
    expect(half.parts.map(({ name, holds, because }) => [name, holds, because])).toEqual([
      ['test', true, '`test` passed'],
      ['lint', false, '`lint` failed'],
    ]);
    const green = { ...other, state: 'success' as const };
    const whole = evaluate(both, {
      ...ruleFacts,
      merge: { ...freeMerge, checks: [...freeMerge.checks, green] },
    });
    expect(whole).toMatchObject({ holds: true, because: 'test, lint passed', source });
    expect(whole.parts).toHaveLength(2);
    const none = evaluate(both, { ...ruleFacts, merge: { ...freeMerge, checks: [] } });
    expect(none.because).toBe('`test` was not reported, `lint` was not reported');
  });
});

describe('policies', () => {
  const db = { ...nobody, teams: ['acme/db'] };
  const bad = policy({ passed: false, because: 'a bucket is public' });
  const unasked = policy({ name: 'cost', passed: null, because: 'it took too long', owners: db });
  const word = { actor: named('bob'), reason: 'for a day' };
  const judged = (...policies: readonly PolicyResult[]) => judge('policies', { policies });

  test('none, and all that pass', () => {
    expect(judged()).toMatchObject({
      holds: true,
      because: 'no policy is for this project',
      parts: [],
      source,
    });
    const all = judged(policy(), policy({ name: 'cost', because: 'cheap' }));
    expect(all).toMatchObject({ holds: true, because: 'every policy says yes', source });
    expect(all.parts.map(({ name, because, source: from }) => [name, because, from])).toEqual([
      ['policy tags', 'every bucket has tags', source],
      ['policy cost', 'cheap', source],
    ]);
  });

  test('one that says no, one that could not be asked', () => {
    const none = judged(policy(), bad, unasked);
    expect(none).toMatchObject({
      holds: false,
      because: '`tags`: a bucket is public; `cost` could not be asked (it took too long)',
      problem: {
        code: 'policy-failed',
        sentence: 'A policy stands in the way: `tags`: a bucket is public.',
        advice: 'Change what is planned; nobody may let it pass.',
      },
      source,
    });
    expect(none.needs).toBe('the policy `tags` to say yes, `/approve cost` by `acme/db`');
    expect(none.parts.map(({ holds, source: from }) => [holds, from])).toEqual([
      [true, source],
      [false, source],
      [false, source],
    ]);
    expect(judged(unasked)).toMatchObject({
      holds: false,
      needs: '`/approve cost` by `acme/db`',
      problem: { advice: 'Change what is planned, or ask `acme/db` to comment `/approve cost REASON`.' },
    });
    expect(judged(unasked, { ...unasked, name: 'size' }).needs).toBe(
      '`/approve cost` by `acme/db`, `/approve size` by `acme/db`',
    );
  });

  test('let pass by one of its owners', () => {
    const passed = judged({ ...bad, override: word }, { ...unasked, override: word });
    expect(passed).toMatchObject({ holds: true, because: 'every policy says yes' });
    expect(passed.parts.map(({ because, source: from }) => [because, from])).toEqual([
      ['a bucket is public; bob lets it pass: for a day', source],
      ['it took too long; bob lets it pass: for a day', source],
    ]);
    expect(judged(bad, { ...unasked, override: word }).holds).toBe(false);
    expect(judged(policy({ override: word })).parts[0]?.because).toBe('every bucket has tags');
  });
});
