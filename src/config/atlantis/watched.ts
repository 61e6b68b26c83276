import type { RepoPath } from '../../domain/repo-path.ts';
import { watchedGlobProblem } from '../watched.ts';

/** A file rather than a folder, by its name. */
const isFileName = (name: string): boolean => /[^.]\.[A-Za-z*?{[]|^\*+\.|^\.[\w-]+\.\w/.test(name);

/** `**` beside other text, which is a folder boundary and `*` in our globs. */
const apart = (name: string): string =>
  name === '**'
    ? name
    : name
        .replace(/^\*{2,}(?=.)/, '**/*')
        .replace(/(?<=.)\*{2,}$/, '*/**')
        .replace(/\*{3,}/g, '**');

/**
 * In Atlantis a pattern that matches a folder matches all that is in it. Only what could be a folder gets `/**`, so that
 * `*.tf` stays what people know.
 */
const withinFolders = (glob: string): string => {
  const names = glob.split('/');
  const last = names.at(-1) ?? '';
  if (last === '**' || last === '') return glob;
  if (last === '*') return [...names.slice(0, -1), '**'].join('/');
  return isFileName(last) ? glob : `${glob}/**`;
};

/** The folder in front of the first name that is not plain. */
const folderOf = (glob: string): string => {
  const names = glob.split('/');
  const first = names.findIndex((name) => /[*?[\]{}\\]/.test(name));
  return [...names.slice(0, first < 0 ? -1 : first), '**'].join('/');
};

/** `a*` + `/**` holds for what is in such folders, and not for a file of that name. */
const withFiles = (glob: string): readonly string[] =>
  /[^/*]\*\/\*\*$/.test(glob) ? [glob.slice(0, -3), glob] : [glob];

/**
 * A pattern of `when_modified` as globs of ours. Empty: it is left out, because what it takes away is said too oddly, or it leaves
 * the repository. `isWider`: more files than the pattern names.
 */
export const watchedGlobs = (
  pattern: string,
  dir: RepoPath,
): { readonly globs: readonly string[]; readonly isWider: boolean } => {
  const excludes = pattern.startsWith('!');
  const plain = (excludes ? pattern.slice(1) : pattern).trim().replace(/^\.\//, '').replace(/\/+$/, '');
  const globs = withFiles(withinFolders(plain.split('/').map(apart).join('/')));
  if (globs.every((glob) => watchedGlobProblem(glob, dir) === null))
    return { globs: globs.map((glob) => (excludes ? `!${glob}` : glob)), isWider: false };
  // A plan too many is harmless, one too few is not: what is taken away stays, what is named becomes its folder.
  const wider = folderOf(plain);
  const isKept = !excludes && watchedGlobProblem(wider, dir) === null;
  return { globs: isKept ? [wider] : [], isWider: true };
};
