declare const brand: unique symbol;

/**
 * A folder or file inside a repository: relative, `/` between names, no `.` or `..`, no leading
 * dash, no backslash, no control or bidirectional character. `.` alone is the root.
 */
export type RepoPath = string & { readonly [brand]: 'RepoPath' };

export const root = '.' as RepoPath;

// C0 and C1 controls, and the marks that reorder what a reader sees (Unicode UAX 9).
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** The path, or the reason why it is refused, as a phrase that follows "…: ". */
export const parseRepoPath = (text: string): { readonly path: RepoPath } | { readonly refused: string } => {
  const no = (refused: string) => ({ refused });
  if (text === '') return no('it is empty');
  if (text.length > 1024) return no('it is longer than 1,024 characters');
  if (unprintable.test(text)) return no('it holds control or text-direction characters');
  if (text.includes('\\')) return no('it holds a backslash');
  if (text.startsWith('/')) return no('it is absolute');
  const names = text
    .replace(/\/+$/, '')
    .split('/')
    .filter((name, index) => !(name === '.' && index === 0));
  if (names.length === 0) return { path: root };
  for (const name of names) {
    if (name === '') return no('it holds an empty name');
    if (name === '.' || name === '..') return no('it holds `.` or `..`');
    if (name.startsWith('-')) return no('a name starts with a dash');
    if (name.toLowerCase() === '.git') return no('it holds `.git`');
  }
  return { path: names.join('/') as RepoPath };
};

/** Throws a TypeError: for paths that we made ourselves. */
export const repoPath = (text: string): RepoPath => {
  const result = parseRepoPath(text);
  if ('refused' in result) throw new TypeError(`not a path inside a repository: ${result.refused}`);
  return result.path;
};

/** Is `path` the folder itself or below it? */
export const isWithin = (path: string, folder: RepoPath): boolean =>
  folder === root || path === folder || path.startsWith(`${folder}/`);

/** Resolves a relative path such as `../modules/vpc` against a folder; null when it leaves the repository. */
export const resolveFrom = (folder: RepoPath, relative: string): RepoPath | null => {
  const names: string[] = folder === root ? [] : folder.split('/');
  for (const name of relative.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) return null;
  }
  const result = parseRepoPath(names.length === 0 ? '.' : names.join('/'));
  return 'path' in result ? result.path : null;
};
