import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/config/yaml.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { signerOf } from '../../src/tools/signature.ts';

const runners = await loadRunners([path.resolve('runners')], { parseYaml });

/** As their makers published them. */
const published = (name: string): Buffer => readFileSync(path.resolve('test/fixtures/releases', name));

const releasesOf = (name: string) => {
  const releases = runners.get(name)?.releases;
  if (releases === null || releases === undefined) throw new Error(`${name} has no releases`);
  return releases;
};

const cases = [
  ['terraform', 'terraform_1.9.8_SHA256SUMS', 'sig', '72D7468F'],
  ['opentofu', 'tofu_1.8.5_SHA256SUMS', 'gpgsig', 'E5FD9F80'],
] as const;

describe('the key that comes with Tidegate', () => {
  it.each(cases)(
    'for %s is the one it says it is, and a real release was signed with it',
    async (name, sums, ending, id) => {
      const { key, fingerprint } = releasesOf(name);
      expect((await readKey({ armoredKey: key })).getFingerprint().toUpperCase()).toBe(fingerprint);
      expect(fingerprint.endsWith(id)).toBe(true);
      expect(await signerOf(published(sums), published(`${sums}.${ending}`), key, fingerprint)).toBe(
        fingerprint,
      );
    },
  );

  it.each(cases)('for %s has signed nothing else', async (name, sums, ending) => {
    const { key, fingerprint } = releasesOf(name);
    const [signed, signature] = [published(sums), published(`${sums}.${ending}`)];
    const not = (bytes: Buffer, by = signature, keys = key, print: string | null = fingerprint) =>
      expect(signerOf(bytes, by, keys, print)).rejects.toThrow();
    const one = Buffer.from(signed);
    one[3] = one.readUInt8(3) ^ 1;
    await not(one);
    await not(Buffer.concat([signed, Buffer.from('\n')]));
    await not(signed.subarray(0, -1));
    const broken = Buffer.from(signature);
    broken[signature.length - 9] = broken.readUInt8(signature.length - 9) ^ 1;
    await not(signed, broken);
    await not(signed, Buffer.alloc(0));
    await not(signed, Buffer.from('no signature'));
    // Of the other maker: its own word over its own release, and no word here.
    const other = releasesOf(name === 'terraform' ? 'opentofu' : 'terraform');
    await not(signed, signature, other.key, other.fingerprint);
    // A key that somebody exchanged.
    await not(signed, signature, key, other.fingerprint);
  });
});
