import fc from 'fast-check';
import ignore from 'ignore';
import { describe, expect, it } from 'vitest';
import { codeOwnersPlaces, type Owner, parseCodeOwners } from '../../src/config/code-owners.ts';

const named = (owner: Owner): string =>
  owner.kind === 'user' ? owner.login : owner.kind === 'team' ? owner.team : owner.email;
/** Names, or the number of the line that cannot be read. */
const owners = (text: string, path: string): readonly string[] | number | null => {
  const found = parseCodeOwners(text)?.ownersOf(path) ?? null;
  if (found === null) return null;
  return 'reason' in found ? found.line : found.map(named);
};

/** GitHub's own example, shortened. */
const example = `# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/Octocats
/build/logs/ @doctocat
docs/* docs2@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @logger
/apps/ @octocat
/apps/github
`;

describe('CODEOWNERS', () => {
  it.each([
    ['README.md', ['global-owner1', 'global-owner2']],
    ['src/deep/x.js', ['js-owner']],
    ['x.go', ['docs@example.com']],
    ['a/b.txt', ['octo-org/octocats']],
    ['build/logs/a/b.js', ['logger']],
    ['docs/a.md', ['doctocat']],
    ['some/apps/x', ['octocat']],
    ['scripts/a/b', ['doctocat', 'octocat']],
    ['scripts/logs/x', ['logger']],
    ['apps/x/y', ['octocat']],
    ['apps/github', []],
    ['apps/github/x.js', []],
    ['apps/github2/x', ['octocat']],
  ])('gives %s to %j', (path, expected) => {
    expect(owners(example, path)).toEqual(expected);
  });

  it.each([
    ['docs/* @a', 'docs/x', ['a']],
    ['docs/* @a', 'docs/x/y', null],
    ['**/docs/* @a', 'p/docs/x', ['a']],
    ['**/docs/* @a', 'p/docs/x/y', null],
    ['docs/** @a', 'docs/x/y', ['a']],
    ['docs/ @a', 'docs', null],
    ['docs @a', 'p/docs/x', ['a']],
    ['/docs @a', 'p/docs/x', null],
    ['*.TF @a', 'x.tf', null],
    ['a\\ b/ @a', 'a b/c', ['a']],
    ['a{b,c} @a', 'a{b,c}', ['a']],
    ['a{b,c} @a', 'ab', null],
    ['a?c @a', 'abc', ['a']],
    ['a/**/c @a', 'a/c', ['a']],
    ['a/**/c @a', 'a/x/y/c', ['a']],
    ['*  @ann\n/live/\\[prod\\]/ @bob', 'live/[prod]/main.tf', ['bob']],
    ['*  @ann\n/live/\\[prod\\]/ @bob', 'live/p/main.tf', ['ann']],
    ['* @a\n\\[x\\]*.tf @b', 'deep/[x]y.tf', ['b']],
    ['* @a\nx\\*y @b', 'x*y', ['b']],
    ['* @a\nx\\*y @b', 'xzy', ['a']],
    ['* @a\nx\\?y @b', 'x?y', ['b']],
    ['* @a\nx\\\\y @b', 'x\\y', ['b']],
    ['* @a\nx#y @b', 'x#y', ['b']],
    ['* @a\nx!(y)|$^+ @b', 'x!(y)|$^+', ['b']],
    // A name with the characters under which `[` and `]` stand in there is no name with these.
    ['* @a\n/live/\\[prod\\]/ @b', 'live/\ue002prod\ue003/x', ['a']],
    ['* @a\n/\\[x\\] @b\n', '[x]/y', ['b']],
    ['\ufeff* @a', 'x', ['a']],
    ['// @a', 'x', 1],
    ['* @a\nx', 'x', []],
    ['* @a\nx # @b', 'x', []],
    ['* @a\r\nx @b\r\n', 'x', ['b']],
    ['/ @a', 'x', null],
    ['', 'x', null],
    ['* @a\n  y @Ada @ORG/Team a@B.example', 'y', ['ada', 'org/team', 'a@b.example']],
  ])('%j of %s is %j', (text, path, expected) => {
    expect(owners(text, path)).toEqual(expected);
  });

  const unread: readonly (readonly [line: string, path: string, reason: string])[] = [
    ['/live/[prod]/ @bob', 'live/[prod]/main.tf', 'each `[` and `]` needs a backslash before it'],
    ['/live/[pd]/ @bob', 'live/p/main.tf', 'each `[` and `]`'],
    ['/live/\\[prod]/ @bob', 'live/[prod]/main.tf', 'each `[` and `]`'],
    ['/live/prod]/ @bob', 'live/prod]/main.tf', 'each `[` and `]`'],
    ['[Live] @bob', 'live/main.tf', 'each `[` and `]`'],
    ['*.[tj]f @bob', 'live/main.tf', 'each `[` and `]`'],
    ['!/live/ @bob', 'live/main.tf', 'cannot begin with `!`'],
    ['!live', 'deep/live/main.tf', 'cannot begin with `!`'],
    ['\\#live @bob', '#live/main.tf', 'an escaped `#` or `!`'],
    ['\\!live @bob', '!live/main.tf', 'an escaped `#` or `!`'],
    ['/live/*** @bob', 'live/main.tf', 'three `*` in a row'],
    ['live\\prod @bob', 'live/prod/main.tf', 'a backslash stands before'],
    ['/live/prod\\', 'live/prod/main.tf', 'a backslash stands before'],
    ['/live\\/prod @bob', 'live/prod/main.tf', 'a backslash stands before'],
    ['./live/ @bob', 'live/main.tf', 'an empty name, `.` or `..`'],
    ['live/../prod @bob', 'live/main.tf', 'an empty name, `.` or `..`'],
    ['/live//prod @bob', 'live/prod/main.tf', 'an empty name, `.` or `..`'],
    ['/live/m\ufffdnchen/ @bob', 'live/münchen/main.tf', 'a character that is not text'],
    ['/live/\u0000/ @bob', 'live/main.tf', 'a character that is not text'],
    [`/live/${'a'.repeat(1_030)} @bob`, `live/${'a'.repeat(1_030)}`, 'longer than 1024 characters'],
    ['/live/ bob', 'live/main.tf', 'an owner is neither'],
    ['/live/ @bob nobody', 'live/main.tf', 'an owner is neither'],
    ['/live/ @bob, @cy', 'live/main.tf', 'an owner is neither'],
    ['/live/ @bob#why', 'live/main.tf', 'an owner is neither'],
    ['/live/ @acme/db/sub', 'live/main.tf', 'an owner is neither'],
    // A path with a space in it that is not escaped.
    ['/live/my prod/ @bob', 'live/my prod/main.tf', 'an owner is neither'],
    ['/live/my b@c.d/ @bob', 'live/my b@c.d/main.tf', 'an owner is neither'],
    // The line ends of an old Mac are spaces here.
    ['/live/ @bob\r/other/ @cy', 'live/main.tf', 'an owner is neither'],
  ];
  it.each(unread)('hands no file of the line %j to the line before: %s', (line, path, reason) => {
    const found = parseCodeOwners(`# who\n* @ann\n${line}\n/docs/ @cy`)?.ownersOf(path);
    expect(found).toEqual({ line: 3, reason: expect.stringContaining(reason) });
    // The twin: where such a line is passed over, as GitHub does, somebody else is asked.
    expect(owners('# who\n* @ann\n\n/docs/ @cy', path)).toEqual(['ann']);
    // A later line that can be read decides.
    expect(owners(`* @ann\n${line}\n* @dan`, path)).toEqual(['dan']);
  });

  it.each([
    ['/live/[prod]/ @bob', 'dns/main.tf'],
    ['/live/[prod]/ @bob', 'deep/live/[prod]/main.tf'],
    ['foo[0-9].tf @bob', 'live/main.tf'],
    ['!/live/ @bob', 'dns/main.tf'],
    ['/live/ @bob,', 'live2/main.tf'],
    ['*.txt @bob,', 'live/main.tf'],
  ])('leaves what the line %j cannot be about to the line before: %s', (line, path) => {
    expect(owners(`* @ann\n${line}`, path)).toEqual(['ann']);
  });

  it('names each file’s own line: the last one that may be about it', () => {
    const text = '* @ann\n/live/[a] @bob\n/dns/ bob\n/live/\\[b\\] @cy\n!x';
    const found = ['live/c', 'dns/a', 'live/[b]', 'live/x', 'web'].map((path) => owners(text, path));
    expect(found).toEqual([2, 3, ['cy'], 5, ['ann']]);
  });

  it('of a pattern that it cannot read takes no file for another’s, whichever way it was meant', () => {
    const name = fc.constantFrom('a', 'b', '*', '?', '[a]', '[ab]', 'a[b]', '[!a]', '[a-b]*', '**');
    const pattern = fc
      .tuple(fc.constantFrom('', '/', '!', '!/'), fc.array(name, { minLength: 1, maxLength: 3 }))
      .map(([start, names]) => `${start}${names.join('/')}`)
      .filter((text) => text.startsWith('!') || text.includes('['));
    const path = fc.array(fc.constantFrom('a', 'b', 'c', '[a]', '[ab]', 'a[b]', 'ab'), {
      minLength: 1,
      maxLength: 4,
    });
    let meant = 0;
    fc.assert(
      fc.property(pattern, path, (text, names) => {
        const file = names.join('/');
        const asked = owners(`* @ann\n${text} @bob`, file);
        const bare = text.replace(/^!/, '');
        const isMeant =
          ignore({ ignorecase: false }).add(bare).ignores(file) ||
          ignore({ ignorecase: false }).add(bare.replace(/[[\]]/g, '\\$&')).ignores(file);
        if (isMeant) meant += 1;
        if (isMeant) expect(asked, `${text} of ${file}`).toBe(2);
        else expect([2, 'ann']).toContain(Array.isArray(asked) ? asked[0] : asked);
      }),
      { numRuns: 5_000 },
    );
    expect(meant).toBeGreaterThan(500);
  });

  it('agrees with what knows .gitignore, where both mean the same', () => {
    const name = fc.constantFrom(
      ...['a', 'b', 'ab', '*', '*a', 'a*', '?', '**', 'a.b', '*.b'],
      // Escaped, each for itself.
      ...['\\[a\\]', '\\[*', '*\\]', '\\*', 'a\\?', 'a\\ b', '{a,b}', '(a)', 'a#', 'a!'],
    );
    const pattern = fc
      .tuple(
        fc.constantFrom('', '/'),
        fc.array(name, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', '/'),
      )
      .map(([start, names, end]) => `${start}${names.join('/')}${end}`)
      // `docs/*` and its like differ; and what `**` at the end of nothing means is nobody's question.
      .filter((text) => !/\/\*+\/?$/.test(text) && !text.includes('**/**') && !/^\/?\*\*\/?$/.test(text));
    const path = fc.array(
      fc.constantFrom(
        ...['a', 'b', 'ab', 'ba', 'a.b', 'x'],
        ...['[a]', '[x', ']', '*', 'a?', 'a b', '{a,b}', '(a)', 'a#', 'a!'],
      ),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(pattern, path, (text, names) => {
        const file = names.join('/');
        const expected = ignore({ ignorecase: false }).add(text).ignores(file);
        expect(owners(`${text} @a`, file) !== null, `${text} of ${file}`).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it('lies where GitHub looks for it, in its order', () => {
    expect(codeOwnersPlaces).toEqual(['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']);
  });

  it('is not read where it is too large', () => {
    expect(parseCodeOwners(`#${'x'.repeat(3 * 1024 * 1024)}`)).toBeNull();
    expect(parseCodeOwners('a @a\n'.repeat(20_001))).toBeNull();
  });

  it('takes no time on patterns and paths of somebody who wants it to', () => {
    const path = `${'a'.repeat(250)}/`.repeat(4).slice(0, -1);
    const parsed = parseCodeOwners(
      Array.from(
        { length: 50 },
        (_, index) => `${'*a'.repeat(100)}${index} @a\n${'**/*a*/'.repeat(20)}z${index} @a`,
      ).join('\n'),
    );
    const start = process.hrtime.bigint();
    expect(parsed?.ownersOf(path)).toBeNull();
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(5_000);
  });

  it('of many lines is asked quickly', () => {
    const parsed = parseCodeOwners(
      Array.from({ length: 19_000 }, (_, index) => `/services/s${index}/ @acme/team${index}`).join('\n'),
    );
    // Its own time: on a busy machine others take most of what passes.
    const start = process.cpuUsage();
    for (let file = 0; file < 300; file += 1)
      expect(parsed?.ownersOf(`services/s${file}/main.tf`)).toEqual([
        { kind: 'team', team: `acme/team${file}` },
      ]);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e3).toBeLessThan(5_000);
  });
});
