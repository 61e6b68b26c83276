import type { BatchId, PressId, ProjectKey, Sha, TreeId } from './ids.ts';
import type { Problem } from './problem.ts';
import type { Project } from './project.ts';
import type { Actor, RepoRef } from './pull.ts';
import type { BreakGlass } from './rules/break-glass.ts';
import type { RunVerb } from './run.ts';
import type { Held } from './trust/finding.ts';
import type { UnreadTool } from './unread-tools.ts';

/** A project that was looked at and is not planned, with the reason for people. */
export interface Skipped {
  readonly name: string;
  readonly dir: string;
  readonly workspace: string;
  readonly reason: string;
  /** The base branch has it and the head does not. */
  readonly removed: boolean;
}

/** Settings that the head names and that only the base branch and the server decide: they count after the merge. */
export interface NotTaken {
  readonly name: string;
  readonly keys: readonly string[];
}

/** A project that was meant and is not run. */
export interface LeftOut {
  /** Its name. */
  readonly project: string;
  readonly problem: Problem;
  /** Of a plan: what would have to happen first, a phrase behind "waits for". */
  readonly needs?: string;
}

/** What a pull request does beyond its own projects. */
export interface BatchNotes {
  /** The first calls that it adds or changes of modules in other repositories which may be something else at the next plan. */
  readonly moving: readonly Moving[];
  readonly moreMoving: number;
  /** Projects of other repositories that use what it changes, as far as they may be shown; null where there are none. */
  readonly usedBy: { readonly projects: number; readonly repositories: number } | null;
  /**
   * Files of other tools that it changes, and nothing reads; null where there are none, or the operator allows it. `ask`: the
   * repository has no project either, and somebody has to say that this is right.
   */
  readonly unread: {
    readonly tools: readonly UnreadTool[];
    readonly answer: 'tell' | 'fail' | 'ask';
  } | null;
}

interface Moving {
  readonly path: string;
  readonly line: number | null;
  /** As it is written. */
  readonly source: string;
  /** Why it may be something else, a phrase. */
  readonly moves: string;
}

export const applyCauses = ['command', 'merge', 'rule', 'rebuild', 'drift'] as const;
export type ApplyCause = (typeof applyCauses)[number];

/** All runs of one command on one commit. */
export interface Batch {
  readonly id: BatchId;
  readonly repositoryId: number;
  /** Names and installation as they were when this was asked. */
  readonly repo: RepoRef;
  readonly pullNumber: number;
  readonly verb: RunVerb;
  readonly headSha: Sha;
  readonly baseSha: Sha;
  /** Null where base and head do not merge. */
  readonly tree: TreeId | null;
  /** Null for what Tidegate started by itself. */
  readonly actor: Actor | null;
  /** The comment that asked, if one did. Unique: one comment is one command, however often it is delivered. */
  readonly commentId: number | null;
  /** Why an apply begins: somebody's command, a merge, a rule that lets it begin by itself, somebody's word for all of an environment, or drift that is put back by itself. Plans: `command`. */
  readonly cause: ApplyCause;
  /** Of an apply: an administrator's word to go past what rules ask for; absent: it was not said. */
  readonly breakGlass?: BreakGlass;
  /** The press of a button that asked, if one did. Unique, as a comment is. */
  readonly press?: PressId | null;
  /** Every project this pull request affects at this commit, whether this batch runs it or not. */
  readonly affected: readonly Project[];
  /**
   * Projects that use outputs of these, directly or through others, and that nothing else affects. Those of them of which it is known
   * that an output they use changes are among `affected` as well. Absent: there are none.
   */
  readonly followers?: readonly Project[];
  /** Those of `affected` that this batch runs. */
  readonly selected: readonly ProjectKey[];
  readonly skipped: readonly Skipped[];
  readonly notTaken: readonly NotTaken[];
  /** Rules that this pull request adds, changes or takes away: they count after the merge. */
  readonly rulesAfterMerge: number;
  /**
   * Of an apply: projects that were asked for and were not ready, with what to say of them. Of a plan: those that may not be
   * planned before something happens.
   */
  readonly left: readonly LeftOut[];
  /** Projects that are not planned because of what their code brings. */
  readonly held: readonly Held[];
  /** Of a plan; absent where there is nothing to tell. */
  readonly notes?: BatchNotes;
  /** Why nothing at all was run, if so. */
  readonly problem: Problem | null;
  readonly createdAt: number;
}
