import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, parseRepoPath, repoPath, resolveFrom, root } from '../../src/domain/repo-path.ts';

const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    '-x',
    '.git',
    '.GIT',
    'a',
    'b c',
    'é',
    'net work',
    '\u202e',
    '\0',
    'a\nb',
    '\\',
    'C:',
    '...',
    'a..b',
  ),
  fc.string({ maxLength: 8 }),
);
const anyPath = fc.array(piece, { maxLength: 6 }).map((names) => names.join('/'));

describe('paths inside a repository', () => {
  it.each([
    ['network', 'network'],
    ['a/b/', 'a/b'],
    ['./a', 'a'],
    ['.', '.'],
    ['a b/ü', 'a b/ü'],
    ['.github', '.github'],
  ])('%j is %j', (text, expected) => {
    expect(parseRepoPath(text)).toEqual({ path: expected });
  });

  it.each([
    ['', 'it is empty'],
    ['/etc', 'it is absolute'],
    ['../a', 'it holds `.` or `..`'],
    ['a/../../b', 'it holds `.` or `..`'],
    ['a//b', 'it holds an empty name'],
    ['-rf', 'a name starts with a dash'],
    ['a/-rf', 'a name starts with a dash'],
    ['a\\b', 'it holds a backslash'],
    ['a\u0000b', 'it holds control or text-direction characters'],
    ['a\nb', 'it holds control or text-direction characters'],
    ['a\u202eb', 'it holds control or text-direction characters'],
    ['.git/hooks', 'it holds `.git`'],
    ['a/.GIT', 'it holds `.git`'],
    ['x'.repeat(1025), 'it is longer than 1,024 characters'],
  ])('%j is refused: %s', (text, refused) => {
    expect(parseRepoPath(text)).toEqual({ refused });
  });

  it('never leaves the repository, and is its own normal form', () => {
    fc.assert(
      fc.property(anyPath, (text) => {
        const result = parseRepoPath(text);
        if ('refused' in result) return;
        const full = path.resolve('/repository', result.path);
        expect(full === '/repository' || full.startsWith('/repository/')).toBe(true);
        expect(parseRepoPath(result.path)).toEqual(result);
        expect(result.path.startsWith('-')).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('resolves as the file system would, or refuses', () => {
    fc.assert(
      fc.property(anyPath, (relative) => {
        const found = resolveFrom(repoPath('a/b'), relative);
        if (found === null) return;
        const full = path.posix.join('/repository/a/b', relative).replace(/(.)\/+$/, '$1');
        expect(path.posix.join('/repository', found).replace(/\/\.?$/, '')).toBe(full.replace(/\/\.?$/, ''));
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows a folder from one that only begins alike', () => {
    expect(isWithin('network/main.tf', repoPath('network'))).toBe(true);
    expect(isWithin('network-old/main.tf', repoPath('network'))).toBe(false);
    expect(isWithin('anything', root)).toBe(true);
  });
});
