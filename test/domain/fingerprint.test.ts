import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprints } from '../../src/domain/fingerprint.ts';
import { projectKeyFromText } from '../../src/domain/ids.ts';

const signing = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest('hex');
const [network, database] = ['1:network:default:*', '1:database:default:*'].map(projectKeyFromText);
const secret = 'correct horse battery staple';

const of = (key: string, project: typeof network, text = secret) => {
  if (project === undefined) throw new Error('no project');
  return fingerprints(signing(key), project)(text);
};

describe('the fingerprint of a secret', () => {
  it('is 40 bits of letters, the same for the same secret in the same project of the same installation', () => {
    expect(of('a', network)).toMatch(/^[a-z2-7]{8}$/);
    expect(of('a', network)).toBe(of('a', network));
    expect(of('a', network, `${secret}.`)).not.toBe(of('a', network));
  });

  it('is another one under the key of another installation, and in another project', () => {
    expect(of('b', network)).not.toBe(of('a', network));
    expect(of('a', database)).not.toBe(of('a', network));
  });

  it('is not the beginning of what else the key signs', () => {
    const signed: string[] = [];
    if (network === undefined) throw new Error('no project');
    fingerprints((text) => {
      signed.push(text);
      return '0'.repeat(64);
    }, network)(secret);
    // A plan digest is of JSON, a button of `button\n`.
    expect(signed).toEqual([`fingerprint\n["1:network:default:*","${secret}"]`]);
  });

  it.each(['', 'on', '8080', 'hunter2', 'Password2024!', 'aaaaaaaaaaaaaaaaaaaaaaaa', '1234123412341234'])(
    'is not given for %j, which could be guessed',
    (text) => {
      expect(of('a', network, text)).toBeNull();
    },
  );

  it('differs for 20,000 secrets', () => {
    const found = Array.from({ length: 20_000 }, (_, index) =>
      of('a', network, `the secret number ${index}`),
    );
    expect(new Set(found).size).toBe(found.length);
  });
});
