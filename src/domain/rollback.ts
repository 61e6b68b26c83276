import type { Loss } from './danger/losses.ts';
import type { Sha } from './ids.ts';
import type { Actor } from './pull.ts';

/** What was applied of a project, and does not come back. */
export interface ProjectLoss extends Loss {
  /** The project's name, for people. */
  readonly project: string;
}

/** What of a merged pull request stays done, whatever is reverted. */
export interface Lasting {
  /** The first of them, those of which something is known before the rest. */
  readonly losses: readonly ProjectLoss[];
  readonly more: number;
  /** Projects that something was begun to be applied to, of which no plan is kept any more. */
  readonly unknown: readonly string[];
}

/** A pull request of our own that takes a merged one back. There is one for each, for good. */
export interface Rollback {
  readonly repositoryId: number;
  /** The merged one. */
  readonly pullNumber: number;
  /** What the merged one was merged as. */
  readonly commit: Sha;
  /** Whoever asked for it, and counts as its author. */
  readonly asker: Actor;
  /** All whose change it is about: none of their approvals counts. */
  readonly authors: readonly Actor[];
  /** Are these all? */
  readonly complete: boolean;
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** Our commit; null: not made yet. */
  readonly head: Sha | null;
  /** Of the pull request; null: not opened yet. */
  readonly number: number | null;
  readonly lasting: Lasting;
  /** Unix milliseconds. */
  readonly at: number;
}

export const rollbackBranch = (pullNumber: number): string => `tidegate/revert-${pullNumber}`;

/** Of one pull request; the rest is counted. */
export const keptLosses = 100;
