import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPieces } from '../../src/forge/github/pieces.ts';

test('property: what comes in pieces of any size comes out whole, and takes the memory that was told', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 40_000 }));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
      const pieces = createPieces();
      const sent = sizes.map((bytes, index) => Buffer.alloc(bytes, index + 1));
      let told = 0;
      for (const piece of sent) {
        told = pieces.heldWith(piece.length);
        pieces.add(piece);
        expect(told).toBeGreaterThanOrEqual(pieces.size());
        // Nobody has more memory taken than twice what was sent, and a block.
        expect(told).toBeLessThanOrEqual(2 * pieces.size() + 16_384);
      }
      const all = Buffer.concat(sent);
      expect(pieces.size()).toBe(all.length);
      expect(pieces.whole().equals(all)).toBe(true);
    }),
  );
});

test('a byte at a time takes no more room than a few blocks', () => {
  const pieces = createPieces();
  for (let count = 0; count < 10_000; count += 1) pieces.add(Buffer.from('x'));
  expect(pieces.heldWith(1)).toBeLessThan(30_000);
});

test('what came at once is not copied', () => {
  const pieces = createPieces();
  const piece = Buffer.alloc(20_000);
  pieces.add(piece);
  expect(pieces.whole()).toBe(piece);
});
