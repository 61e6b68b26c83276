import { describe, expect, test } from 'vitest';
import {
  type EnvironmentFact,
  type EnvironmentFacts,
  type EnvironmentProtection,
  environmentAllows,
} from '../../../src/domain/rules/environment.ts';
import type { EnvironmentRequirement } from '../../../src/domain/rules/requirement.ts';
import { named, nobody, ruleFacts, source, vote } from './facts.ts';

const requirement: EnvironmentRequirement = { kind: 'environment', name: 'production', when: null, source };

const unprotected: EnvironmentProtection = {
  reviewers: null,
  preventSelfReview: false,
  waitMs: 0,
  branches: 'all',
  unknown: [],
};

const judge = (fact: EnvironmentFact, more: Partial<EnvironmentFacts> = {}) =>
  environmentAllows(requirement, {
    ...ruleFacts,
    environment: (name) => (name === 'production' ? fact : { kind: 'unread' }),
    ...more,
  });

/** A protected one. */
const under = (
  protection: Partial<EnvironmentProtection>,
  more: Partial<EnvironmentFacts> = {},
  fromHere = true,
) => judge({ kind: 'there', protection: { ...unprotected, ...protection }, fromHere }, more);

const byAda = { reviewers: { ...nobody, users: ['ada'] } };

describe('an environment of the forge', () => {
  test.each([
    [{ kind: 'none' }, 'there is no environment `production` on GitHub'],
    [{ kind: 'not-asked' }, 'the operator file lets nobody ask what protects `production`'],
    [
      { kind: 'not-permitted', isWanted: false },
      'not asked: the App may not read what protects `production`',
    ],
    [{ kind: 'there', protection: unprotected, fromHere: false }, '`production` is not protected on GitHub'],
  ] as const)('%j asks nothing, and says so', (fact, because) => {
    expect(judge(fact)).toMatchObject({ name: 'environment', holds: true, because, source, parts: [] });
  });

  test.each([
    [{ kind: 'not-permitted', isWanted: true }, 'environment-refused', 'the App may not read'],
    [{ kind: 'unread' }, 'requirement-unread', 'could not be read'],
  ] as const)('%j is a no', (fact, code, because) => {
    const verdict = judge(fact);
    expect(verdict).toMatchObject({
      name: 'environment',
      holds: false,
      because: expect.stringContaining(because),
      problem: { code, sentence: expect.stringContaining('`production`') },
      needs: 'what protects `production` to be readable',
      source,
    });
  });

  test('with a rule that nobody here knows is a no, whatever else holds', () => {
    const verdict = under({ ...byAda, unknown: ['gates'] }, { votes: [vote('ada')], actor: named('cy') });
    expect(verdict).toMatchObject({ holds: false, source });
    expect(verdict.needs).toBe('`gates` of `production`, which Tidegate does not know, to go away');
    expect(verdict.problem).toMatchObject({
      code: 'environment-refused',
      sentence: expect.stringContaining('`gates`'),
    });
    expect(verdict.parts.map(({ name, holds }) => [name, holds])).toEqual([
      ['rule', false],
      ['reviewers', true],
    ]);
  });

  test('goes by the branch only where it restricts branches', () => {
    const patterns = { branches: { patterns: ['release/*'] } };
    expect(under({}, {}, false).holds).toBe(true);
    expect(under(patterns, {}, true)).toMatchObject({
      holds: true,
      parts: [{ name: 'branch', holds: true }],
    });
    const refused = under(patterns, {}, false);
    expect(refused).toMatchObject({
      holds: false,
      problem: { code: 'environment-refused' },
      needs: '`production` to allow the base branch',
      parts: [{ name: 'branch', holds: false }],
    });
    expect(refused.problem?.sentence).toContain('from the branch that this pull request goes into');
  });
});

