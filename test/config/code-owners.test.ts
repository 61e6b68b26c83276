import fc from 'fast-check';
import ignore from 'ignore';
import { describe, expect, it } from 'vitest';
import { codeOwnersPlaces, type Owner, parseCodeOwners } from '../../src/config/code-owners.ts';

const named = (owner: Owner): string =>
  owner.kind === 'user' ? owner.login : owner.kind === 'team' ? owner.team : owner.email;
const owners = (text: string, path: string): readonly string[] | null =>
  parseCodeOwners(text)?.ownersOf(path)?.map(named) ?? null;

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
    ['* @a\n!x @b', 'x', ['a']],
    ['* @a\n[x] @b', 'x', ['a']],
    ['* @a\n\\#x @b', '#x', ['a']],
    ['* @a\nx nobody', 'x', ['a']],
    ['* @a\nx @b nobody', 'x', ['a']],
    ['* @a\nx', 'x', []],
    ['* @a\nx # @b', 'x', []],
    ['* @a\r\nx @b\r\n', 'x', ['b']],
    ['/ @a', 'x', null],
    ['', 'x', null],
    ['* @a\n  y @Ada @ORG/Team a@B.example', 'y', ['ada', 'org/team', 'a@b.example']],
  ])('%j of %s is %j', (text, path, expected) => {
    expect(owners(text, path)).toEqual(expected);
  });

  it('agrees with what knows .gitignore, where both mean the same', () => {
    const name = fc.constantFrom('a', 'b', 'ab', '*', '*a', 'a*', '?', '**', 'a.b', '*.b');
    const pattern = fc
      .tuple(
        fc.constantFrom('', '/'),
        fc.array(name, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', '/'),
      )
      .map(([start, names, end]) => `${start}${names.join('/')}${end}`)
      // `docs/*` and its like differ; and what `**` at the end of nothing means is nobody's question.
      .filter((text) => !/\/\*+\/?$/.test(text) && !text.includes('**/**') && !/^\/?\*\*\/?$/.test(text));
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'ba', 'a.b', 'x'), { minLength: 1, maxLength: 5 });
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
