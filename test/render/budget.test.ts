import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteLength, shorten, tail } from '../../src/render/budget.ts';

test('bytes are counted, not characters', () => {
  expect(byteLength('é–🙂')).toBe(9);
});

test('nothing is shortened without need, and what is chosen fits', () => {
  const piece = fc
    .tuple(fc.nat(500), fc.nat(200), fc.nat(50))
    .map(([a, b, c]) => ({ variants: ['x'.repeat(a + b + c), 'x'.repeat(b + c), 'x'.repeat(c)] as const }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(5000), (pieces, available) => {
      const { chosen, fits } = shorten(pieces, available);
      const total = pieces.reduce(
        (sum, { variants }, index) => sum + (variants[chosen[index] ?? 0] ?? '').length,
        0,
      );
      const least = pieces.reduce((sum, { variants }) => sum + variants[2].length, 0);
      expect(fits).toBe(total <= available);
      expect(fits).toBe(least <= available);
      const full = pieces.reduce((sum, { variants }) => sum + variants[0].length, 0);
      if (full <= available) expect(chosen.every((step) => step === 0)).toBe(true);
    }),
  );
});

test('the largest is shortened, the small one beside it is not', () => {
  const large = { variants: ['x'.repeat(1000), 'x'.repeat(100), ''] as const };
  const small = { variants: ['x'.repeat(90), 'x'.repeat(10), ''] as const };
  expect(shorten([small, large], 200).chosen).toEqual([0, 1]);
});

test('a log keeps its last lines and says how many are missing', () => {
  expect(tail('a\nb\nc\n', 5, 100)).toBe('a\nb\nc');
  expect(tail('a\nb\nc\nd', 2, 100)).toBe('… 2 earlier lines left out\nc\nd');
  expect(tail('first line\nsecond', 5, 8)).toBe('… 1 earlier line left out\nsecond');
});

test('one endless line is cut at its front', () => {
  const cut = tail(`${'é'.repeat(100_000)}end`, 10, 50);
  expect(byteLength(cut)).toBeLessThanOrEqual(60);
  expect(cut.endsWith('end')).toBe(true);
});
