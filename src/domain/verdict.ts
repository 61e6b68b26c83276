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
  /** Where it is asked for: a line of a file; null where the house asks. */
  readonly source: string | null;
  /** What is missing, behind "waits for": "1 of 2 reviews by acme/database". Null where it holds, or where waiting does not help. */
  readonly needs: string | null;
}

export const yes = (
  name: string,
  because: string,
  more: Partial<Pick<Verdict, 'parts' | 'source'>> = {},
): Verdict => ({
  name,
  holds: true,
  because,
  problem: null,
  parts: [],
  source: null,
  needs: null,
  ...more,
});

export const no = (
  name: string,
  because: string,
  problem: Problem,
  more: Partial<Pick<Verdict, 'parts' | 'source' | 'needs'>> = {},
): Verdict => ({ name, holds: false, because, problem, parts: [], source: null, needs: null, ...more });

/** All of them must hold; the first that does not says why. */
export const allOf = (
  name: string,
  parts: readonly Verdict[],
  more: Partial<Pick<Verdict, 'source'>> = {},
): Verdict => {
  const bad = parts.find((part) => !part.holds);
  const needs = parts.flatMap((part) => part.needs ?? []);
  return {
    name,
    holds: bad === undefined,
    because: bad === undefined ? 'everything that is asked for holds' : bad.because,
    problem: bad?.problem ?? null,
    parts,
    source: null,
    needs: needs.length === 0 ? null : needs.join(', '),
    ...more,
  };
};
