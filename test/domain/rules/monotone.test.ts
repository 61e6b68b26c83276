import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../../src/domain/pull.ts';
import type { ApplyFacts, LaterFacts } from '../../../src/domain/rules/apply-conditions.ts';
import { authorize, type Evidence, type Subject } from '../../../src/domain/rules/authorize.ts';
import type { Authored, BotRule } from '../../../src/domain/rules/bots.ts';
import type { EnvironmentFact } from '../../../src/domain/rules/environment.ts';
import type { MergeFacts } from '../../../src/domain/rules/merge-facts.ts';
import {
  type Action,
  actions,
  type People,
  type Requirement,
} from '../../../src/domain/rules/requirement.ts';
import type { RuleFacts } from '../../../src/domain/rules/requirements.ts';
import {
  applyFacts,
  evidence,
  freeMerge,
  laterFacts,
  named,
  nobody,
  ruleFacts,
  source,
  vote,
} from './facts.ts';

/** Mostly good facts, so that a yes is not rare, and of everything that can be bad a little. */
const mostly = <T>(good: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(good) },
    { weight: 1, arbitrary: fc.constantFrom(good, ...others) },
  );

const groups: readonly People[] = [
  { ...nobody, users: ['ada'] },
  { ...nobody, teams: ['acme/db'] },
  { ...nobody, permission: 'write' },
  { ...nobody, permission: 'admin' },
  { users: ['eve'], teams: ['acme/db'], permission: 'admin' },
];
const group = fc.constantFrom(...groups);
const when = fc.constantFrom(null, 'plan.destroy > 0', 'plan.create > 0');

const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    kind: fc.constant('approved' as const),
    count: fc.integer({ min: 1, max: 2 }),
    from: fc.option(group),
    codeOwners: fc.boolean(),
    when,
    source: fc.constant(source),
  }),
  fc.record({
    kind: fc.constant('checks' as const),
    names: fc.subarray(['test', 'lint']),
    when,
    source: fc.constant(source),
  }),
  fc.record({
    kind: fc.constant('environment' as const),
    name: fc.constantFrom('production', 'staging'),
    when: fc.constant(null),
    source: fc.constant(source),
  }),
  fc.record({
    kind: fc.constantFrom('mergeable' as const, 'up_to_date' as const, 'policies' as const),
    when,
    source: fc.constant(source),
  }),
);

const apply = { name: 'tidegate/apply', appId: 7 };
const merge: fc.Arbitrary<MergeFacts> = fc.record({
  headSha: fc.constant(freeMerge.headSha),
  draft: mostly(false, true),
  mergeable: mostly<boolean | null>(true, false, null),
  state: fc.constantFrom('clean', 'unstable', 'blocked', 'behind'),
  reviews: mostly<MergeFacts['reviews']>(null, 'approved', 'required'),
  required: fc.constantFrom([], [apply], [{ name: 'test', appId: null }, apply]),
  strict: fc.boolean(),
  behindBy: mostly<number | null>(0, 1, null),
  checks: fc.subarray([
    ...freeMerge.checks,
    { name: 'lint', appId: 15, state: 'success' as const },
    { ...apply, state: 'pending' as const },
  ]),
  unsigned: mostly<number | null>(0, null, 1),
  unresolved: mostly<number | null>(null, 0, 1),
  unknown: mostly<readonly string[]>([], ['code_scanning']),
});

