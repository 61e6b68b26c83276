import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorize, type Evidence, type Subject } from '../../../src/domain/rules/authorize.ts';
import { mayBreakGlass, switchedOff } from '../../../src/domain/rules/break-glass.ts';
import type { Requirement, RequirementKind } from '../../../src/domain/rules/requirement.ts';
import { no, yes } from '../../../src/domain/verdict.ts';
import { applyFacts, evidence, laterFacts, named, nobody, ruleFacts, source } from './facts.ts';

const subject: Subject = { project: null, apply: null };
const said = { reason: 'the site is down', at: 1_000 };
const glass = { said, isLet: true, who: [{ ...nobody, permission: 'admin' as const }], requirements: [] };
const common = { when: null, source };
const approved: Requirement = { kind: 'approved', count: 2, from: null, codeOwners: false, ...common };
const all: Readonly<Record<RequirementKind, Requirement>> = {
  approved,
  mergeable: { kind: 'mergeable', ...common },
  checks: { kind: 'checks', names: ['never-reported'], ...common },
  policies: { kind: 'policies', ...common },
  window: { kind: 'window', allow: [], deny: [], ...common },
  up_to_date: { kind: 'up_to_date', ...common },
  environment: { kind: 'environment', name: 'production', ...common },
};
/** Everything that a rule can ask about says no. */
const noRules = {
  ...ruleFacts,
  votes: [],
  behind: ['main.tf'],
  merge: ruleFacts.merge === null ? null : { ...ruleFacts.merge, mergeable: false, checks: [] },
  window: () => ({ open: false, because: 'closed until Monday' }),
  policies: [{ name: 'p', passed: false, because: 'no', source, owners: null, override: null }],
  environment: () => ({ kind: 'unread' as const }),
};
const decide = (login: string | null, more: Partial<Evidence> = {}) =>
  authorize(login === null ? null : named(login), 'apply', subject, {
    ...evidence,
    rules: noRules,
    breakGlass: glass,
    ...more,
  });
const word = { by: 'bob', reason: 'it moves', until: 9_000, since: 500, source: null };
const suspended = (...words: (typeof word | (Omit<typeof word, 'since'> & { since: null }))[]) => ({
  apply: { ...applyFacts, later: { ...laterFacts, suspended: words } },
});

