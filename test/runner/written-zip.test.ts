import { appendFileSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { whenWritten } from '../../src/runner/written-zip.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { zip } from '../support/zip.ts';

const archive = zip([
  { name: 'tfplan', content: Buffer.from('a plan '.repeat(200)) },
  // An archive in an archive, as it is: its end is not the end.
  { name: 'inner', content: zip([{ name: 'a', content: Buffer.from('b') }]) },
]);

const place = (): string => path.join(temporaryFolder('plan'), 'plan.bin');

/** `null`: nothing was told, though all that had happened was seen: what is written last is an archive. */
const toldOf = async (file: string, write: () => void): Promise<'told' | null> => {
  const over = new AbortController();
  const waiting = whenWritten(file, over.signal);
  write();
  const beside = whenWritten(path.join(path.dirname(file), 'beside'), over.signal);
  writeFileSync(path.join(path.dirname(file), 'beside'), archive);
  await beside;
  over.abort();
  return (await waiting) === null ? null : 'told';
};

test('an archive is told of when its last byte is there, and not before', async () => {
  const file = place();
  const over = new AbortController();
  const waiting = whenWritten(file, over.signal);
  let told = false;
  void waiting.then(() => {
    told = true;
  });
  writeFileSync(file, '');
  for (const at of archive.keys()) {
    if (at === archive.length - 1) break;
    appendFileSync(file, archive.subarray(at, at + 1));
    if (at % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await toldOf(path.join(path.dirname(file), 'other'), () => undefined)).toBeNull();
  expect(told).toBe(false);
  appendFileSync(file, archive.subarray(-1));
  expect(await (await waiting)?.isUnchanged()).toBe(true);
});

test('what is another file afterwards, or none, is changed; the same bytes once more are not', async () => {
  const file = place();
  const waiting = whenWritten(file, new AbortController().signal);
  writeFileSync(file, archive);
  const written = await waiting;
  writeFileSync(file, archive);
  expect(await written?.isUnchanged()).toBe(true);
  writeFileSync(file, zip([{ name: 'tfplan', content: Buffer.from('another') }]));
  expect(await written?.isUnchanged()).toBe(false);
  writeFileSync(file, archive);
  renameSync(file, `${file}.gone`);
  expect(await written?.isUnchanged()).toBe(false);
});

test('what was there before is passed over until it is written anew', async () => {
  const file = place();
  writeFileSync(file, archive);
  expect(await toldOf(file, () => undefined)).toBeNull();
  expect(await toldOf(file, () => writeFileSync(file, archive))).toBe('told');
});

test.each([
  ['no archive', (file: string) => writeFileSync(file, '{"encrypted":"state"}'.repeat(10))],
  ['one that is cut off', (file: string) => writeFileSync(file, archive.subarray(0, -1))],
  ['the end of another one', (file: string) => writeFileSync(file, archive.subarray(-40))],
  [
    'one that is larger than anybody wants to read twice',
    (file: string) => {
      const at = 64 * 1024 * 1024;
      const end = Buffer.alloc(22);
      end.writeUInt32LE(0x06_05_4b_50, 0);
      end.writeUInt32LE(at, 16);
      writeFileSync(file, '');
      truncateSync(file, at);
      appendFileSync(file, end);
    },
  ],
  ['a folder', (file: string) => mkdirSync(file)],
  [
    'a link',
    (file: string) => {
      const real = path.join(temporaryFolder('elsewhere'), 'plan.bin');
      writeFileSync(real, archive);
      symlinkSync(real, file);
    },
  ],
])('nothing is told of %s', async (_what, write) => {
  const file = place();
  expect(await toldOf(file, () => write(file))).toBeNull();
});

test('nobody waits for what was called off', async () => {
  expect(await whenWritten(place(), AbortSignal.abort())).toBeNull();
  expect(await whenWritten(path.join(place(), 'nowhere', 'plan.bin'), AbortSignal.abort())).toBeNull();
  const over = new AbortController();
  const waiting = whenWritten(path.join(place(), 'nowhere', 'plan.bin'), over.signal);
  over.abort();
  expect(await waiting).toBeNull();
});
