import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/domain/nearest.ts';
import { quoted, quotedList } from '../../src/domain/quote.ts';

describe('quoted', () => {
  it.each([
    ['a', '`a`'],
    ['a`b', '`` a`b ``'],
    ['``', '``` `` ```'],
    ['a\nb\u202e', '`a<U+000A>b<U+202E>`'],
    ['', '`""`'],
    [' ', '`" "`'],
    ['x'.repeat(130), `\`${'x'.repeat(120)}…\``],
  ])('shows %j as %s', (text, shown) => {
    expect(quoted(text)).toBe(shown);
  });

  it('is one line that nothing in it can end', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.constant('`'), fc.string({ unit: 'binary', maxLength: 1 })) }),
        (text) => {
          const shown = quoted(text);
          const fence = /^`+/.exec(shown)?.[0] ?? '';
          const inner = shown.slice(fence.length, -fence.length);
          expect(shown.endsWith(fence)).toBe(true);
          expect(inner.match(/`+/g) ?? []).not.toContain(fence);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        },
      ),
    );
  });

  it('lists', () => {
    expect([quotedList([]), quotedList(['a']), quotedList(['a', 'b', 'c'])]).toEqual([
      '',
      '`a`',
      '`a`, `b` and `c`',
    ]);
  });
});

describe('nearest', () => {
  it.each([
    ['plan', 'plan', 0],
    ['plna', 'plan', 1],
    ['pla', 'plan', 1],
    ['plaan', 'plan', 1],
    ['pkan', 'plan', 1],
    ['nalp', 'plan', 3],
    ['', 'ab', 2],
  ])('%s and %s are %i apart', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('proposes only what is near', () => {
    expect(nearest('projcts', ['rules', 'projects'])).toBe('projects');
    expect(nearest('deploy', ['plan', 'apply'])).toBeNull();
    expect(nearest('x'.repeat(70), ['x'])).toBeNull();
  });
});