describe('an administrator’s word to go past what rules ask for', () => {
  test.each([
    ['approved', true],
    ['mergeable', true],
    ['checks', true],
    ['policies', true],
    ['window', true],
    ['up_to_date', false],
    ['environment', false],
  ] as const)('%s: %s', (kind, isPassed) => {
    const { verdict, passed } = decide('cy', { requirements: [all[kind]] });
    expect(verdict.holds).toBe(isPassed);
    expect(passed.map(({ name, holds }) => [name, holds])).toEqual(isPassed ? [[kind, false]] : []);
    // The twin: without the word it is a no.
    expect(decide('cy', { requirements: [all[kind]], breakGlass: null }).verdict.holds).toBe(false);
  });

  test('passes a suspension that was there, and none that came later', () => {
    expect(decide('cy', suspended(word)).verdict.holds).toBe(true);
    expect(decide('cy', suspended({ ...word, since: 1_000 })).verdict.holds).toBe(true);
    expect(decide('cy', suspended({ ...word, since: null })).verdict.holds).toBe(true);
    expect(decide('cy', suspended({ ...word, since: 1_001 })).verdict.problem?.code).toBe('suspended');
    expect(decide('cy', suspended(word, { ...word, since: 1_001 })).verdict.holds).toBe(false);
  });

  test('keeps what was said no to as a part of the yes', () => {
    const { verdict } = decide('cy', { requirements: [approved] });
    const part = verdict.parts.find(({ name }) => name === 'approved');
    expect(part).toMatchObject({ holds: true, parts: [{ name: 'approved', holds: false }] });
    expect(part?.because).toContain('passed by `cy`');
    expect(verdict.parts.find(({ name }) => name === 'break-glass')?.because).toContain('the site is down');
  });

  test.each([
    ['somebody who may write', 'ada', {}],
    ['nobody', null, {}],
    ['an operator that lets nobody', 'cy', { breakGlass: { ...glass, isLet: false } }],
    ['no reason', 'cy', { breakGlass: { ...glass, said: { ...said, reason: ' ' } } }],
    [
      'a rule that names others',
      'cy',
      { breakGlass: { ...glass, who: [...glass.who, { ...nobody, users: ['eve'] }] } },
    ],
    ['a merge', 'cy', { apply: { ...applyFacts, cause: 'merge' as const } }],
    ['a rule', 'cy', { apply: { ...applyFacts, cause: 'rule' as const } }],
    ['what is asked of the word itself', 'cy', { breakGlass: { ...glass, requirements: [approved] } }],
    ['rules that were not read', 'cy', { rules: null }],
    ['those who may apply, and the administrator is none', 'cy', { who: [{ ...nobody, users: ['bob'] }] }],
  ] as const)('is stopped by %s', (_, login, more) => {
    expect(decide(login, { requirements: [approved], ...more }).verdict.holds).toBe(false);
  });

  test('of somebody who may not say it passes nothing', () => {
    const { verdict, passed } = decide('ada', { requirements: [approved] });
    expect(passed).toEqual([]);
    expect(verdict.parts.find(({ name }) => name === 'approved')?.holds).toBe(false);
  });

  test('is there where what is asked of the word itself is there', () => {
    const open = { ...noRules, window: () => ({ open: true, because: 'open' }) };
    const asked = { ...glass, requirements: [all.window] };
    expect(decide('cy', { rules: open, requirements: [approved], breakGlass: asked }).verdict.holds).toBe(
      true,
    );
    expect(decide('cy', { requirements: [approved], breakGlass: asked }).verdict.holds).toBe(false);
  });

  test('does not pass what protects an environment, where that says no', () => {
    const rules = { ...noRules, environment: () => ({ kind: 'not-permitted' as const, isWanted: true }) };
    expect(decide('cy', { rules, requirements: [all.environment] }).verdict.holds).toBe(false);
  });

  test('is of somebody who commanded it, with a reason, and is among those who may', () => {
    const may = yes('permission', 'cy has admin');
    const command = { cause: 'command' as const };
    const cy = named('cy');
    expect(mayBreakGlass(cy, glass, command, may)).toMatchObject({ name: 'break-glass', holds: true });
    for (const verdict of [
      mayBreakGlass(null, glass, command, may),
      mayBreakGlass(cy, glass, { cause: 'merge' }, may),
      mayBreakGlass(cy, glass, { cause: 'rule' }, may),
      mayBreakGlass(cy, { ...glass, said: { ...said, reason: ' ' } }, command, may),
    ])
      expect(verdict).toMatchObject({
        name: 'break-glass',
        holds: false,
        problem: { code: 'not-permitted' },
      });
    const not = no('permission', 'eve has read', switchedOff);
    expect(mayBreakGlass(named('eve'), glass, command, not)).toEqual({ ...not, name: 'break-glass' });
  });

  test('never passes what the house asks, whatever rules say', () => {
    const broken = fc.constantFrom<Partial<typeof applyFacts>>(
      { lockHolder: null },
      { lockHolder: 4 },
      { unresolved: true },
      { plan: 'spent' },
      { plan: 'replaced' },
      { board: 'altered' },
      { comment: 'edited' },
      { comment: 'deleted' },
      { repositoryAllowed: false },
      { appliesIntoBase: false },
      { later: null },
      { later: { ...laterFacts, current: { kind: 'moved', what: 'the head moved' } } },
      { later: { ...laterFacts, waitsFor: 'base' } },
      { later: { ...laterFacts, order: 'overtaken' } },
      { later: { ...laterFacts, mode: { kind: 'merge' } } },
      {
        later: {
          ...laterFacts,
          trust: {
            kind: 'missing',
            because: 'nobody trusts it',
            problem: { code: 'untrusted', sentence: '', advice: '' },
          },
        },
      },
    );
    fc.assert(
      fc.property(broken, fc.subarray(Object.values(all)), (facts, requirements) => {
        expect(decide('cy', { apply: { ...applyFacts, ...facts }, requirements }).verdict.holds).toBe(false);
      }),
    );
  });
});