/** What conditions come to, by their texts. */
const answers = fc.constantFrom(true, false, null);
const place: fc.Arbitrary<EnvironmentFact> = fc.oneof(
  fc.constantFrom<EnvironmentFact>(
    { kind: 'none' },
    { kind: 'not-permitted', isWanted: false },
    { kind: 'not-permitted', isWanted: true },
    { kind: 'unread' },
  ),
  fc.record({
    kind: fc.constant('there' as const),
    protection: fc.record({
      reviewers: fc.option(group),
      preventSelfReview: fc.boolean(),
      waitMs: fc.constantFrom(0, 1_800_000),
      branches: fc.constantFrom('all' as const, { isProtected: true }),
      unknown: mostly<readonly string[]>([], ['gates']),
    }),
    fromHere: mostly(true, false),
  }),
);
const rules: fc.Arbitrary<RuleFacts> = fc
  .record({
    votes: fc.subarray([vote('bob'), vote('cy'), vote('eve', 'no-write')]),
    owned: mostly<RuleFacts['owned']>(
      [],
      [{ owners: { ...nobody, teams: ['acme/db'] }, files: ['db/a.tf'] }],
      null,
    ),
    merge: mostly<'merge' | null>('merge', null),
    facts: merge,
    behind: mostly<readonly string[] | null>([], ['main.tf'], null),
    policies: mostly<RuleFacts['policies']>([], null),
    answers: fc.tuple(answers, answers),
    place,
    actor: mostly<Actor | null>(named('ada'), named('bob'), null),
    shownSince: mostly<number | null>(0, 3_000_000, null),
  })
  .map(({ facts, place: found, answers: [destroy, create], ...known }) => ({
    ...ruleFacts,
    ...known,
    merge: known.merge === null ? null : facts,
    environment: (name) => (name === 'production' ? found : { kind: 'none' }),
    condition: (text) => (text.includes('destroy') ? destroy : create),
  }));

const later: fc.Arbitrary<LaterFacts | null> = mostly<LaterFacts | null>(
  laterFacts,
  { ...laterFacts, waitsFor: 'base' },
  { ...laterFacts, suspended: [{ by: 'cy', reason: 'it moves', until: 9, since: 0, source: null }] },
  { ...laterFacts, current: { kind: 'moved', what: 'the head moved' } },
  null,
);
const applies: fc.Arbitrary<ApplyFacts> = fc
  .record({ lockHolder: mostly<number | null>(3, 4, null), unresolved: mostly(false, true), later })
  .map((known) => ({ ...applyFacts, ...known }))
  .chain((facts) => fc.constantFrom(facts, { ...facts, planRun: { ...facts.planRun, extra: ['-destroy'] } }));

const renovate: Actor = { id: 9, login: 'renovate[bot]', kind: 'bot' };
const listed: BotRule = { login: 'renovate', plan: 'allow', apply: 'allow', source };
const authored: fc.Arbitrary<Authored> = fc.record({
  author: fc.constantFrom(named('ada'), renovate),
  bots: mostly<Authored['bots']>(null, { listed: [listed], source }, { listed: [], source }),
});

const evidences: fc.Arbitrary<Evidence> = fc.record({
  authored,
  people: fc.constant(evidence.people),
  who: fc.array(group, { maxLength: 2 }),
  destroyers: mostly<readonly People[] | null>([{ ...nobody, permission: 'write' }], [], null),
  requirements: fc.array(requirement, { maxLength: 3 }),
  rules: mostly<'rules' | null>('rules', null).chain((read) => (read === null ? fc.constant(null) : rules)),
  operation: mostly<'read' | null>('read', null).chain((read) =>
    read === null ? fc.constant(null) : applies,
  ),
  apply: mostly<'apply' | null>('apply', null).chain((read) => (read === null ? fc.constant(null) : applies)),
});

const inRules =
  (change: (facts: RuleFacts) => Partial<RuleFacts>) =>
  (known: Evidence): Evidence => ({
    ...known,
    rules: known.rules === null ? null : { ...known.rules, ...change(known.rules) },
  });
const inMerge = (change: (facts: MergeFacts) => Partial<MergeFacts>) =>
  inRules(({ merge: known }) => ({ merge: known === null ? null : { ...known, ...change(known) } }));
const inApply =
  (change: Partial<ApplyFacts>) =>
  (known: Evidence): Evidence => ({
    ...known,
    apply: known.apply === null ? null : { ...known.apply, ...change },
  });

