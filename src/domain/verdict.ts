import type { Problem } from './problem.ts';

/** The outcome of a requirement, with the facts it saw; a tree, so that it explains itself. */
export interface Verdict {
  readonly name: string;
  readonly holds: boolean;
  /** What was seen, for people: "approved by ada on 1a2b3c". */
  readonly because: string;
  /** Set where it does not hold. */
  readonly problem: Problem | null;
  readonly parts: readonly Verdict[];
}
