import { describe, expect, test } from 'vitest';
import type { Problem } from '../../../src/domain/problem.ts';
import {
  type ApplyFacts,
  applyConditions,
  firstConditions,
  firstOfOperation,
  type LaterFacts,
  operationConditions,
} from '../../../src/domain/rules/apply-conditions.ts';
import { samplePull } from '../../support/samples.ts';
import { applyFacts, laterFacts } from './facts.ts';

const order = [
  'repository',
  'open',
  'comment',
  'lock',
  'settled',
  'plan',
  'board',
  'current',
  'suspended',
  'mode',
  'order',
  'trust',
  'depends_on',
];

/** Those that do not hold: name, code, what was seen. */
const noes = (facts: Partial<ApplyFacts>) =>
  applyConditions({ ...applyFacts, ...facts })
    .filter(({ holds }) => !holds)
    .map(({ name, problem, because }) => [name, problem?.code, because]);

const bad: Problem = { code: 'untrusted', sentence: 'It is not trusted.', advice: 'Comment `/trust`.' };
const fork = samplePull({ head: { ...applyFacts.pull.head, repoId: 2 } });
const later = (more: Partial<typeof laterFacts>) => ({ later: { ...laterFacts, ...more } });

describe('what the house asks before every apply', () => {
  test('all of it, in this order, with what was seen', () => {
    expect(applyConditions(applyFacts)).toEqual(
      [
        'acme/infrastructure is allowed',
        'open, not a draft, from where it may be applied, into a branch whose rules count',
        'the comment that asked stands as it was written',
        'held by this pull request',
        'the outcome of every earlier apply is known',
        `planned by run ${applyFacts.planRun.id}, never applied`,
        'the comment with the plan is as it was written, or is gone',
        'head, base and files are those that were planned',
        'it is not suspended',
        'applied when somebody commands it',
        'no newer commit was applied, or began to be',
        'the code brings nothing that has to be trusted',
        'everything it depends on is applied',
      ].map((because, at) => ({
        name: order[at],
        holds: true,
        because,
        problem: null,
        parts: [],
        source: null,
        needs: null,
      })),
    );
  });

  const holding: readonly (readonly [string, Partial<ApplyFacts>])[] = [
    ['nobody commented', { comment: 'none' }],
    ['a fork, where they are applied', { pull: fork, appliesForks: true }],
    ['the comment with the plan is gone', { board: 'gone' }],
    ['somebody trusts the code', later({ trust: { kind: 'trusted', by: 'cy' } })],
  ];
  test.each(holding)('holds: %s', (_, facts) => {
    expect(noes(facts)).toEqual([]);
  });

  const failing: readonly (readonly [Partial<ApplyFacts>, string, string, string])[] = [
    [{ repositoryAllowed: false }, 'repository', 'repository-refused', 'acme/infrastructure is not allowed'],
    [{ pull: samplePull({ state: 'closed' }) }, 'open', 'closed', 'the pull request is closed'],
    [{ pull: samplePull({ draft: true }) }, 'open', 'draft', 'the pull request is a draft'],
    [{ pull: fork }, 'open', 'fork', 'the head branch lives in another repository'],
    [{ appliesIntoBase: false }, 'open', 'base-branch', 'the base branch is main'],
    [{ comment: 'deleted' }, 'comment', 'comment-changed', 'the comment that asked was deleted'],
    [{ comment: 'edited' }, 'comment', 'comment-changed', 'the comment that asked was edited'],
    [
      { comment: 'off-record' },
      'comment',
      'comment-changed',
      'the comment that asked is not on record any more',
    ],
    [{ lockHolder: 4 }, 'lock', 'locked', 'held by #4'],
    [{ lockHolder: null }, 'lock', 'not-planned', 'held by nobody'],
    [{ unresolved: true }, 'settled', 'outcome-unknown', 'nobody knows how an earlier apply ended'],
    [{ plan: 'spent' }, 'plan', 'plan-spent', 'the plan was used by an apply'],
    [{ plan: 'replaced' }, 'plan', 'plan-stale', 'the plan was replaced by a newer one'],
    [{ board: 'altered' }, 'board', 'board-altered', 'somebody else changed the comment with the plan'],
    [
      later({ current: { kind: 'moved', what: 'the head moved' } }),
      'current',
      'plan-stale',
      'the head moved',
    ],
    [later({ current: { kind: 'refused', problem: bad } }), 'current', 'untrusted', 'It is not trusted.'],
    [
      later({ trust: { kind: 'missing', because: 'nobody trusts it', problem: bad } }),
      'trust',
      'untrusted',
      'nobody trusts it',
    ],
    [later({ waitsFor: 'base' }), 'depends_on', 'depends-on', '`base` is not applied yet'],
  ];
  test.each(failing)('%j: %s is a no, %s', (facts, name, code, because) => {
    expect(noes(facts)).toEqual([[name, code, because]]);
  });

  test('what was not read is a no, unless what comes before says no already', () => {
    expect(noes({ later: null })).toEqual([['current', 'requirement-unread', 'not looked at']]);
    expect(noes({ later: null, unresolved: true })).toEqual([
      ['settled', 'outcome-unknown', 'nobody knows how an earlier apply ended'],
    ]);
    expect(applyConditions({ ...applyFacts, later: null }).map(({ name }) => name)).toEqual(
      order.slice(0, 8),
    );
    expect(firstConditions(applyFacts).map(({ name }) => name)).toEqual(order.slice(0, 7));
  });

  /** What is said to whoever asked. */
  const told = (facts: Partial<ApplyFacts>): string => {
    const { problem = null } = applyConditions({ ...applyFacts, ...facts }).find(({ holds }) => !holds) ?? {};
    return `${problem?.sentence} ${problem?.advice}`;
  };

  test('the sentences name what it is about, and what to do', () => {
    expect(told({ lockHolder: 4 })).toBe(
      'The lock of `network` is held by #4, not by this pull request. Wait until #4 is merged or closed, or ask an administrator to `/unlock` it.',
    );
    expect(told({ lockHolder: null })).toContain('Comment `/plan` first');
    expect(told({ plan: 'spent' })).toContain('was already used by an apply');
    expect(told({ plan: 'replaced' })).toContain('is no longer the newest');
    expect(told({ comment: 'edited' })).toContain('was edited before it could begin');
    expect(told(later({ waitsFor: 'base' }))).toContain('Apply `base` first');
  });

  test('all of an environment: only what somebody looked at, and found to be meant', () => {
    const all = (rebuild?: LaterFacts['rebuild']) =>
      ({ cause: 'rebuild', ...later(rebuild === undefined ? {} : { rebuild }) }) as const;
    const meant = { holds: true, because: 'planned when bob asked for all of it' };
    expect(noes(all(meant))).toEqual([]);
    const because = 'nobody asks for all of its environment any more';
    expect(noes(all({ holds: false, because }))).toEqual([['mode', 'by-itself', because]]);
    expect(noes(all())).toEqual([['mode', 'by-itself', 'nobody looked whether it is meant']]);
    expect(told(all({ holds: false, because }))).toBe(
      `\`network\` is not applied with all of its environment: ${because}. Look at its plan, and comment \`/apply\`.`,
    );
    // It is no way around the merge, and of what begins otherwise it is not asked.
    const { later: merging } = later({ mode: { kind: 'merge' }, rebuild: meant });
    expect(noes({ cause: 'rebuild', later: merging })).toEqual([
      ['mode', 'after-merge', 'it is applied after the merge'],
    ]);
    expect(noes(later({ rebuild: { holds: false, because } }))).toEqual([]);
  });

  test('a project that has to wait says for what', () => {
    const waiting = applyConditions({ ...applyFacts, ...later({ waitsFor: 'base' }) }).at(-1);
    expect(waiting?.needs).toBe('`base` to be applied');
    const trusted = applyConditions({ ...applyFacts, ...later({ trust: { kind: 'trusted', by: 'cy' } }) });
    expect(trusted[11]?.because).toBe('cy trusts aaaaaaaaaaaa');
    expect(applyConditions({ ...applyFacts, comment: 'none' })[2]?.because).toBe(
      'not asked for by a comment',
    );
  });
});

