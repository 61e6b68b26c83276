import type { Sha } from './ids.ts';

/** A pull request of our own, from a branch that holds nothing but one commit of ours. */
export interface OpenWish {
  readonly commit: Sha;
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

export type OpenAnswer =
  | { readonly kind: 'opened'; readonly number: number }
  /** The App may not push a branch, or may not open pull requests. */
  | { readonly kind: 'not-permitted' }
  /** Somebody else has a branch of that name. */
  | { readonly kind: 'taken' }
  /** The forge says no, in its own words. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What a pull request of our own says, and whether it stays open. */
export interface PullChange {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly state: 'open' | 'closed';
}