/** More is asked, less is there, or less is known. */
const worse: Readonly<Record<string, fc.Arbitrary<(known: Evidence) => Evidence>>> = {
  'one more requirement': fc.tuple(requirement, fc.nat(3)).map(([one, at]) => (known) => ({
    ...known,
    requirements: known.requirements.toSpliced(at, 0, one),
  })),
  'an approval is taken back': fc
    .nat(2)
    .map((at) => inRules(({ votes }) => ({ votes: votes.toSpliced(at, 1) }))),
  'an approval does not count': fc.nat(2).map((at) =>
    inRules(({ votes }) => ({
      votes: votes.map((one, place) => (place === at ? { ...one, uncounted: 'other-plan' as const } : one)),
    })),
  ),
  'nobody knows who is in a team': fc.constant((known) => ({
    ...inRules(() => ({ isMember: () => null }))(known),
    people: { ...known.people, isMember: () => null },
  })),
  'nobody has a permission': fc.constant((known) => ({
    ...inRules(() => ({ permissionOf: () => 'none' as const }))(known),
    people: { ...known.people, permissionOf: () => 'none' as const },
  })),
  'no condition can be answered': fc.constant(inRules(() => ({ condition: () => null }))),
  'bots are listed, and none of them': fc.constant((known) => ({
    ...known,
    authored: { ...known.authored, bots: { listed: [], source } },
  })),
  'no bot may be applied': fc.constant((known) => ({
    ...known,
    authored: {
      ...known.authored,
      bots: {
        listed: (known.authored.bots?.listed ?? []).map((one) => ({ ...one, apply: 'refuse' as const })),
        source,
      },
    },
  })),
  'no environment can be read': fc.constant(inRules(() => ({ environment: () => ({ kind: 'unread' }) }))),
  'nobody knows since when the plan is shown': fc.constant(inRules(() => ({ shownSince: null }))),
  'the rules were not read': fc.constant((known) => ({ ...known, rules: null })),
  'the facts of an apply were not read': fc.constant((known) => ({ ...known, apply: null })),
  'it is for the end of the project': fc.constant((known) =>
    inApply(known.apply === null ? {} : { planRun: { ...known.apply.planRun, extra: ['-destroy'] } })(known),
  ),
  'nobody may destroy': fc.constant((known) => ({ ...known, destroyers: [] })),
  'who may destroy was not read': fc.constant((known) => ({ ...known, destroyers: null })),
  'half of the facts of an apply were read': fc.constant(inApply({ later: null })),
  'nobody holds the lock': fc.constant(inApply({ lockHolder: null })),
  'CODEOWNERS cannot be read': fc.constant(inRules(() => ({ owned: null }))),
  'nobody knows what the base branch changed': fc.constant(inRules(() => ({ behind: null }))),
  'no policy could be asked': fc.constant(inRules(() => ({ policies: null }))),
  'the merge was not read': fc.constant(inRules(() => ({ merge: null }))),
  'GitHub is finding out whether it merges': fc.constant(inMerge(() => ({ mergeable: null }))),
  'GitHub says something new': fc.constant(inMerge(() => ({ state: null }))),
  'GitHub does not say whether it is behind': fc.constant(inMerge(() => ({ behindBy: null }))),
  'GitHub has one more rule that nobody knows': fc.constant(
    inMerge(({ unknown }) => ({ unknown: [...unknown, 'new_rule'] })),
  ),
  'no check has ended': fc.constant(
    inMerge(({ checks }) => ({ checks: checks.map((check) => ({ ...check, state: 'pending' as const })) })),
  ),
};

const subject: Subject = { project: null, apply: null };
const may = (login: string | null, action: Action, known: Evidence): boolean => {
  const { verdict, authorized } = authorize(login === null ? null : named(login), action, subject, known);
  // There is a proof where, and only where, the verdict holds.
  expect(authorized !== null).toBe(verdict.holds);
  return verdict.holds;
};

const actors = fc.constantFrom('ada', 'bob', 'cy', 'eve', null);
const action = fc.oneof(fc.constantFrom(...actions), fc.constant('apply' as const));

describe('never turns a no into a yes', () => {
  test.each(Object.entries(worse))('%s', (_, worsening) => {
    fc.assert(
      fc.property(actors, action, evidences, worsening, (login, verb, known, worsen) => {
        if (may(login, verb, worsen(known))) expect(may(login, verb, known)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('one more list of those who may, beside those that there are', () => {
    fc.assert(
      fc.property(actors, action, evidences, group, group, (login, verb, known, first, more) => {
        const listed = { ...known, who: [...known.who, first] };
        if (may(login, verb, { ...listed, who: [...listed.who, more] }))
          expect(may(login, verb, listed)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test('a yes is not rare in what is tried here', () => {
  const yes = fc
    .sample(fc.tuple(actors, action, evidences), { numRuns: 500, seed: 5 })
    .filter(([login, verb, known]) => may(login, verb, known));
  expect(yes.length).toBeGreaterThan(75);
  expect(
    yes.filter(([, verb, known]) => verb === 'apply' && known.requirements.length > 0).length,
  ).toBeGreaterThan(1);
});
