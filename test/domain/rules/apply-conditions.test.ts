import { describe, expect, test } from 'vitest';
import type { ApplyCause } from '../../../src/domain/batch.ts';
import type { Due } from '../../../src/domain/due.ts';
import { planDigest } from '../../../src/domain/ids.ts';
import type { Problem } from '../../../src/domain/problem.ts';
import type { ApplyMode } from '../../../src/domain/project.ts';
import {
  type ApplyFacts,
  applyConditions,
  firstConditions,
  firstOfOperation,
  isAgreed,
  mergeDiffers,
  operationConditions,
} from '../../../src/domain/rules/apply-conditions.ts';
import { commit, samplePull } from '../../support/samples.ts';
import { applyFacts, due, laterFacts, mergedFacts, mergedPull } from './facts.ts';

const order = [
  'repository',
  'open',
  'comment',
  'lock',
  'settled',
  'plan',
  'board',
  'current',
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
        'applied when somebody commands it',
        'no newer commit was applied',
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

  test('a project that has to wait says for what', () => {
    const waiting = applyConditions({ ...applyFacts, ...later({ waitsFor: 'base' }) }).at(-1);
    expect(waiting?.needs).toBe('`base` to be applied');
    const trusted = applyConditions({ ...applyFacts, ...later({ trust: { kind: 'trusted', by: 'cy' } }) });
    expect(trusted[10]?.because).toBe('cy trusts aaaaaaaaaaaa');
    expect(applyConditions({ ...applyFacts, comment: 'none' })[2]?.because).toBe(
      'not asked for by a comment',
    );
  });
});

/** The one of this name. */
const verdictOf = (name: string, facts: ApplyFacts) =>
  applyConditions(facts).find((verdict) => verdict.name === name);

const otherDigest = planDigest('9'.repeat(64));
const modes: Readonly<Record<ApplyMode['kind'], ApplyMode>> = {
  command: { kind: 'command' },
  merge: { kind: 'merge' },
  auto: { kind: 'auto', when: null },
};

describe('what it begins by, and when the project is applied', () => {
  const told = (mode: ApplyMode['kind'], cause: ApplyCause, facts: ApplyFacts, beginsByRule = false) => {
    const found = verdictOf('mode', {
      ...facts,
      cause,
      later: { ...laterFacts, mode: modes[mode], beginsByRule },
    });
    return found?.holds === true ? found.because : found?.problem?.code;
  };
  const commanded = 'applied when somebody commands it';
  const byRule = 'the rules let this plan be applied by itself';
  const agreed = 'planned after the merge, and what was agreed to before it';

  const cells: readonly (readonly [ApplyMode['kind'], ApplyCause, open: string, merged: string])[] = [
    ['command', 'command', commanded, commanded],
    ['auto', 'command', commanded, commanded],
    ['merge', 'command', 'after-merge', commanded],
    ['command', 'merge', 'merge-differs', agreed],
    ['auto', 'merge', 'merge-differs', agreed],
    ['merge', 'merge', 'merge-differs', agreed],
    ['command', 'rule', 'by-itself', 'by-itself'],
    ['auto', 'rule', 'by-itself', 'by-itself'],
    ['merge', 'rule', 'by-itself', 'by-itself'],
  ];
  test.each(cells)('applied on %s, begun by a %s: open %s, merged %s', (mode, cause, open, merged) => {
    expect(told(mode, cause, applyFacts)).toBe(open);
    expect(told(mode, cause, mergedFacts)).toBe(merged);
    // What the rules let begin by itself is asked of nothing else.
    expect(told(mode, cause, applyFacts, true)).toBe(cause === 'rule' ? byRule : open);
    expect(told(mode, cause, mergedFacts, true)).toBe(cause === 'rule' ? byRule : merged);
  });

  test('what is said of it', () => {
    const mode = (facts: ApplyFacts) => {
      const { because, needs, problem } = verdictOf('mode', facts) ?? {};
      return [because, needs, problem?.sentence, problem?.advice];
    };
    expect(mode({ ...applyFacts, cause: 'rule' })).toEqual([
      'the rules do not let this plan be applied by itself',
      null,
      'The rules do not let this plan of `network` be applied without a command.',
      'Look at it, and comment `/apply`.',
    ]);
    expect(mode({ ...applyFacts, ...later({ mode: modes.merge }) })).toEqual([
      'it is applied after the merge',
      'the merge',
      '`network` is applied after the merge, if the plan is the same then.',
      'Merge the pull request when its checks allow it. Nothing else is to be done.',
    ]);
    expect(mode({ ...mergedFacts, due: { ...due, approved: otherDigest } })).toEqual([
      'what was planned after the merge is not what was agreed to before it',
      '`/apply`',
      'The plan of `network` after the merge is not the one that was shown when this was merged.',
      expect.stringContaining('`/apply` applies it'),
    ]);
  });
});

