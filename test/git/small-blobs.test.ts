import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSmallBlobs } from '../../src/git/local/small-blobs.ts';

const kilobytes = (many: number, byte = 1): Buffer => Buffer.alloc(many * 1024, byte);

test('a blob is known by its mirror and id, until the mirror goes', () => {
  const blobs = createSmallBlobs();
  blobs.keep(1, 'a', Buffer.from('one'));
  blobs.keep(12, 'a', Buffer.from('twelve'));
  expect(blobs.get(1, 'a')?.toString()).toBe('one');
  expect(blobs.get(2, 'a')).toBeNull();
  blobs.forget(1);
  expect(blobs.get(1, 'a')).toBeNull();
  expect(blobs.get(12, 'a')?.toString()).toBe('twelve');
});

test('a large one is read each time', () => {
  const blobs = createSmallBlobs();
  blobs.keep(1, 'edge', kilobytes(64));
  blobs.keep(1, 'large', Buffer.alloc(64 * 1024 + 1));
  expect(blobs.get(1, 'edge')).toEqual(kilobytes(64));
  expect(blobs.get(1, 'large')).toBeNull();
});

test('what was not asked for longest goes first, and all together weigh eight megabytes', () => {
  const blobs = createSmallBlobs();
  for (let index = 0; index < 120; index += 1) blobs.keep(1, `${index}`, kilobytes(64, index));
  expect(blobs.get(1, '0')).not.toBeNull();
  for (let index = 120; index < 200; index += 1) blobs.keep(1, `${index}`, kilobytes(64, index));
  expect(blobs.get(1, '0')).toEqual(kilobytes(64, 0));
  expect(blobs.get(1, '1')).toBeNull();
  const known = Array.from({ length: 200 }, (_, index) => blobs.get(1, `${index}`)).filter(Boolean).length;
  expect(known).toBe(127);
});

test('empty ones weigh something too', () => {
  const blobs = createSmallBlobs();
  for (let index = 0; index < 40_000; index += 1) blobs.keep(1, `${index}`, Buffer.alloc(0));
  expect(blobs.get(1, '0')).toBeNull();
  expect(blobs.get(1, '39999')).toEqual(Buffer.alloc(0));
});

test('whatever is kept and changed by others, what comes out is what went in', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(5))), (steps) => {
      const blobs = createSmallBlobs();
      const put = new Set<string>();
      for (const [mirror, id] of steps) {
        const bytes = Buffer.from(`${mirror} ${id}`);
        const found = blobs.get(mirror, `${id}`);
        expect(found?.toString() ?? null).toBe(put.has(`${mirror} ${id}`) ? `${mirror} ${id}` : null);
        found?.fill(0);
        if (found === null) blobs.keep(mirror, `${id}`, bytes);
        put.add(`${mirror} ${id}`);
        bytes.fill(0);
      }
    }),
  );
});
