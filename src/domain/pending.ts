import type { ProjectKey, Sha } from './ids.ts';
import type { Actor, RepoRef } from './pull.ts';

/** How what a push left undone came to its end. */
export const pendingEndings = [
  /** Something that holds the commit was applied. */
  'applied',
  /** A merge that holds the commit was planned, and there was nothing to change. */
  'unchanged',
  /** It turned out to be part of a merged pull request, which has a road of its own. */
  'merged',
  /** The commit is not on the branch any more, or the branch has no such project. */
  'gone',
] as const;
export type PendingEnding = (typeof pendingEndings)[number];

/**
 * A project that the base branch describes otherwise since a push that no merged pull request brought. Nothing applies it; whatever
 * is applied of that project next does it along.
 */
export interface Pending {
  readonly repo: RepoRef;
  readonly project: ProjectKey;
  /** The project's name as that commit has it. */
  readonly name: string;
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** The newest commit of the push. */
  readonly commit: Sha;
  /** Where the branch was before. */
  readonly before: Sha;
  /** How many commits of it, on the branch's own line, concern the project; 0 where a push took commits away. */
  readonly commits: number;
  /** The push put the branch elsewhere than on top of what it was. */
  readonly forced: boolean;
  /** Who pushed; null where that is not known. */
  readonly by: Actor | null;
  /** When we heard of it, Unix milliseconds. */
  readonly at: number;
  /** Null: it still is. */
  readonly ended: PendingEnding | null;
}

/** Of each project, the newest of its pushes, with the commits of all of them. As they were given. */
export const byProject = (pendings: readonly Pending[]): readonly Pending[] =>
  [...Map.groupBy(pendings, ({ project }) => project).values()].flatMap((some) => {
    const newest = some.at(-1);
    const commits = some.reduce((sum, one) => sum + one.commits, 0);
    return newest === undefined ? [] : [{ ...newest, commits }];
  });
