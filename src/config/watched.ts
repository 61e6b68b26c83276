import { type Project, settingsFiles } from '../domain/project.ts';
import { isWithin, type RepoPath, root } from '../domain/repo-path.ts';
import { compileGlob, globProblem } from './globs.ts';

/** Any file of the dir: a template, a script or a policy changes a plan as well as a `.tf` file does. */
export const watchedByDefault: readonly string[] = ['**'];

interface WatchedGlob {
  readonly excludes: boolean;
  /** How many folders above the dir the glob starts. */
  readonly up: number;
  readonly glob: string;
}

const parse = (text: string): WatchedGlob => {
  const excludes = text.startsWith('!');
  let glob = excludes ? text.slice(1) : text;
  let up = 0;
  for (;;) {
    if (glob.startsWith('./')) glob = glob.slice(2);
    else if (glob.startsWith('../')) {
      glob = glob.slice(3);
      up++;
    } else return { excludes, up, glob };
  }
};

const above = (dir: RepoPath, up: number): RepoPath | null => {
  const names = dir === root ? [] : dir.split('/');
  if (up > names.length) return null;
  return names.length === up ? root : (names.slice(0, names.length - up).join('/') as RepoPath);
};

/** Why a `when_modified` glob of a project in `dir` is refused, as a phrase after "it "; null for a good one. */
export const watchedGlobProblem = (text: string, dir: RepoPath): string | null => {
  const { up, glob } = parse(text);
  if (above(dir, up) === null) return 'leaves the repository';
  if (glob.startsWith('/')) return 'is absolute';
  if (glob.split('/').includes('..')) return 'has `..` behind other names';
  return globProblem(glob);
};

const longestPath = 1024;
const longestName = 255;

/**
 * Does a changed file (path in the repository) plan this project, by `when_modified`? The last glob
 * that matches decides, as in `.gitignore`. Variable and backend files always do. So does a path too
 * long to be matched: a plan too many is harmless, one too few is not.
 */
export const changeMatcher = (project: Project): ((path: string) => boolean) => {
  const files = settingsFiles(project);
  const globs = project.whenModified.map((text) => {
    const { excludes, up, glob } = parse(text);
    return { excludes, folder: above(project.dir, up), matches: compileGlob(glob) };
  });
  return (path) => {
    if (files.has(path)) return true;
    if (path.length > longestPath || path.split('/').some((name) => name.length > longestName)) return true;
    let watched = false;
    for (const { excludes, folder, matches } of globs) {
      if (folder === null || excludes !== watched || !isWithin(path, folder)) continue;
      const inFolder = folder === root ? path : path.slice(folder.length + 1);
      if (inFolder !== '' && matches(inFolder)) watched = !excludes;
    }
    return watched;
  };
};