describe('a project that is suspended', () => {
  const word = { by: 'cy', reason: 'it moves', until: 3_600_000, since: 0, source: null };
  const written = { ...word, by: 'ada', since: null, source: 'a file, line 3' };

  test.each(['command', 'merge', 'rule', 'rebuild'] as const)('is not applied to by a %s', (cause) => {
    const facts = {
      ...applyFacts,
      cause,
      ...later({ suspended: [word, written], beginsByRule: true }),
    };
    const no = applyConditions(facts).find(({ name }) => name === 'suspended');
    expect(no).toMatchObject({
      holds: false,
      problem: { code: 'suspended' },
      needs: 'its suspension by `cy` to end (1970-01-01 01:00 UTC)',
    });
    expect(no?.because).toContain('in a file, line 3 until');
    expect(applyConditions({ ...facts, later: { ...laterFacts, suspended: [] } }).at(8)?.holds).toBe(true);
  });

  test('keeps its state as well', () => {
    expect(
      operationConditions({ ...applyFacts, ...later({ suspended: [written] }) }).flatMap(({ name, holds }) =>
        holds ? [] : [name],
      ),
    ).toEqual(['suspended']);
  });
});

describe('what the house asks before a state is changed', () => {
  const without = ['plan', 'mode', 'order', 'depends_on'];

  test('the same, but for what is about a plan, in the same order', () => {
    const names = order.filter((name) => !without.includes(name));
    expect(operationConditions(applyFacts).map(({ name, holds }) => [name, holds])).toEqual(
      names.map((name) => [name, true]),
    );
    expect(firstOfOperation(applyFacts).map(({ name }) => name)).toEqual(names.slice(0, 6));
    const later = { ...laterFacts, waitsFor: 'base' };
    expect(operationConditions({ ...applyFacts, later }).every(({ holds }) => holds)).toBe(true);
  });

  test('what was not read is a no, unless something says no already', () => {
    const said = (more: Partial<ApplyFacts>) =>
      operationConditions({ ...applyFacts, later: null, ...more }).flatMap(({ name, holds }) =>
        holds ? [] : [name],
      );
    expect(said({})).toEqual(['current']);
    expect(said({ lockHolder: null })).toEqual(['lock']);
  });
});
