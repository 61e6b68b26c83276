import type { Sha } from '../domain/ids.ts';
import type { Actor, Permission, Pull, PullRef, RepoRef, Review } from '../domain/pull.ts';

/** Where Git fetches from, with the short-lived credential to do it. The token never goes into an argv, a URL or a file. */
export interface Remote {
  readonly url: string;
  readonly token: string;
}

export type Reaction = 'eyes' | '+1' | '-1' | 'confused' | 'rocket';

export interface CommentUpsert {
  /** Id under which it was stored last time, if any. */
  readonly id: number | null;
  /** Hidden text, unique to this thing, that the body holds; finds the comment again when the id was lost. */
  readonly marker: string;
  readonly body: string;
}

export interface CheckUpsert {
  readonly id: number | null;
  readonly headSha: Sha;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** Set exactly when `status` is `completed`. */
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'action_required' | 'cancelled' | null;
  readonly title: string;
  readonly summary: string;
  readonly text: string | null;
  readonly detailsUrl: string | null;
}

export interface Comment {
  readonly author: Actor;
  readonly body: string;
}

/** The pull request host. Every call reads or writes now; nothing is cached beyond tokens. */
export interface Forge {
  pull(ref: PullRef): Promise<Pull>;
  openPulls(repo: RepoRef): Promise<readonly PullRef[]>;
  /** All reviews, oldest first. */
  reviews(ref: PullRef): Promise<readonly Review[]>;
  /** What a user may do in the repository; `none` for strangers. */
  permission(repo: RepoRef, login: string): Promise<Permission>;
  /** A comment of this pull request as it is now; null when it is gone, or is somewhere else's. */
  comment(pull: PullRef, commentId: number): Promise<Comment | null>;
  /**
   * Creates or edits one comment and returns its id. A stored id that is gone is looked for by
   * the marker, in comments written through our own App only.
   */
  upsertComment(pull: PullRef, comment: CommentUpsert): Promise<number>;
  /** Adding the same reaction twice is one reaction. A comment that is gone is not an error. */
  react(repo: RepoRef, commentId: number, reaction: Reaction): Promise<void>;
  /**
   * Creates or updates the check of that name on that commit and returns its id. One that was
   * completed and begins again is a new check, with a new id: completed ones never go back.
   */
  upsertCheck(repo: RepoRef, check: CheckUpsert): Promise<number>;
  remote(repo: RepoRef): Promise<Remote>;
}

/** How a call failed, in the terms a caller can act on. */
export type ForgeFailure =
  /** 404 or 410: gone, or not ours to see. */
  | 'gone'
  /** 422 and other 4xx but 401 and 408: sending it again cannot help. */
  | 'refused'
  /** 403 with rate headers, 429. */
  | 'limited'
  /** 5xx, network, time-out, credentials that do not work now: the call may have had its effect. */
  | 'unavailable';

export class ForgeError extends Error {
  readonly failure: ForgeFailure;
  /** Milliseconds the forge asked us to wait; null where it did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    failure: ForgeFailure,
    message: string,
    retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ForgeError';
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}
