import { randomFillSync } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createDiskBlobs } from '../../src/store/blobs/disk.ts';
import { BlobDamaged } from '../../src/store/blobs/port.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { batch, delivery, planned } from './samples.ts';

const { clock } = createVirtualClock();

/** A database with a few hundred rows, closed in order, and its bytes. */
const filled = async (): Promise<string> => {
  const path = join(temporaryFolder('damaged'), 'tidegate.db');
  const store = await openSqliteStore({ path, clock });
  await store.transact(async (tables) => {
    for (let count = 0; count < 200; count += 1) {
      await tables.deliveries.record(delivery(`d${count}`));
      await tables.runs.add(planned());
      await tables.batches.add(batch());
    }
  });
  await store.close();
  return path;
};

const copyOf = (path: string): string => {
  const copy = join(temporaryFolder('damaged'), 'tidegate.db');
  copyFileSync(path, copy);
  return copy;
};

const open = async (path: string) => (await openSqliteStore({ path, clock })).close();

test('a database that lost its end, its middle or its head is refused with a sentence', async () => {
  const path = await filled();
  const { size } = statSync(path);
  // One byte short, half a page, some pages, most of it, all but the header, and half of that.
  for (const left of [size - 1, size - 2_000, size - 5 * 4_096, size >> 1, 4_096, 100, 50]) {
    const copy = copyOf(path);
    truncateSync(copy, left);
    await expect(open(copy), `${left} of ${size}`).rejects.toMatchObject({
      problem: { code: 'cannot-start', sentence: expect.stringContaining('is damaged') },
    });
  }
  await open(copyOf(path));
});

test('a file that is no database, and one whose first pages are noise, are refused', async () => {
  const path = await filled();
  const noise = (bytes: number) => randomFillSync(Buffer.alloc(bytes));
  for (const damage of [noise(20_000), Buffer.concat([readFileSync(path).subarray(0, 100), noise(8_000)])]) {
    const copy = copyOf(path);
    writeFileSync(copy, damage);
    await expect(open(copy)).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
  }
});

test('a log that was torn loses what it had not promised, and nothing else', async () => {
  const path = await filled();
  const store = await openSqliteStore({ path, clock });
  await store.deliveries.record(delivery('promised'));
  const before = readFileSync(`${path}-wal`).length;
  await store.deliveries.record(delivery('torn'));
  const log = readFileSync(`${path}-wal`);
  const database = readFileSync(path);
  await store.close();
  for (const left of [log.length - 1, log.length - 4_000, before + 1, before]) {
    const copy = join(temporaryFolder('torn'), 'tidegate.db');
    writeFileSync(copy, database);
    writeFileSync(`${copy}-wal`, log.subarray(0, left));
    const reopened = await openSqliteStore({ path: copy, clock });
    const kept = (await reopened.deliveries.pending(1_000)).map(({ id }) => id);
    await reopened.close();
    expect(kept).toHaveLength(201);
    expect(kept).toContain('promised');
  }
});

test('a blob that was cut off anywhere is damaged, never something else', async () => {
  const folder = join(temporaryFolder('blobs'), 'blobs');
  mkdirSync(folder);
  const blobs = createDiskBlobs({ folder, key: Buffer.alloc(32, 1) });
  const bytes = Buffer.from('a plan of some length'.repeat(50));
  const digest = await blobs.put(bytes, 'plan');
  const [name = ''] = readdirSync(folder);
  const whole = readFileSync(join(folder, name));
  // Empty, in the magic, the nonce, the tag, at the first byte of the text, in it, and one short.
  for (const left of [0, 3, 10, 20, 32, 33, 500, whole.length - 1]) {
    writeFileSync(join(folder, name), whole.subarray(0, left));
    await expect(blobs.get(digest, 'plan')).rejects.toThrow(BlobDamaged);
  }
  writeFileSync(join(folder, name), whole);
  expect(await blobs.get(digest, 'plan')).toEqual(bytes);
});