describe('after a merge', () => {
  test('what was agreed to is applied, with what was seen', () => {
    expect(noes(mergedFacts)).toEqual([]);
    expect(verdictOf('open', mergedFacts)?.because).toBe('merged as dddddddddddd, and the merge asks for it');
  });

  test('only where the merge asks for it, and into a branch whose rules count', () => {
    const open = (more: Partial<ApplyFacts>) => verdictOf('open', { ...mergedFacts, ...more })?.problem?.code;
    expect(open({})).toBeUndefined();
    expect(open({ due: null })).toBe('closed');
    expect(open({ due: { ...due, commit: commit('e') } })).toBe('closed');
    expect(open({ appliesIntoBase: false })).toBe('closed');
    expect(open({ pull: { ...mergedPull, merged: null } })).toBe('closed');
    // A command after the merge is held to the same.
    expect(open({ cause: 'command' })).toBeUndefined();
    expect(open({ cause: 'command', due: null })).toBe('closed');
  });

  const agreements: readonly (readonly [string, Due | null, string])[] = [
    ['nothing is asked for', null, 'The comment showed no plan of `network`'],
    ['nothing was shown', { ...due, approved: null }, 'The comment showed no plan of `network`'],
    ['another plan was shown', { ...due, approved: otherDigest }, 'is not the one that was shown'],
  ];
  test.each(agreements)('the merge applies nothing where %s; somebody may', (_, asks, sentence) => {
    const mode = (cause: ApplyCause) => verdictOf('mode', { ...mergedFacts, cause, due: asks });
    expect(mode('merge')).toMatchObject({
      holds: false,
      problem: { code: 'merge-differs' },
      needs: '`/apply`',
    });
    expect(mode('merge')?.problem?.sentence).toContain(sentence);
    expect(mergeDiffers(asks, applyFacts.planRun.project)).toEqual(mode('merge')?.problem);
    expect(mode('command')?.holds).toBe(true);
  });

  test('agreed to is that very plan, and never none', () => {
    expect(isAgreed({ ...due, approved: otherDigest }, otherDigest)).toBe(true);
    expect(isAgreed(due, otherDigest)).toBe(false);
    expect(isAgreed(due, undefined)).toBe(false);
    expect(isAgreed({ ...due, approved: null }, otherDigest)).toBe(false);
    expect(isAgreed({ ...due, approved: null }, undefined)).toBe(false);
    const planless = { ...applyFacts.planRun, plan: null };
    expect(noes({ ...mergedFacts, planRun: planless, due: { ...due, approved: null } })).toMatchObject([
      ['mode', 'merge-differs', expect.anything()],
    ]);
  });

  test('not again what a newer commit did already', () => {
    const order = (contained: boolean) =>
      verdictOf('order', { ...mergedFacts, later: { ...laterFacts, contained } });
    expect(order(false)).toMatchObject({ holds: true, because: 'no newer commit was applied' });
    expect(order(true)).toMatchObject({
      holds: false,
      because: 'dddddddddddd is part of what was applied already',
      problem: {
        code: 'contained',
        sentence:
          '`network` was applied already from a commit that holds `dddddddddddd`: what this one did is done.',
      },
    });
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
