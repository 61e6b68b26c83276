import type { Project } from '../domain/project.ts';
import { isWithin, type RepoPath } from '../domain/repo-path.ts';
import { siblingFiles } from '../domain/sibling-files.ts';
import type { Snapshot } from './snapshot.ts';

/** Of each project the files of its dir that are only others' there; see `siblingFiles`. */
export const siblingsIn = (
  { files, modules }: Pick<Snapshot, 'files' | 'modules'>,
  projects: readonly Project[],
): ((project: Project) => ReadonlySet<string>) => {
  const inDir = Map.groupBy(projects, ({ dir }) => dir);
  const readsOf = (dir: RepoPath) => {
    const folders = [dir, ...modules(dir).folders];
    return [...files].flatMap(([path, { code, error }]) => {
      if (!folders.some((folder) => isWithin(path, folder))) return [];
      // What does not parse may read anything.
      return error === null ? code.reads : [{ subject: path, path: null, line: null }];
    });
  };
  return (project) => siblingFiles(project, inDir.get(project.dir) ?? [], () => readsOf(project.dir));
};
