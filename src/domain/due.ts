import type { PlanDigest, ProjectKey, Sha } from './ids.ts';
import type { Actor } from './pull.ts';

/** How an apply that a merge asks for came to its end. */
export const dueEndings = [
  'applied',
  /** The plan after the merge has nothing to change. */
  'unchanged',
  /** A newer commit of the base branch that holds this one was applied. */
  'contained',
  /** The apply of a newer commit of the base branch that holds this one was begun, and has not ended well. */
  'overtaken',
  /** The merged commit has no such project any more, or it is not applied on merge. */
  'gone',
  /** Somebody gave it up. */
  'given-up',
] as const;
export type DueEnding = (typeof dueEndings)[number];

/** An apply that a merge asks for: of one project of one pull request. */
export interface Due {
  readonly repositoryId: number;
  readonly pullNumber: number;
  readonly project: ProjectKey;
  /** The commit on the base branch. */
  readonly commit: Sha;
  /** What people saw and agreed to before the merge; null: no plan of the merged head stood. */
  readonly approved: PlanDigest | null;
  /** Who merged; null where that is not known. */
  readonly by: Actor | null;
  /** Unix milliseconds, by the forge's clock. */
  readonly mergedAt: number;
  /** Null: it still is. */
  readonly ended: DueEnding | null;
}

/** Where a merged commit stands to what its project was applied from, or began to be: see the endings of the same names. */
export type MergeOrder = 'newest' | 'contained' | 'overtaken';

/** The newest commit of a base branch that a project was applied from, or that an apply of it was begun from. */
export interface AppliedCommit {
  readonly project: ProjectKey;
  readonly commit: Sha;
  readonly pullNumber: number;
  /** Unix milliseconds. */
  readonly at: number;
}
