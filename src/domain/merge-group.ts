import type { PlanDigest, Sha } from './ids.ts';
import type { RepoRef } from './pull.ts';

export const groupStates = ['checking', 'passed', 'failed', 'over'] as const;
/** `over`: the queue took it apart before we knew. */
export type GroupState = (typeof groupStates)[number];

/** What was found of one project on the commit of a merge queue. */
export interface GroupAnswer {
  /** Its name. */
  readonly project: string;
  /** Could it be planned there? */
  readonly planned: boolean;
  readonly holds: boolean;
  /** A phrase behind the project's name. */
  readonly because: string;
}

/** What a merge queue would make of the base branch with one pull request more, and what we say of it. */
export interface MergeGroup {
  readonly repo: RepoRef;
  readonly pullNumber: number;
  /** Its commit. */
  readonly commit: Sha;
  /** The branch that it is on, without `refs/heads/`. */
  readonly branch: string;
  /** Head of the pull request when it was looked at; null before. */
  readonly headSha: Sha | null;
  readonly state: GroupState;
  readonly answers: readonly GroupAnswer[];
}

/** What the plan on that commit has to be. */
export type Expected =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'same'; readonly digest: PlanDigest }
  /** It is planned after the merge, when what it uses was applied: nothing can be said of it before. */
  | { readonly kind: 'later'; readonly because: string }
  /** Whatever it is, the pull request is not ready. */
  | { readonly kind: 'refused'; readonly because: string };

/** What was planned on the commit of a queue. */
export interface PlannedThere {
  readonly digest: PlanDigest;
  readonly hasChanges: boolean;
}

/** Is it what people saw, or what is in the world already? */
export const judgeThere = (
  project: string,
  expected: Extract<Expected, { readonly kind: 'nothing' | 'same' }>,
  there: PlannedThere,
): GroupAnswer => {
  const say = (holds: boolean, because: string): GroupAnswer => ({ project, planned: true, holds, because });
  if (expected.kind === 'same')
    return there.digest === expected.digest
      ? say(true, 'planned as it was agreed to')
      : say(false, 'its plan on the commit of the queue is not the one that was agreed to');
  return there.hasChanges
    ? say(false, 'its plan on the commit of the queue changes something, and nothing of it was left to apply')
    : say(true, 'nothing to change');
};
