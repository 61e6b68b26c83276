import type { AskId } from '../domain/asked.ts';
import type { Recovery, Selector } from '../domain/command.ts';
import type { PlanDigest, ProjectKey, RunId, Sha } from '../domain/ids.ts';
import type { Operation } from '../domain/operation.ts';
import type { Problem } from '../domain/problem.ts';
import type { Actor, Permission, Pull, RepoRef } from '../domain/pull.ts';
import type { Scope } from '../domain/scope.ts';

/** The comment, or the press of a button, that asked; null for what Tidegate does by itself. */
export interface Asked {
  readonly id: AskId;
  readonly actor: Actor;
  /** The command as it was understood, for answers. */
  readonly text: string;
  /**
   * When the comment was written, by our clock, Unix milliseconds: its writer cannot have seen what came later. Of a press: when we
   * heard of it, for nothing says when it was.
   */
  readonly at: number;
  /** The same by the forge's clock: for what is held against other times of the forge. */
  readonly writtenAt: number;
  /** What the repository lets its writer do, read for this command; absent where nothing asked for it. */
  readonly permission?: Permission;
}

/** About a base branch, and no pull request. Nothing that follows from it begins a run. */
export type BaseWish =
  /** It was moved. */
  | {
      readonly kind: 'push';
      readonly repo: RepoRef;
      readonly branch: string;
      /** Null: the branch was new. */
      readonly before: Sha | null;
      /** Null: the branch was deleted. */
      readonly after: Sha | null;
      /** Who pushed; null where that is not known. */
      readonly by: Actor | null;
      readonly isDefault: boolean;
    }
  /** A tag was made, moved or deleted, or what the repository follows may be another one. */
  | {
      readonly kind: 'tags';
      readonly repo: RepoRef;
      /** The default branch. */
      readonly branch: string;
    }
  /** Ours: what a push left undone may be done. `of`: a pull request that may have done it. */
  | { readonly kind: 'pending'; readonly repo: RepoRef; readonly of: number | null };

/** What a delivery comes down to, after a fresh look at the pull request. */
export type Wish =
  | { readonly kind: 'ignore'; readonly reason: string }
  | { readonly kind: 'close'; readonly pull: Pull }
  | { readonly kind: 'refuse'; readonly pull: Pull; readonly asked: Asked; readonly problem: Problem }
  | { readonly kind: 'help'; readonly pull: Pull; readonly asked: Asked }
  /** Of the pull request, or of all of the repository that is in an environment. */
  | { readonly kind: 'status'; readonly pull: Pull; readonly asked: Asked; readonly environment?: string }
  | { readonly kind: 'why'; readonly pull: Pull; readonly asked: Asked; readonly selector: Selector }
  | {
      readonly kind: 'unlock';
      readonly pull: Pull;
      readonly asked: Asked;
      readonly selector: Selector;
      /** Of a button: only this project's. */
      readonly only?: ProjectKey | null;
    }
  | {
      readonly kind: 'apply';
      readonly pull: Pull;
      readonly asked: Asked;
      readonly selector: Selector;
      /** Every project of this environment, for those whom a rule lets `apply-all`. */
      readonly all?: string;
      /** An administrator goes past what rules ask for, and says why. */
      readonly breakGlass?: { readonly reason: string };
      /** Of a button: only these projects, and these plans of them. */
      readonly shown?: ReadonlyMap<ProjectKey, PlanDigest>;
    }
  | {
      readonly kind: 'operate';
      readonly pull: Pull;
      readonly asked: Asked;
      readonly selector: Selector;
      readonly operation: Operation;
    }
  | {
      readonly kind: 'approve';
      readonly pull: Pull;
      readonly asked: Asked;
      readonly policy: string;
      readonly reason: string;
    }
  /** A pull request of ours for what is left of a merged one. `reason` may be empty. */
  | { readonly kind: 'followup'; readonly pull: Pull; readonly asked: Asked; readonly reason: string }
  /** A pull request of ours that takes a merged one back. `reason` may be empty. */
  | { readonly kind: 'rollback'; readonly pull: Pull; readonly asked: Asked; readonly reason: string }
  /** A pull request of ours that has Git say what is there, of a project that drifts. `reason` may be empty. */
  | { readonly kind: 'adopt'; readonly pull: Pull; readonly asked: Asked; readonly reason: string }
  /** What the pull request does to projects of other repositories. */
  | { readonly kind: 'consumers'; readonly pull: Pull; readonly asked: Asked }
  /** Nothing is applied to these projects for a time. `lastsMs` null: as long as the operator says. */
  | {
      readonly kind: 'suspend';
      readonly pull: Pull;
      readonly asked: Asked;
      readonly selector: Selector;
      readonly lastsMs: number | null;
      readonly reason: string;
    }
  | { readonly kind: 'resume'; readonly pull: Pull; readonly asked: Asked; readonly selector: Selector }
  | { readonly kind: 'trust'; readonly pull: Pull; readonly asked: Asked; readonly commit: string }
  | {
      readonly kind: 'cancel';
      readonly pull: Pull;
      readonly asked: Asked;
      readonly selector: Selector;
      readonly acceptBrokenState: boolean;
    }
  | {
      readonly kind: 'recover';
      readonly pull: Pull;
      readonly asked: Asked;
      readonly selector: Selector;
      /** Null: look again and say. */
      readonly recovery: Recovery | null;
    }
  /** Something that the board tells may have changed; `commentId`: a comment of ours that `by` has edited or deleted. */
  | {
      readonly kind: 'look-again';
      readonly pull: Pull;
      readonly asked: null;
      readonly commentId: number | null;
      readonly by: string;
    }
  /** A merge queue asks for our checks on a commit, or takes it apart again. */
  | {
      readonly kind: 'group';
      readonly pull: Pull;
      readonly asked: null;
      readonly reason: 'checks_requested' | 'destroyed';
      readonly commit: Sha;
      readonly branch: string;
    }
  /** Ours: that project is planned, and may be one to apply without a command. */
  | { readonly kind: 'ready'; readonly pull: Pull; readonly asked: null; readonly project: ProjectKey }
  /** Ours: put back what drifts of that project, if that may be done without a command. */
  | { readonly kind: 'correct'; readonly pull: Pull; readonly asked: null; readonly project: ProjectKey }
  /** Ours: merge it, if it may be merged by itself. */
  | { readonly kind: 'automerge'; readonly pull: Pull; readonly asked: null }
  /** Ours: look at the state of an apply whose outcome is not known. */
  | { readonly kind: 'look'; readonly pull: Pull; readonly asked: null; readonly runId: RunId }
  | {
      readonly kind: 'plan';
      readonly pull: Pull;
      readonly asked: Asked | null;
      readonly selector: Selector;
      /** Only this project; for what Tidegate started by itself, and for buttons. */
      readonly only: ProjectKey | null;
      /** Only what uses outputs of this project and was not planned because of that; for what Tidegate started by itself. */
      readonly after?: ProjectKey;
      /** Only if it still stands in line for that project. */
      readonly inLine: boolean;
      readonly extra: readonly string[];
      readonly scope?: Scope;
    };
