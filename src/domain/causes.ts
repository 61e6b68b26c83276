import { type Project, settingsFiles } from './project.ts';
import type { RemoteModule } from './remote-modules.ts';
import { isWithin, type RepoPath } from './repo-path.ts';

/** Why a change of one file concerns a project. */
export type Cause =
  | { readonly kind: 'dir' }
  | { readonly kind: 'settings-file' }
  | { readonly kind: 'module'; readonly folder: RepoPath }
  /** A glob of `when_modified`; null: the path is too long for any. */
  | { readonly kind: 'glob'; readonly glob: string | null };

/** Why a project is affected. */
export interface Why {
  /** The base branch does not have it. */
  readonly isNew: boolean;
  /** Settings of its runner (`with`) that are otherwise than on the base branch, by name. */
  readonly told: readonly string[];
  /** Changed files that concern it. */
  readonly files: readonly { readonly path: string; readonly cause: Cause }[];
  /** What its code takes from other repositories. */
  readonly remote: readonly RemoteModule[];
}

/** The glob that watches a path, if one does. */
export type WatchedBy = (path: string) => { readonly glob: string | null } | null;

/**
 * Does a change of this file (path in the repository) concern the project, and why? The nearest reason counts.
 * @param siblings files in its dir that are only others' there
 */
export const causeOf = (
  project: Project,
  modules: readonly RepoPath[],
  watchedBy: WatchedBy,
  siblings: ReadonlySet<string>,
): ((path: string) => Cause | null) => {
  const files = settingsFiles(project);
  return (path) => {
    if (files.has(path)) return { kind: 'settings-file' };
    const isOthers = siblings.has(path);
    if (!isOthers && isWithin(path, project.dir)) return { kind: 'dir' };
    const folder = modules.find((one) => isWithin(path, one));
    if (folder !== undefined) return { kind: 'module', folder };
    const watched = isOthers ? null : watchedBy(path);
    return watched === null ? null : { kind: 'glob', glob: watched.glob };
  };
};
