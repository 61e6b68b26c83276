import type { Value } from './value.ts';

/** What is known of a value, and of all that it is made from. */
export interface Result {
  /** Null: it cannot be worked out. */
  readonly known: { readonly value: Value } | null;
  /**
   * Definitions that feed it, each with what it says, whether the value is known or not: two trees with the same feeds give the same
   * value. `wholeTree` alone: any file may be one of them.
   */
  readonly feeds: ReadonlySet<string>;
}

const wholeTree = 'any file of the tree';

/** More than this are as good as all. */
const mostFeeds = 1_000;

const all: ReadonlySet<string> = new Set([wholeTree]);

/** Does only the very same tree give the same value for sure? */
export const mayBeAnyFile = (feeds: ReadonlySet<string>): boolean => feeds.has(wholeTree);

export const feedsOf = (...sets: readonly Iterable<string>[]): ReadonlySet<string> => {
  const feeds = new Set<string>();
  for (const set of sets)
    for (const feed of set) {
      if (feed === wholeTree || feeds.size >= mostFeeds) return all;
      feeds.add(feed);
    }
  return feeds;
};

/** It cannot be worked out, and these feed it. */
export const unknown = (...feeds: readonly string[]): Result => ({ known: null, feeds: new Set(feeds) });

/** It cannot be worked out, and any file may be why. */
export const unknowable: Result = { known: null, feeds: all };

export const constant = (value: Value): Result => ({ known: { value }, feeds: new Set() });

/** So much is worked out for one project, whatever its author wrote. */
export interface Budget {
  /** Parts of expressions that are left. */
  steps: number;
  /** Definitions that lead to each other and are being worked out. */
  depth: number;
}

export const freshBudget = (): Budget => ({ steps: 50_000, depth: 0 });

/** The stack of this process is finite. */
const deepest = 100;

/** One definition further. Unknowable where that is too far. */
export const deeper = (budget: Budget, find: () => Result): Result => {
  if (budget.depth >= deepest) return unknowable;
  budget.depth += 1;
  try {
    return find();
  } finally {
    budget.depth -= 1;
  }
};
