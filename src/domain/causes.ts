import { type Project, settingsFiles } from './project.ts';
import type { RemoteModule } from './remote-modules.ts';
import { isWithin, type RepoPath } from './repo-path.ts';

/** Why a change of one file concerns a project. */
export type Cause =
  | { readonly kind: 'dir' }
  | { readonly kind: 'settings-file' }
  | { readonly kind: 'module'; readonly folder: RepoPath }
  /** It may be part of a module whose source is an expression that is not known. */
  | { readonly kind: 'unknown-module' }
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
 * @param mayUse of files elsewhere: may they be part of a module that nobody can tell? See `mayBeUsed`
 */
export const causeOf = (
  project: Project,
  modules: readonly RepoPath[],
  watchedBy: WatchedBy,
  siblings: ReadonlySet<string>,
  mayUse: (path: string) => boolean = () => false,
): ((path: string) => Cause | null) => {
  const files = settingsFiles(project);
  return (path) => {
    if (files.has(path)) return { kind: 'settings-file' };
    const isOthers = siblings.has(path);
    if (!isOthers && isWithin(path, project.dir)) return { kind: 'dir' };
    const folder = modules.find((one) => isWithin(path, one));
    if (folder !== undefined) return { kind: 'module', folder };
    const watched = isOthers ? null : watchedBy(path);
    if (watched !== null) return { kind: 'glob', glob: watched.glob };
    return !isOthers && mayUse(path) ? { kind: 'unknown-module' } : null;
  };
};

/**
 * Files that a project may use whose modules are not known: all but those of other projects. One that the project lies in says nothing:
 * all is in there.
 */
export const mayBeUsed = (
  { dir }: Pick<Project, 'dir'>,
  all: readonly Pick<Project, 'dir'>[],
): ((path: string) => boolean) => {
  const others = [...new Set(all.map((one) => one.dir))].filter((other) => !isWithin(dir, other));
  return (path) => !others.some((other) => isWithin(path, other));
};
