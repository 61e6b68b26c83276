import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { deriveKeys, loadOrMakeSecretKey, loadSecretKey } from '../../src/store/install-keys.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const newPath = () => join(temporaryFolder('key'), 'inside', 'secret.key');
const silent = { warn: () => {} };

test('each use has a key of its own, always the same one for the same secret', () => {
  const secret = Buffer.alloc(32, 7);
  const keys = deriveKeys(secret);
  expect(keys).toEqual(deriveKeys(Buffer.alloc(32, 7)));
  const all = [secret, ...Object.values(keys)].map((key) => key.toString('hex'));
  expect(new Set(all).size).toBe(all.length);
  expect(deriveKeys(randomBytes(32))).not.toEqual(keys);
  expect(() => deriveKeys(Buffer.alloc(31))).toThrow('32 bytes');
  // Changing a label would make every stored plan unreadable: this value may never change.
  expect(keys.blobs.toString('hex')).toBe('926c11b6399e273fcbefaec4541d5b60df56f6e3244aaaa81a54b2826d1c3cdf');
  expect(keys.planDigest.toString('hex')).toBe(
    'ae84b3f9e0e72f244155ee1b24e0ab41b2a3149b5092535aa3a99ec8ca7f8ccd',
  );
  // Nor may this one: heads that GitHub has would no longer be ours.
  expect(keys.audit.toString('hex')).toBe('3492787bcf0904355e18199a51b99272be3332d68e9b5163cd2af2d3249382a8');
});

test('an absent key is made once, for the owner only, with a warning', async () => {
  const path = newPath();
  const warnings: string[] = [];
  const warn = (sentence: string) => void warnings.push(sentence);
  const key = await loadOrMakeSecretKey({ path, warn });
  expect(key).toHaveLength(32);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toBe(`${key.toString('base64')}\n`);
  expect(await loadOrMakeSecretKey({ path, warn })).toEqual(key);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(path);
  expect(warnings[0]).not.toContain(key.toString('base64'));
});

test('who only looks makes none', async () => {
  const path = newPath();
  const refusal = loadSecretKey(path);
  await expect(refusal).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
  expect(existsSync(dirname(path))).toBe(false);
  const key = await loadOrMakeSecretKey({ path, ...silent });
  expect(await loadSecretKey(path)).toEqual(key);
});

test('many who make it at once end up with the same one', async () => {
  const path = newPath();
  let warnings = 0;
  const warn = () => {
    warnings += 1;
  };
  const keys = await Promise.all(Array.from({ length: 10 }, () => loadOrMakeSecretKey({ path, warn })));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
  expect(warnings).toBe(1);
  expect(readdirSync(dirname(path))).toEqual(['secret.key']);
});

test('a file that others can read is refused', async () => {
  const path = newPath();
  await loadOrMakeSecretKey({ path, ...silent });
  for (const mode of [0o640, 0o604, 0o620]) {
    chmodSync(path, mode);
    const refusal = loadOrMakeSecretKey({ path, ...silent });
    await expect(refusal).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
    await expect(refusal).rejects.toThrow(`\`${path}\` (mode ${mode.toString(8)})`);
  }
});

test('a file that holds no key is refused and not overwritten', async () => {
  for (const text of ['', 'hello', randomBytes(31).toString('base64'), randomBytes(32).toString('hex')]) {
    const path = join(temporaryFolder('key'), 'secret.key');
    writeFileSync(path, text, { mode: 0o600 });
    await expect(loadOrMakeSecretKey({ path, ...silent })).rejects.toThrow(
      'does not hold 32 bytes in base64',
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
  const folder = temporaryFolder('key');
  chmodSync(folder, 0o700);
  await expect(loadOrMakeSecretKey({ path: folder, ...silent })).rejects.toThrow();
  expect(existsSync(folder)).toBe(true);
});
