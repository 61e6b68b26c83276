import type { Project } from '../domain/project.ts';
import { isWithin, type RepoPath } from '../domain/repo-path.ts';
import { siblingFiles } from '../domain/sibling-files.ts';
import type { Look } from './snapshot.ts';
import { filesIn, type ViewPorts, viewIn } from './views.ts';

/** Of each project the files of its dir that are only others' there; see `siblingFiles`. */
export const siblingsIn = (
  look: Omit<Look, 'entries' | 'found'>,
  ports: ViewPorts,
  projects: readonly Project[],
): ((project: Project) => ReadonlySet<string>) => {
  const inDir = Map.groupBy(projects, ({ dir }) => dir);
  const readsOf = (project: Project) => {
    const view = viewIn(look, ports)(project);
    const folders: readonly RepoPath[] = [project.dir, ...view.closure.folders];
    return [...filesIn(look, view)].flatMap(([path, { code, error }]) => {
      if (!folders.some((folder) => isWithin(path, folder))) return [];
      // What does not parse may read anything.
      return error === null ? code.reads : [{ subject: path, path: null, line: null }];
    });
  };
  return (project) => siblingFiles(project, inDir.get(project.dir) ?? [], () => readsOf(project));
};
