import type { Skipped } from './batch.ts';
import { causeOf } from './causes.ts';
import { inOrder } from './graph.ts';
import type { ProjectKey } from './ids.ts';
import type { Project } from './project.ts';
import type { RepoPath } from './repo-path.ts';

export interface AffectedInput {
  readonly projects: readonly Project[];
  /** Paths added, changed or deleted between the merge base and the head. */
  readonly changed: readonly string[];
  /** Folders of the local modules a project is known to use, transitively. */
  readonly modulesOf: (project: Project) => readonly RepoPath[];
  readonly watches: (project: Project, path: string) => boolean;
  /** Files in a project's dir that are only others' there. */
  readonly siblings: (project: Project) => ReadonlySet<string>;
  /** Files elsewhere that it may use, see `causeOf`; absent: it is known what it uses. */
  readonly mayUse?: (project: Project) => (path: string) => boolean;
  /** Keys of the projects the base branch has; the others are new in this pull request. */
  readonly known: ReadonlySet<ProjectKey>;
  /** Affected whatever changed: what this pull request already applied, whatever a later push reverts, and what it was opened for. */
  readonly kept: ReadonlySet<ProjectKey>;
  /** What the runner is told (`with`) is otherwise than on the base branch, whatever file says so. */
  readonly told: ReadonlySet<ProjectKey>;
}

export interface Affected {
  readonly affected: readonly Project[];
  readonly skipped: readonly Skipped[];
}

/** Does a change of this file (path in the repository) concern the project? */
export const concerns = (
  project: Project,
  modules: readonly RepoPath[],
  watches: (project: Project, path: string) => boolean,
  siblings: ReadonlySet<string>,
  mayUse?: (path: string) => boolean,
): ((path: string) => boolean) => {
  const cause = causeOf(
    project,
    modules,
    (path) => (watches(project, path) ? { glob: null } : null),
    siblings,
    mayUse,
  );
  return (path) => cause(path) !== null;
};

const touches = (
  { changed, modulesOf, watches, siblings, mayUse }: AffectedInput,
  project: Project,
): boolean =>
  changed.some(concerns(project, modulesOf(project), watches, siblings(project), mayUse?.(project)));

/** Which projects a pull request affects, and for each of the others why not. */
export const affectedProjects = (input: AffectedInput): Affected => {
  const affected: Project[] = [];
  const skipped: Skipped[] = [];
  for (const project of input.projects) {
    const isNew = !input.known.has(project.key);
    const { key } = project;
    if (isNew || input.kept.has(key) || input.told.has(key) || touches(input, project))
      affected.push(project);
    else {
      const { name, dir, workspace } = project;
      const reason = 'none of its files, modules or watched paths changed';
      skipped.push({ name, dir, workspace, reason, removed: false });
    }
  }
  return { affected: inOrder(affected), skipped };
};
