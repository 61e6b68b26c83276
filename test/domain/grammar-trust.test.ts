import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { command, mistake } from './comments.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';
const trust = (commit: string) => ({ verb: 'trust', selector: everything, extra: [], commit });

describe('what /trust names', () => {
  it.each([
    [`/trust ${sha}`, sha],
    [`/trust ${sha.slice(0, 12)}`, sha.slice(0, 12)],
    [`tidegate trust ${sha.slice(0, 20).toUpperCase()}`, sha.slice(0, 20)],
    [`/trust "${sha}"`, sha],
  ])('reads %s', (body, commit) => {
    expect(command(body)).toEqual(trust(commit));
  });

  it.each([
    ['/trust', 'needs the commit'],
    ['/trust ""', 'needs the commit'],
    ['/trust 0123456789a', '`0123456789a` is too short'],
    [`/trust ${sha}0`, 'is not a commit'],
    ['/trust main', '`main` is not a commit'],
    ['/trust HEAD', 'is not a commit'],
    ['/trust 0123456789ag', 'is not a commit'],
    [`/trust ${sha} now`, '`now` is not understood after the commit'],
    [`/trust ${sha} -p network`, 'is not understood after the commit'],
    [`/trust -p network ${sha}`, 'is not understood after the commit'],
    [`/trust ${sha} -- -target=a.b`, 'is not understood after the commit'],
    [`/trust -- ${sha}`, 'is not understood after the commit'],
    ['/trust \u0430123456789ab', 'is not a commit'],
  ])('refuses %j', (body, words) => {
    expect(mistake(body).sentence).toContain(words);
  });

  it.each([`/trust ${sha}\n/apply`, `please /trust ${sha}`, `> /trust ${sha}`, `    /trust ${sha}`])(
    'does not take %j for it',
    (body) => {
      expect(() => command(body)).toThrow();
    },
  );
});
