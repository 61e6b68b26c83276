import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aroundHidden,
  fingerprintOf,
  hiddenText,
  hiddenUnchanged,
  isHidden,
  maySame,
} from '../../src/domain/hidden-text.ts';

const one = hiddenText('abcdefgh');
const other = hiddenText('hgfedcba');
const bare = hiddenText(null);

describe('a hidden value', () => {
  it('is known again, alone and in a list, and words about secrets are none', () => {
    for (const text of [one, bare, hiddenUnchanged, `["a","${one}"]`]) expect(isHidden(text)).toBe(true);
    for (const text of [null, '', '"sensitive"', '"(sensitive)"', '(sensitive, abc)', '(known after apply)'])
      expect(isHidden(text)).toBe(false);
    expect([one, bare, `["${one}"]`, null].map(fingerprintOf)).toEqual(['abcdefgh', null, null, null]);
  });

  it.each([
    [one, one, true],
    [one, other, false],
    // Nobody knows: an older version wrote no fingerprints.
    [one, bare, true],
    [bare, hiddenUnchanged, true],
    [`["a","${one}"]`, `["a","${bare}"]`, true],
    [`["a","${one}"]`, `["b","${bare}"]`, false],
    [one, '"open"', false],
    [bare, null, false],
    [null, null, true],
  ])('%s may be %s: %s', (a, b, same) => {
    expect([maySame(a, b), maySame(b, a)]).toEqual([same, same]);
  });

  it('stays as it is when everything around it is masked, whatever is masked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(one, other, bare, hiddenUnchanged))),
        (parts) => {
          const text = parts.join('"');
          const seen: string[] = [];
          const masked = aroundHidden(text, (part) => {
            seen.push(part);
            return '***';
          });
          expect(seen.some(isHidden)).toBe(false);
          const marks = (all: string) => all.match(/\(sensitive(?: value[^)]*|, [a-z2-7]{8})\)/g);
          expect(marks(masked)).toEqual(isHidden(text) ? marks(text) : null);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
