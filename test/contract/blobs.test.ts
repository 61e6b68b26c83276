import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { artifactDigest } from '../../src/domain/ids.ts';
import { createDiskBlobs } from '../../src/store/blobs/disk.ts';
import { createMemoryBlobs } from '../../src/store/blobs/memory.ts';
import { BlobDamaged, type Blobs } from '../../src/store/blobs/port.ts';
import { temporaryFolder } from '../support/leftovers.ts';

/** One place where sealed bytes lie, opened with any key, and what only its owner could do to it. */
interface Place {
  readonly open: (key: Buffer) => Blobs;
  readonly names: () => readonly string[];
  readonly read: (name: string) => Buffer;
  readonly write: (name: string, bytes: Buffer) => void;
}

const memory = (): Place => {
  const stored = new Map<string, Buffer>();
  return {
    open: (key) => createMemoryBlobs({ key, stored }),
    names: () => [...stored.keys()],
    read: (name) => Buffer.from(stored.get(name) ?? ''),
    write: (name, bytes) => stored.set(name, bytes),
  };
};

const disk = (): Place => {
  const folder = join(temporaryFolder('blobs'), 'inside');
  return {
    open: (key) => createDiskBlobs({ folder, key }),
    names: () => readdirSync(folder),
    read: (name) => readFileSync(join(folder, name)),
    write: (name, bytes) => writeFileSync(join(folder, name), bytes),
  };
};

const clear = Buffer.from('terraform plan with password hunter2 in it, '.repeat(20));
const digestOf = (bytes: Buffer) => artifactDigest(createHash('sha256').update(bytes).digest('hex'));

const onlyName = (place: Place): string => {
  const [name, ...more] = place.names();
  if (name === undefined || more.length > 0) throw new Error(`expected one blob: ${place.names().join()}`);
  return name;
};

describe.each([
  ['memory', memory],
  ['disk', disk],
] as const)('blobs in %s', (_name, makePlace) => {
  const fresh = (key = randomBytes(32)) => {
    const place = makePlace();
    return { place, key, blobs: place.open(key) };
  };

  test('property: any bytes under any binding come back, under the digest of their clear form', async () => {
    const { blobs } = fresh();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.string(), async (array, binding) => {
        const bytes = Buffer.from(array);
        const digest = await blobs.put(bytes, binding);
        expect(digest).toBe(digestOf(bytes));
        expect((await blobs.get(digest, binding)).equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('property: no flipped bit, wherever it is, goes unseen', async () => {
    const { place, blobs } = fresh();
    const digest = await blobs.put(clear, 'run 1');
    const name = onlyName(place);
    const whole = place.read(name);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ bits;
        place.write(name, damaged);
        await expect(blobs.get(digest, 'run 1')).rejects.toBeInstanceOf(BlobDamaged);
      }),
      { numRuns: 100 },
    );
    place.write(name, whole);
    expect((await blobs.get(digest, 'run 1')).equals(clear)).toBe(true);
  });

  test('every single byte counts, and so does every missing or added one', async () => {
    const { place, blobs } = fresh();
    const digest = await blobs.put(Buffer.from('short'), 'run 1');
    const name = onlyName(place);
    const whole = place.read(name);
    for (let at = 0; at < whole.length; at += 1) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      for (const damaged of [flipped, whole.subarray(0, at)]) {
        place.write(name, damaged);
        await expect(blobs.get(digest, 'run 1')).rejects.toBeInstanceOf(BlobDamaged);
      }
    }
    place.write(name, Buffer.concat([whole, Buffer.from([0])]));
    await expect(blobs.get(digest, 'run 1')).rejects.toBeInstanceOf(BlobDamaged);
  });

  test('another key, another binding, another digest: refused', async () => {
    const { place, blobs } = fresh();
    const digest = await blobs.put(clear, 'run 1');
    await expect(place.open(randomBytes(32)).get(digest, 'run 1')).rejects.toBeInstanceOf(BlobDamaged);
    await expect(blobs.get(digest, 'run 2')).rejects.toBeInstanceOf(BlobDamaged);
    await expect(blobs.get(digestOf(Buffer.from('x')), 'run 1')).rejects.toBeInstanceOf(BlobDamaged);
  });

  test('moved into the place of another one it is refused, though key and bytes are right', async () => {
    const { place, blobs } = fresh();
    await blobs.put(clear, 'run 1');
    const first = onlyName(place);
    const digest = await blobs.put(clear, 'run 2');
    const second = place.names().find((name) => name !== first);
    expect(second).toBeDefined();
    place.write(second ?? '', place.read(first));
    await expect(blobs.get(digest, 'run 2')).rejects.toBeInstanceOf(BlobDamaged);
    expect((await blobs.get(digest, 'run 1')).equals(clear)).toBe(true);
  });

  test('neither content nor digest can be read where it lies; the same bytes twice look different', async () => {
    const { place, blobs } = fresh();
    const digest = await blobs.put(clear, 'run 1');
    const name = onlyName(place);
    const first = place.read(name);
    await blobs.put(clear, 'run 1');
    expect(onlyName(place)).toBe(name);
    const second = place.read(name);
    expect(first.equals(second)).toBe(false);
    for (const sealed of [first, second]) {
      expect(sealed.includes('hunter2')).toBe(false);
      expect(sealed.includes(Buffer.from(digest, 'hex'))).toBe(false);
    }
    expect(name).not.toContain(digest.slice(0, 12));
  });

  test('deleting takes one binding only, and may be repeated', async () => {
    const { blobs } = fresh();
    const digest = await blobs.put(clear, 'run 1');
    await blobs.put(clear, 'run 2');
    await blobs.delete(digest, 'run 1');
    await blobs.delete(digest, 'run 1');
    await expect(blobs.get(digest, 'run 1')).rejects.toBeInstanceOf(BlobDamaged);
    expect((await blobs.get(digest, 'run 2')).equals(clear)).toBe(true);
  });

  test('what was given is not changed, and many at once do not mix', async () => {
    const { blobs } = fresh();
    const many = Array.from({ length: 20 }, (_, index) => Buffer.from(`blob ${index}`));
    const digests = await Promise.all(many.map((bytes) => blobs.put(bytes, 'run 1')));
    const back = await Promise.all(digests.map((digest) => blobs.get(digest, 'run 1')));
    expect(back.map(String)).toEqual(many.map((_, index) => `blob ${index}`));
  });

  test('a key of another length is refused at once', () => {
    expect(() => fresh(randomBytes(16))).toThrow('32 bytes');
  });
});

test('files are for the owner only, and what a crash left half written is cleared away', async () => {
  const folder = join(temporaryFolder('blobs'), 'inside');
  const key = randomBytes(32);
  await createDiskBlobs({ folder, key }).put(clear, 'run 1');
  writeFileSync(join(folder, `${'0'.repeat(24)}.tmp`), 'half');
  const digest = await createDiskBlobs({ folder, key }).put(clear, 'run 1');
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  expect((await createDiskBlobs({ folder, key }).get(digest, 'run 1')).equals(clear)).toBe(true);
});
