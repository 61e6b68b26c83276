import { type RepoPath, resolveFrom } from '../domain/repo-path.ts';
import { globProblem } from './globs.ts';

export interface WatchedGlob {
  readonly excludes: boolean;
  /** The folder the glob starts in; null where that is above the repository. */
  readonly folder: RepoPath | null;
  readonly glob: string;
}

/** Takes a `when_modified` glob of a project in `dir` apart: `!` before it, `../` at its start. */
export const readWatchedGlob = (text: string, dir: RepoPath): WatchedGlob => {
  const excludes = text.startsWith('!');
  let glob = excludes ? text.slice(1) : text;
  let folder: RepoPath | null = dir;
  for (;;) {
    if (glob.startsWith('./')) glob = glob.slice(2);
    else if (glob.startsWith('../')) {
      glob = glob.slice(3);
      folder = folder === null ? null : resolveFrom(folder, '..');
    } else return { excludes, folder, glob };
  }
};

/** Why a `when_modified` glob of a project in `dir` is refused, as a phrase after "it "; null for a good one. */
export const watchedGlobProblem = (text: string, dir: RepoPath): string | null => {
  const { folder, glob } = readWatchedGlob(text, dir);
  if (folder === null) return 'leaves the repository';
  if (glob.startsWith('/')) return 'is absolute';
  if (glob.split('/').includes('..')) return 'has `..` behind other names';
  return globProblem(glob);
};
