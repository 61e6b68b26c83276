import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchGlobs, repositoryGlobs } from '../../../src/config/atlantis/expressions.ts';
import { matchesGlob } from '../../../src/config/globs.ts';

const holds = (expression: string, branch: string): boolean | null =>
  branchGlobs(expression)?.some((glob) => matchesGlob(glob, branch)) ?? null;

describe('expressions about branches', () => {
  it.each([
    ['/main/', ['**/*main*', '**/*main*/**']],
    ['/^main$/', ['main']],
    ['/^(main|develop)$/', ['develop', 'main']],
    ['/^main$|^develop$/', ['main', 'develop']],
    ['/^release\\/.*$/', ['release/**']],
    ['/^release-[0-9]+\\.x$/', ['release-*.x']],
    ['/.*/', ['**']],
  ])('%s are globs', (expression, globs) => {
    expect([...(branchGlobs(expression) ?? [])].sort()).toEqual([...globs].sort());
  });

  it.each(['main', '/(a+)+$/', '/a{2}/', '/(?i)main/', '/a(b|c)*/', '/\\bx/', '//', '/(/', '/[/'])(
    '%s are not guessed',
    (expression) => {
      expect(branchGlobs(expression)).toBeNull();
    },
  );

  const branch = fc
    .array(fc.constantFrom('main', 'm', 'release', '/', '-', '1', '.', 'x'), { minLength: 1, maxLength: 5 })
    .map((parts) =>
      parts
        .join('')
        .replace(/\/+/g, '/')
        .replace(/^\/|\/$/g, ''),
    )
    .filter((name) => name !== '');

  it('hold for the branches for which the expression does', () => {
    const piece = fc.constantFrom(
      'main',
      'm',
      'release',
      '\\/',
      '-',
      '1',
      '\\.',
      'x',
      '.*',
      '.',
      '(main|x)',
      '[0-9]',
    );
    const expression = fc
      .tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([start, pieces, end]) => `/${start ? '^' : ''}${pieces.join('')}${end ? '$' : ''}/`);
    fc.assert(
      fc.property(expression, branch, (text, name) => {
        const does = new RegExp(text.slice(1, -1)).test(name);
        const glob = holds(text, name);
        // A dot may be a slash, which no `?` is.
        fc.pre(glob !== null && !/(^|[^\\])\.(?!\*)/.test(text));
        // `release/.*` is not for `release` itself, and the glob is: for more, and never for less.
        // No name of a branch has a part that begins with a dot, and `./` is nothing to a glob.
        fc.pre(!text.includes('\\.\\/'));
        const isWider = /\/\.\*|\.\*\\\/|^\/\\\/|\\\/\/$/.test(text);
        if (isWider && glob === true) return;
        expect(glob, `${text} ${name}`).toBe(does);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('ids of repositories', () => {
  it.each([
    ['github.com/acme/infra', ['acme/infra']],
    ['GitHub.com/acme/infra', ['acme/infra']],
    ['/.*/', ['*/*']],
    ['/.*\\/.*/', ['*/*']],
    ['/github.com/acme/.*/', ['acme/*']],
    ['/github.com/acme/', ['acme*/*']],
    ['/^github.com\\/acme-.*$/', ['acme-*/*']],
    ['/.*\\/acme\\/infra$/', ['acme/infra']],
    ['/^github\\.com\\/acme\\/infra-(live|modules)$/', ['acme/infra-modules', 'acme/infra-live']],
    ['/github.com/acme/infra/', ['acme/infra*']],
    ['/github.com/acme/infra-.+/', ['acme/infra-?*']],
  ])('%s are globs', (id, globs) => {
    expect(repositoryGlobs(id, 'github.com')).toEqual(globs);
  });

  it.each(['gitlab.com/acme/infra', '/gitlab.com/acme/.*/', '/^ghe\\.acme\\.example\\/.*$/'])(
    '%s are for another host',
    (id) => {
      expect(repositoryGlobs(id, 'github.com')).toEqual([]);
    },
  );

  it.each([
    'infra',
    '/infra/',
    '/github.com\\/(acme|other)+\\/x/',
    'github.com/group/sub/x',
    '/.*acme.*/',
    '/.*\\/infra-.*/',
    '/github.com\\/.*-prod/',
    '/github.com\\/acme\\/infra-\\d+/',
    '/github.com\\/acme\\/[a-z]+/',
    '/(github|gitlab).*\\/acme\\/x/',
  ])('%s are not guessed', (id) => {
    expect(repositoryGlobs(id, 'github.com')).toBeNull();
  });

  it('hold for the same repositories as the expression, or are not given', () => {
    const word = fc.constantFrom('acme', 'other', 'infra', 'infra-prod', 'a', 'acme-prod');
    const piece = fc.constantFrom(
      'github.com',
      'github\\.com',
      '\\/',
      '\\/',
      'acme',
      'infra',
      '-',
      'prod',
      '.*',
      '.+',
      '(acme|other)',
      '[a-z]+',
      '\\.',
    );
    const expression = fc
      .tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 6 }), fc.boolean())
      .map(([start, pieces, end]) => `/${start ? '^' : ''}${pieces.join('')}${end ? '$' : ''}/`);
    const tail = fc
      .tuple(fc.array(piece, { minLength: 0, maxLength: 4 }), fc.boolean())
      .map(([pieces, end]) => `/github.com\\/${pieces.join('')}${end ? '$' : ''}/`);
    let told = 0;
    fc.assert(
      fc.property(fc.oneof(expression, tail), word, word, (text, owner, name) => {
        const globs = repositoryGlobs(text, 'github.com');
        if (globs === null) return;
        told += 1;
        const id = `github.com/${owner}/${name}`;
        const is = globs.some((glob) => matchesGlob(glob, `${owner}/${name}`));
        expect(is, `${text} ${id} ${globs.join(' ')}`).toBe(new RegExp(text.slice(1, -1)).test(id));
      }),
      { numRuns: 5000 },
    );
    expect(told).toBeGreaterThan(200);
  });
});
