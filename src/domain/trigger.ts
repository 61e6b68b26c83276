import type { PressId, ProjectKey, RunId, Sha } from './ids.ts';
import type { Actor, PullRef } from './pull.ts';

/** Why we woke. A webhook is only a hint: it says where to look, facts are read fresh. */
export type Trigger =
  | {
      readonly kind: 'pull';
      readonly reason: 'opened' | 'reopened' | 'synchronize' | 'ready_for_review' | 'base_edited' | 'closed';
      readonly pull: PullRef;
      readonly sender: Actor;
    }
  | {
      readonly kind: 'comment';
      readonly pull: PullRef;
      /** It is on an issue, of which most have nothing to do with us. */
      readonly onIssue?: true;
      readonly sender: Actor;
      readonly commentId: number;
      /** The text as it was when the comment was created; later edits never count. */
      readonly body: string;
      /** Id of the GitHub App the comment was written through, if any. */
      readonly viaAppId: number | null;
    }
  /** What rules look at may have changed: a review, or a comment of an App that somebody else edited or deleted. */
  | {
      readonly kind: 'rules';
      readonly reason: 'review' | 'comment_edited';
      readonly pull: PullRef;
      readonly onIssue?: true;
      /** Who did it. */
      readonly sender: Actor;
      /** The comment; null for a review. */
      readonly commentId: number | null;
      /** Id of the GitHub App that the comment was written through; null for a review. */
      readonly viaAppId: number | null;
    }
  /** Somebody pressed a button of a check, or asked for checks to run again. Apps are only told of their own. */
  | {
      readonly kind: 'button';
      readonly pull: PullRef;
      readonly sender: Actor;
      readonly pressId: PressId;
      /** Id of the GitHub App whose check it is. */
      readonly appId: number;
      /** The check's name; null: all checks of the commit. */
      readonly check: string | null;
      /** The check's commit, which may be no head any more. */
      readonly headSha: Sha;
      /** What we gave the button; null: to run again. */
      readonly identifier: string | null;
    }
  /** A merge queue asks for our checks on a commit, or takes it apart again. */
  | {
      readonly kind: 'group';
      readonly reason: 'checks_requested' | 'destroyed';
      /** Whose turn in the queue it is. */
      readonly pull: PullRef;
      readonly commit: Sha;
      /** Without `refs/heads/`. */
      readonly branch: string;
    }
  /** A branch was moved, by a merge or by anybody who may push. */
  | {
      readonly kind: 'push';
      /** Its number is `noPull`. */
      readonly pull: PullRef;
      /** Without `refs/heads/`. */
      readonly branch: string;
      /** Null: the branch is new. */
      readonly before: Sha | null;
      /** Null: the branch is gone. */
      readonly after: Sha | null;
      /** Was it the default branch then? Null: not known. */
      readonly isDefault: boolean | null;
      /** Null: not known. */
      readonly sender: Actor | null;
    }
  /** A tag was made, moved or deleted, or several were. */
  | {
      readonly kind: 'tags';
      /** Its number is `noPull`. */
      readonly pull: PullRef;
    }
  /** Ours: what a push left undone may be done, or may have been a merge after all. */
  | {
      readonly kind: 'pending';
      /** Its number is `noPull`. */
      readonly pull: PullRef;
      /** The pull request that may have done it; null: whichever did. */
      readonly of: number | null;
    }
  /** Ours: a lock that this pull request waits for became free. */
  | { readonly kind: 'lock_freed'; readonly pull: PullRef; readonly project: ProjectKey }
  /** Ours: an apply was refused because what was planned is no longer what would be applied. */
  | { readonly kind: 'stale'; readonly pull: PullRef; readonly project: ProjectKey }
  /** Ours: nothing of that project is left to do, so that what uses its outputs may be planned. */
  | { readonly kind: 'stage'; readonly pull: PullRef; readonly project: ProjectKey }
  /** Ours: a merge asks for an apply of that project, or something that stood in its way may be gone. */
  | { readonly kind: 'due'; readonly pull: PullRef; readonly project: ProjectKey }
  /** Ours: that project is planned, and the plan may be one that is applied without a command. */
  | { readonly kind: 'ready'; readonly pull: PullRef; readonly project: ProjectKey }
  /** Ours: what drifts of that project may be put back without a command, on the issue that tells of it. */
  | { readonly kind: 'correct'; readonly pull: PullRef; readonly project: ProjectKey }
  /** Ours: a pull request that is merged by itself may be ready, or what kept it may be gone. */
  | { readonly kind: 'automerge'; readonly pull: PullRef }
  /** Ours: nobody knows how that apply ended, and its state has not been looked at since. */
  | { readonly kind: 'look'; readonly pull: PullRef; readonly runId: RunId };

/** One webhook as it is stored before it is answered. */
export interface Delivery {
  /** `X-GitHub-Delivery`; the same again on a redelivery. */
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  /** `owner/name`, null for events of no repository. */
  readonly repository: string | null;
  /** Null: an event that never asks anything of us. It is recorded all the same. */
  readonly trigger: Trigger | null;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}