describe('its reviewers', () => {
  const asked = (more: Partial<EnvironmentFacts>, protection: Partial<EnvironmentProtection> = {}) =>
    under({ ...byAda, ...protection }, { actor: named('cy'), votes: [], ...more });

  test('hold it until one of them has approved, by an approval that counts', () => {
    expect(asked({ votes: [vote('ada')] })).toMatchObject({
      holds: true,
      parts: [{ name: 'reviewers', holds: true, because: 'approved by ada' }],
    });
    expect(asked({}).holds).toBe(false);
    expect(asked({ votes: [vote('bob')] }).holds).toBe(false);
    expect(asked({ votes: [vote('ada', 'other-plan')] }).holds).toBe(false);
    expect(asked({ votes: [vote('bob'), vote('ada')] }).holds).toBe(true);
  });

  test('may be teams, and are not everybody who may write', () => {
    const team = { reviewers: { ...nobody, teams: ['acme/db'] } };
    expect(asked({ votes: [vote('bob')] }, team).holds).toBe(true);
    expect(asked({ votes: [vote('cy')] }, team).holds).toBe(false);
    expect(asked({ votes: [vote('bob'), vote('cy')] }, { reviewers: nobody }).holds).toBe(false);
  });

  test('are named, with who was seen and why they do not count', () => {
    const verdict = asked({ votes: [vote('ada', 'author'), vote('bob')] });
    const seen =
      'no approval that counts; not counted: bob (is not among those who are asked); not counted: ada (the author of the pull request)';
    expect(verdict).toMatchObject({ needs: 'a review by one of the reviewers of `production` (`ada`)' });
    expect(verdict.parts[0]).toMatchObject({ because: seen });
    expect(verdict.problem).toEqual({
      code: 'not-approved',
      sentence: `The environment \`production\` is protected on GitHub, so it waits for a review by one of the reviewers of \`production\` (\`ada\`); so far: ${seen}.`,
      advice:
        'Ask `ada`, who has looked at the plan as it is shown now, to approve, then comment `/apply` again. Authors of a commit and whoever pushed last do not count.',
    });
    expect(asked({ bound: 'commit' }).problem?.advice).toBe(
      'Ask `ada` to approve, then comment `/apply` again. Authors of a commit and whoever pushed last do not count.',
    );
  });

  test('may apply themselves, unless the environment prevents that', () => {
    const own = { votes: [vote('ada')], actor: named('ada') };
    expect(asked(own).holds).toBe(true);
    const prevented = asked(own, { preventSelfReview: true });
    expect(prevented).toMatchObject({ holds: false, problem: { code: 'not-approved' } });
    expect(prevented.problem?.sentence).toContain(
      'approved by ada, who asks for the apply and does not count.',
    );
    expect(prevented.problem?.advice).toContain('do not count, nor whoever comments `/apply`.');
    // Somebody else asks, or nobody yet: the word counts.
    expect(asked({ ...own, actor: named('cy') }, { preventSelfReview: true })).toMatchObject({
      holds: true,
      parts: [{ because: 'approved by ada' }],
    });
    expect(asked({ ...own, actor: null }, { preventSelfReview: true }).holds).toBe(true);
    const two = { reviewers: { ...nobody, users: ['ada', 'bob'] }, preventSelfReview: true };
    expect(asked({ votes: [vote('ada'), vote('bob')], actor: named('ada') }, two).holds).toBe(true);
  });
});

describe('its wait timer', () => {
  const timed = (shownSince: number | null, now: number, waitMs = 30 * 60_000) =>
    under({ waitMs }, { shownSince, now });

  test('holds it until the plan has been shown for as long', () => {
    expect(timed(1_000, 1_801_000)).toMatchObject({
      holds: true,
      parts: [{ name: 'wait timer', because: 'the plan has been shown for 30 minutes and longer' }],
    });
    expect(timed(1_000, 1_800_999)).toMatchObject({
      holds: false,
      needs: 'the wait timer of `production` (30 minutes)',
      parts: [{ name: 'wait timer', because: 'the plan has not been shown for 30 minutes yet' }],
      problem: { code: 'environment-waits' },
    });
    expect(timed(1_000, 1_800_999).problem?.sentence).toContain(
      'for 30 minutes, and a minute of that is left.',
    );
    expect(timed(1_000, 61_000).problem?.sentence).toContain('and 29 minutes of that are left.');
    expect(timed(1_000, 61_001).problem?.sentence).toContain('and 29 minutes of that are left.');
    expect(timed(1_000, 60_999).problem?.sentence).toContain('and 30 minutes of that are left.');
    expect(timed(1_000, 2_000, 60_000).needs).toBe('the wait timer of `production` (a minute)');
  });

  test('has not begun while the plan is not shown', () => {
    expect(timed(null, 9_000_000).holds).toBe(false);
    expect(timed(null, 9_000_000).problem?.sentence).toContain('and 30 minutes of that are left.');
  });
});
