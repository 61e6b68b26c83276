import type { Sha } from './ids.ts';
import type { RepoRef } from './pull.ts';

export const mergeMethods = ['merge', 'squash', 'rebase'] as const;
export type MergeMethod = (typeof mergeMethods)[number];

/** How a pull request can be merged now. */
export interface MergeWay {
  readonly headSha: Sha;
  /** What the repository and the rules of its base branch let through, as far as the forge tells; in the order of `mergeMethods`. */
  readonly methods: readonly MergeMethod[];
  /** `required`: merges are made by a merge queue, by a method of its own. `waiting`: the pull request is in it already. */
  readonly queue: 'none' | 'required' | 'waiting';
}

/** What became of the wish to merge. */
export type MergeAnswer =
  | { readonly kind: 'merged'; readonly commit: Sha }
  /** It waits in the merge queue of its base branch. */
  | { readonly kind: 'queued' }
  /** Nothing was done; `reason` in the forge's own words. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The one that was asked for, where it is let through; else the first that is. Null: none is. */
export const methodFor = (wished: MergeMethod | null, methods: MergeWay['methods']): MergeMethod | null =>
  wished !== null && methods.includes(wished) ? wished : (methods[0] ?? null);

/** A project's word that its pull request is merged by itself. */
export interface Automerge {
  /** Null: whichever is let through. */
  readonly method: MergeMethod | null;
}

/** How it stands with a pull request that is to be merged by itself. There is none where nothing was ever tried. */
export interface MergeAsk {
  readonly repo: RepoRef;
  readonly pullNumber: number;
  readonly headSha: Sha;
  /**
   * `waiting`: a run ended since it was tried last. `refused`: by the forge. `queued`: it was put into the merge queue.
   * `left`: and was taken out of it.
   */
  readonly outcome: 'waiting' | 'refused' | 'queued' | 'left';
  /** The forge's own words for a refusal; null: there are none. */
  readonly reason: string | null;
  /** When this head began to wait; Unix milliseconds, as below. */
  readonly since: number;
  /** When it was tried last, or began to wait. */
  readonly at: number;
}

const soonestMs = 60_000;
const latestMs = 30 * 60_000;

/**
 * When it is tried again if nothing happens until then, Unix milliseconds: what the forge waits for (a check of somebody else's) is
 * not always told to us. The longer it has waited, the seldomer.
 */
export const nextAskAt = ({ since, at }: Pick<MergeAsk, 'since' | 'at'>): number =>
  at + Math.min(latestMs, Math.max(soonestMs, (at - since) / 2));
