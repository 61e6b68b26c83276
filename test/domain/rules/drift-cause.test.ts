/** Decision 57: drift that is put back by Tidegate itself. */
import { expect, test } from 'vitest';
import { ourselves } from '../../../src/domain/pull.ts';
import { applyConditions } from '../../../src/domain/rules/apply-conditions.ts';
import { askedOfApply } from '../../../src/domain/rules/asked-of-apply.ts';
import { authorize, type Evidence } from '../../../src/domain/rules/authorize.ts';
import type { Requirement } from '../../../src/domain/rules/requirement.ts';
import { applyFacts, evidence, laterFacts, named, nobody, source } from './facts.ts';

const { key } = applyFacts.planRun.project;
const onIssue = { ...applyFacts.pull, drift: key };
const facts = { ...applyFacts, cause: 'drift', pull: onIssue, later: { ...laterFacts, held: null } } as const;
const subject = { project: key, apply: null };

const permission = (actor: typeof ourselves | null, more: Partial<Evidence> = {}) =>
  authorize(actor, 'apply', subject, { ...evidence, apply: facts, ...more }).verdict.parts.find(
    ({ name }) => name === 'permission',
  );

test('it is nobody’s word, so nobody is asked whether they may', () => {
  const { verdict } = authorize(ourselves, 'apply', subject, { ...evidence, apply: facts });
  expect([verdict.holds, verdict.problem]).toEqual([true, null]);
  expect(permission(ourselves)).toMatchObject({
    holds: true,
    because: 'Tidegate puts back what was applied',
  });
});

test('it is Tidegate’s own, on the issue that tells of it, and for none whom rules name', () => {
  const refused = {
    holds: false,
    because: 'the rules name who may apply, and Tidegate is none of them',
    problem: {
      code: 'not-permitted',
      sentence: 'The rules name who may apply, and Tidegate is none of them.',
      advice: 'One of those can comment `/plan` and `/apply`.',
    },
  };
  expect(permission(null)).toMatchObject(refused);
  expect(permission(named('ada'))).toMatchObject(refused);
  expect(permission({ ...ourselves, kind: 'user' })).toMatchObject(refused);
  expect(permission({ ...ourselves, id: 7 })).toMatchObject(refused);
  expect(permission(ourselves, { who: [{ ...nobody, users: ['ada'] }] })).toMatchObject(refused);
  expect(permission(ourselves, { apply: { ...facts, pull: applyFacts.pull } })).toMatchObject(refused);
  expect(permission(ourselves, { apply: { ...facts, cause: 'command' } })?.holds).toBe(false);
});

test('it is held by what its limits say, and where nobody asked them', () => {
  const mode = (later: Partial<typeof laterFacts>) =>
    applyConditions({ ...facts, later: { ...laterFacts, ...later } }).find(({ name }) => name === 'mode');
  expect(mode({ held: null })).toMatchObject({
    holds: true,
    because: 'what was applied is put back, within the limits of its drift',
  });
  expect(mode({ held: { because: 'It would delete.', again: null } })).toMatchObject({
    holds: false,
    because: 'It would delete.',
    problem: {
      code: 'drift-held',
      sentence: '`network` is not put back by itself: It would delete.',
      advice: 'Look at the plan, and comment `/plan` and `/apply` if it is right.',
    },
  });
  expect(mode({})).toMatchObject({ holds: false, because: 'Nobody looked whether it may be.' });
});

test('only the operator lets it go without a person, and only without a person', () => {
  const approved: Requirement = {
    ...{ kind: 'approved', count: 1, from: null, codeOwners: false, when: null, source },
  };
  const mergeable: Requirement = { kind: 'mergeable', when: null, source };
  const settings = {
    who: { apply: [{ ...nobody, users: ['ada'] }] },
    requirements: { apply: [approved, mergeable] },
  };
  const goes = askedOfApply(settings, [], 'drift', true);
  expect([goes.who, goes.requirements]).toEqual([[], [mergeable]]);
  for (const [cause, unapproved] of [
    ['drift', false],
    ['command', true],
    ['merge', true],
  ] as const) {
    const asked = askedOfApply(settings, [], cause, unapproved);
    expect([asked.who, asked.requirements]).toEqual([settings.who.apply, [approved, mergeable]]);
  }
  expect(askedOfApply(settings, [], 'drift').requirements).toEqual([approved, mergeable]);
});
