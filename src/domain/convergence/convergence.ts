import type { ProjectKey, RunId } from '../ids.ts';
import type { RepoRef } from '../pull.ts';
import type { Left } from './left.ts';

/**
 * What the plan after an apply came to. `settled`: nothing is left to change but what is known to differ every time · `remains`:
 * something is · `unchecked`: nobody knows, for `because` · `superseded`: something else was done to the project before it was known.
 */
export const convergenceOutcomes = ['settled', 'remains', 'unchecked', 'superseded'] as const;
export type ConvergenceOutcome = (typeof convergenceOutcomes)[number];

/**
 * Why something is left. `unsettled`: the apply has set just that, as the one before it had, and the tool wants to set it again, time
 * after time · `once`: the same of one apply: that may be so every time, or somebody's hand · `changing`: the apply has made it, and it is another thing at each look · `deferred`: the plan that was applied says that it needs
 * another one · `elsewhere`: the apply did not touch it, so it was somebody else.
 */
export const remainsKinds = ['unsettled', 'once', 'changing', 'deferred', 'elsewhere'] as const;
export type RemainsKind = (typeof remainsKinds)[number];

export interface Remaining extends Left {
  readonly kind: RemainsKind;
}

/** Whether an apply brought the world to where it was to be: a second plan, under the same lock. Times are Unix milliseconds. */
export interface Convergence {
  /** The apply. */
  readonly run: RunId;
  readonly project: ProjectKey;
  readonly repo: RepoRef;
  readonly pullNumber: number;
  readonly since: number;
  /** Not looked any more behind that: the lock is not held for ever. */
  readonly until: number;
  /** When to look next. */
  readonly dueAt: number;
  /** Looks that were begun, those that a killed server left as well. */
  readonly looks: number;
  /** What the first look left; null: there was none yet. */
  readonly first: readonly Left[] | null;
  /** The lock was to be given back meanwhile, and goes with its end. */
  readonly endsLock: boolean;
  /** Null while it is open. */
  readonly outcome: ConvergenceOutcome | null;
  readonly remaining: readonly Remaining[];
  /** What differs every time and was known to: it is not told again. */
  readonly unsettled: number;
  /** Printable; null where it says all by itself. */
  readonly because: string | null;
  readonly endedAt: number | null;
}

const leastMs = 10 * 60_000;
/** What comes right by itself does so within that, or is told. */
export const pauseMs = 30_000;
/** A look that kills the server must not be begun for ever. */
export const mostLooks = 4;

/** How long the end of an apply is looked at: as long as three of its plans take, ten minutes at least. */
const longestMs = (planMs: number): number => Math.max(leastMs, 3 * planMs);

export const newConvergence = (
  of: Pick<Convergence, 'run' | 'project' | 'repo' | 'pullNumber'>,
  planMs: number,
  at: number,
): Convergence => ({
  ...of,
  since: at,
  until: at + longestMs(planMs),
  dueAt: at,
  looks: 0,
  first: null,
  endsLock: false,
  outcome: null,
  remaining: [],
  unsettled: 0,
  because: null,
  endedAt: null,
});
