import type { Sha } from './ids.ts';

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
