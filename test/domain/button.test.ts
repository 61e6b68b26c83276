import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buttons,
  buttonsOf,
  type CheckState,
  identifierOf,
  isIdentifierOf,
  type Meaning,
  readIdentifier,
  turnAfter,
} from '../../src/domain/button.ts';
import { planDigest, pressId, projectKeyFromText, sha } from '../../src/domain/ids.ts';
import { buttonWords } from '../../src/render/button-words.ts';

const open: CheckState = {
  of: 'apply',
  completed: true,
  pull: 'open',
  plannable: true,
  ready: true,
  noApply: false,
  locked: true,
};

describe('a check offers', () => {
  test.each([
    ['tidegate/plan', { of: 'plan' }, ['plan']],
    ['tidegate/plan where a plan would say the same again', { of: 'plan', plannable: false }, []],
    ['tidegate/plan of a draft', { of: 'plan', pull: 'draft' }, ['plan']],
    ['tidegate/apply', {}, ['apply', 'unlock']],
    ['tidegate/apply with nothing to apply', { ready: false }, []],
    ['tidegate/apply without a lock', { locked: false }, ['apply']],
    ['tidegate/apply of what is never applied', { noApply: true }, ['unlock']],
    ['tidegate/apply of a draft', { pull: 'draft' }, ['unlock']],
    ['a project', { of: 'project' }, ['plan', 'apply', 'unlock']],
    ['a project without a plan', { of: 'project', ready: false, locked: false }, ['plan']],
    ['a project that was applied', { of: 'project', ready: false }, ['plan', 'unlock']],
    ['a project that waits for trust', { of: 'project', plannable: false, ready: false, locked: false }, []],
  ] as const)('%s: %j', (_what, more, expected) => {
    expect(buttonsOf({ ...open, ...more })).toEqual(expected);
  });

  test('nothing before it is completed, or when the pull request is over', () => {
    for (const of of ['plan', 'apply', 'project'] as const) {
      expect(buttonsOf({ ...open, of, completed: false })).toEqual([]);
      expect(buttonsOf({ ...open, of, pull: 'closed' })).toEqual([]);
    }
  });

  test('words that GitHub has room for', () => {
    for (const of of ['plan', 'apply', 'project'] as const)
      for (const button of buttons) {
        const { label, description } = buttonWords(of, button);
        expect(label.length).toBeLessThanOrEqual(20);
        expect(description.length).toBeLessThanOrEqual(40);
      }
  });
});

const signed = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest('hex');
const sign = signed('ours');

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const meanings: fc.Arbitrary<Meaning> = fc.record({
  button: fc.constantFrom(...buttons),
  repositoryId: fc.nat(),
  pullNumber: fc.nat(),
  check: fc.string(),
  headSha: hex(40).map(sha),
  plans: fc
    .array(
      fc.tuple(
        fc.constantFrom('1:a:default:*', '1:b:default:*').map(projectKeyFromText),
        hex(64).map(planDigest),
      ),
    )
    .map((all) => new Map(all)),
});
const turns = fc
  .option(fc.constantFrom('one', 'two', 'three').map(pressId))
  .map((last) => turnAfter(last, sign));

describe('the identifier of a button', () => {
  test('has twenty characters that say which button it is, and is good for what it was made for', () => {
    fc.assert(
      fc.property(meanings, turns, (meaning, turn) => {
        const text = identifierOf(meaning, turn, sign);
        expect(text).toMatch(/^[0-9a-z]{20}$/);
        expect(readIdentifier(text)).toEqual({ button: meaning.button, turn });
        expect(isIdentifierOf(text, meaning, sign)).toBe(true);
      }),
    );
  });

  test('is good for nothing else', () => {
    fc.assert(
      fc.property(meanings, meanings, turns, (one, other, turn) => {
        // Anything that it is bound to, taken from another one.
        for (const name of ['repositoryId', 'pullNumber', 'check', 'headSha', 'plans'] as const) {
          const text = identifierOf(one, turn, sign);
          const changed = { ...one, [name]: other[name] };
          const unbound = name === 'plans' && one.button !== 'apply';
          const same =
            JSON.stringify(name === 'plans' ? [...one.plans].toSorted() : one[name]) ===
            JSON.stringify(name === 'plans' ? [...other.plans].toSorted() : other[name]);
          expect(isIdentifierOf(text, changed, sign)).toBe(unbound || same);
        }
      }),
    );
  });

  test('cannot be made without our key, nor for another button or turn than it was', () => {
    fc.assert(
      fc.property(meanings, turns, (meaning, turn) => {
        expect(isIdentifierOf(identifierOf(meaning, turn, signed('theirs')), meaning, sign)).toBe(false);
        const text = identifierOf(meaning, turn, sign);
        for (const letter of ['p', 'a', 'u'].filter((one) => one !== text[0]))
          expect(isIdentifierOf(`${letter}${text.slice(1)}`, meaning, sign)).toBe(false);
        expect(isIdentifierOf(`${text[0]}zzzz${text.slice(5)}`, meaning, sign)).toBe(turn === 'zzzz');
      }),
    );
  });

  test('is another one after each press', () => {
    const seen = [null, 'one', 'two'].map((last) => turnAfter(last === null ? null : pressId(last), sign));
    expect(new Set(seen).size).toBe(3);
    expect(seen.every((turn) => /^[0-9a-z]{4}$/.test(turn))).toBe(true);
  });

  test.each(['', 'apply', 'x'.repeat(20), `a${'A'.repeat(19)}`, `a${'0'.repeat(18)}`, `a${'0'.repeat(20)}`])(
    '%j is none',
    (text) => {
      expect(readIdentifier(text)).toBeNull();
    },
  );
});
