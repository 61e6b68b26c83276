import type { components } from '@octokit/openapi-types';
import type { Account, Pull } from '../state.ts';

/** Why a pull request left the queue, as `pull_request.dequeued` says it. */
export type LeaveReason = components['schemas']['webhook-pull-request-dequeued']['reason'];

/** A branch of the queue's own that shows what the base branch would be with an entry and all before it. */
export interface MergeGroup {
  /** `refs/heads/gh-readonly-queue/BASE/pr-N-SHA`; the sha is `base`. */
  readonly ref: string;
  /** What it was made on: the tip of the base branch, or the head of the group before. */
  readonly base: string;
  readonly head: string;
  /** What was not reported by now has failed. */
  isLate: boolean;
}

export interface QueueEntry {
  readonly pull: Pull;
  /** Who put it in. */
  readonly by: Account;
  /** What it was put in with: it leaves when the head is another one. */
  readonly headSha: string;
  group: MergeGroup | null;
}

/** The pull requests that wait to be merged into one branch, the next one first. */
export interface MergeQueue {
  readonly branch: string;
  entries: readonly QueueEntry[];
  /** Groups of those that were taken out, until their branches are gone. */
  left: readonly MergeGroup[];
  /** Groups that are too small have waited long enough for more. */
  hasWaited: boolean;
  /** Unix milliseconds of the newest commit made. */
  lastCommitAt: number;
}
