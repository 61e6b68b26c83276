import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumOf } from '../../src/tools/checksums.ts';
import { versionsIn } from '../../src/tools/release-index.ts';

describe('a list of checksums', () => {
  const real = readFileSync(path.resolve('test/fixtures/releases/terraform_1.9.8_SHA256SUMS'), 'utf8');

  it('tells that of one file', () => {
    expect(checksumOf(real, 'terraform_1.9.8_linux_amd64.zip')).toBe(
      '186e0145f5e5f2eb97cbd785bc78f21bae4ef15119349f6ad4fa535b83b10df8',
    );
    expect(checksumOf(real.replaceAll('\n', '\r\n'), 'terraform_1.9.8_linux_386.zip')).toHaveLength(64);
  });

  it('tells none of a file that is not in it, that is in it twice, or that only looks like it', () => {
    const name = 'terraform_1.9.8_linux_amd64.zip';
    expect(checksumOf(real, 'terraform_1.9.8_linux_amd64.zi')).toBeNull();
    expect(checksumOf(real, 'x')).toBeNull();
    expect(checksumOf('', name)).toBeNull();
    expect(checksumOf(`${real}${'1'.repeat(64)}  ${name}\n`, name)).toBeNull();
    expect(checksumOf(`${'1'.repeat(63)}  ${name}\n`, name)).toBeNull();
    expect(checksumOf(`${'1'.repeat(64)}  dir/${name}\n`, name)).toBeNull();
  });

  it('whatever it is, tells a digest or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(checksumOf(text, 'a') ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });
});

describe('an index of releases', () => {
  it('is read in the forms of both makers', () => {
    expect(versionsIn('{"name":"terraform","versions":{"1.9.8":{"builds":[]},"1.10.0-beta1":{}}}')).toEqual([
      '1.9.8',
      '1.10.0-beta1',
    ]);
    expect(versionsIn('{"versions":[{"id":"1.8.5","files":["tofu_1.8.5_linux_amd64.zip"]}]}')).toEqual([
      '1.8.5',
    ]);
  });

  it.each(['', 'x', '[]', '{}', '{"versions":3}', '{"versions":["1.0.0"]}', 'null'])('is not %j', (text) => {
    expect(versionsIn(text)).toBeNull();
  });
});
