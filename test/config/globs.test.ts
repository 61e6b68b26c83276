import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { compileGlob, globProblem, matchesGlob } from '../../src/config/globs.ts';

describe('matchesGlob', () => {
  it.each([
    ['**', ['.', 'a', 'a/b', '.github', '.github/x'], []],
    ['*', ['.', 'a', '.github'], ['a/b']],
    ['.', ['.'], ['a', './a']],
    ['{.,x}', ['.', 'x'], ['y']],
    ['?', ['a'], ['ab', 'a/b']],
    ['a', ['a'], ['.', 'A', 'ab', 'a/b']],
    ['prod/**', ['prod', 'prod/a', 'prod/a/b'], ['prodx', 'x/prod', '.']],
    ['**/prod', ['prod', 'a/prod', 'a/b/prod'], ['a/prodx', 'prod/a']],
    ['{a,b/c}/x', ['a/x', 'b/c/x'], ['c/x', 'a/b/x']],
    ['net[12]', ['net1', 'net2', 'net[12]'], ['net3', 'net12']],
    ['[!a]b', ['cb'], ['ab', '!']],
    ['[^a]b', ['cb'], ['ab']],
    ['(a|b)', ['(a|b)'], ['a', 'b']],
    ['(a+)+', ['(a+)+'], ['a', 'aa']],
    ['a+', ['a+'], ['a', 'aa']],
    ['[a-z]+', ['a+'], ['aa']],
    ['@(a|b)', ['@(a|b)'], ['a']],
    ['!a', ['!a'], ['a', 'b']],
    ['a^b', ['a^b'], ['ab']],
    ['$x', ['$x'], ['x']],
    ['[[:alpha:]]', [], ['a', 'z']],
    ['a.tf', ['a.tf'], ['axtf']],
    ['#a=b~c%', ['#a=b~c%'], []],
    [`it's "x"`, [`it's "x"`], []],
  ])('reads %j', (glob, yes, no) => {
    for (const text of yes) expect(matchesGlob(glob, text), `${glob} on ${text}`).toBe(true);
    for (const text of no) expect(matchesGlob(glob, text), `${glob} on ${text}`).toBe(false);
  });

  it.each([
    '',
    'a\\b',
    'a\u0000',
    'a\u202e',
    '\ue000',
    'a**',
    '**a',
    '*a*b*',
    '**/**/**/a',
    'x'.repeat(257),
    '{a,{b,c}}',
    'a{1..9}',
    `{${'a,'.repeat(65)}}`,
    '{a,aa}'.repeat(7),
    '[a]'.repeat(9),
  ])('refuses %j and then matches nothing', (glob) => {
    expect(globProblem(glob)).not.toBeNull();
    expect(matchesGlob(glob, glob)).toBe(false);
  });

  it('never throws, and takes plain text as itself', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab/*?[]{}(),!^|+$@.-\\:"') }),
        fc.string(),
        (glob, text) => {
          expect(typeof matchesGlob(glob, text)).toBe('boolean');
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9_.()|+$@!^"'&;<>~#%= :-]{1,40}$/), (text) => {
        expect(matchesGlob(text, text)).toBe(true);
        expect(matchesGlob(text, `${text}x`)).toBe(false);
      }),
    );
  });

  it('reads what picomatch reads, and as it does', () => {
    const part = fc.constantFrom(
      ...['a', 'b', '.', '*', '?', '/', '/**/', '{a,b}', '{a,b/c}', '[ab]', '[!a]'],
    );
    const glob = fc
      .array(part, { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join(''))
      // `**` beside other names, and where a name could be empty or a dot, both have ways of their own.
      .filter(
        (text) => globProblem(text) === null && !/\/\/|^\/|\/$|\*\/\*\*$|(?:^|\/)\.{1,2}(?:\/|$)/.test(text),
      );
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c', 'ab', '.a', 'a.b', 'bc', '[ab]'), { minLength: 1, maxLength: 5 })
      .map((names) => names.join('/'));
    fc.assert(
      fc.property(glob, path, (text, on) => {
        const other = picomatch(text.replaceAll('[!', '[^'), { dot: true, nonegate: true, noextglob: true });
        expect(matchesGlob(text, on), `${text} on ${on}`).toBe(other(on));
      }),
      { numRuns: 5000 },
    );
  });

  // No time is looked at: with an expression that backtracks the first of them takes longer than the universe has.
  it('ten thousand globs made to take long take no longer than others', () => {
    const names = fc.constantFrom('*a*', 'a*a*', '*?a*', '{a,aa}*a*', '[ab]*a*', '{*a,a*}', '?*', '**');
    const evil = fc
      .array(names, { minLength: 4, maxLength: 60 })
      .map((all) => `${all.join('/')}/z`)
      .filter((glob) => globProblem(glob) === null);
    const text = `${'aaaaaaaaaa/'.repeat(90)}y`;
    const long = `${`${'a'.repeat(250)}/`.repeat(4)}y`;
    const globs = ['*a*/'.repeat(63).concat('z'), ...fc.sample(evil, 10_000)];
    for (const glob of globs) {
      expect(globProblem(glob)).toBeNull();
      const matches = compileGlob(glob);
      expect([matches(text.slice(-11 * glob.split('/').length)), matches(text), matches(long)]).toEqual([
        false,
        false,
        false,
      ]);
    }
  });
});
