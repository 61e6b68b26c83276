import type { ProjectKey, Sha } from '../ids.ts';
import type { Actor, RepoRef } from '../pull.ts';
import { dayMs } from './correction.ts';

/**
 * How a pull request of our own has an end put to drift. `restore`: the world is brought back to what Git says · `adopt`: Git is brought
 * to what is there. One of each may be open for a project.
 */
export const driftWays = ['restore', 'adopt'] as const;
export type DriftWay = (typeof driftWays)[number];

/** What is kept true of one on GitHub, by the kind of its report. */
export const driftPullThings = { restore: 'drift-pull', adopt: 'adopt-pull' } as const;

/** How one ended. `clean`: by us, because the world is as Git says · `closed`, `merged`: by people. */
export const driftPullEnds = ['clean', 'closed', 'merged'] as const;
export type DriftPullEnd = (typeof driftPullEnds)[number];

/** A pull request of our own about the drift of one project. */
export interface DriftPull {
  readonly project: ProjectKey;
  readonly repo: RepoRef;
  /** The project's name when it was opened, for people. */
  readonly name: string;
  /** Counted from 1 over both ways, for as long as the project lives. */
  readonly attempt: number;
  readonly way: DriftWay;
  /** The issue that tells of the drift. */
  readonly issue: number;
  /** What it changes, paths of the repository; none where it puts back. */
  readonly files: readonly string[];
  /** Of the drift that it tells of; null where none was known. */
  readonly fingerprint: string | null;
  /** Whoever asked for it, and counts as its author: a person, or ourselves. */
  readonly asker: Actor;
  /** Why, in words of whoever asked; may be empty. */
  readonly reason: string;
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** Our commit; null: not made yet. */
  readonly head: Sha | null;
  /** Of the pull request; null: not opened yet. */
  readonly number: number | null;
  readonly ended: DriftPullEnd | null;
  /** Unix milliseconds. */
  readonly endedAt: number | null;
  /** When the world was found to be as it was applied, since it ended or as its end; Unix milliseconds. */
  readonly cleanAt: number | null;
  /** When it was asked for, Unix milliseconds. */
  readonly at: number;
}

export const driftBranch = (issue: number, attempt: number, way: DriftWay): string =>
  `tidegate/drift-${issue}${way === 'restore' ? '' : `-${way}`}${attempt === 1 ? '' : `-${attempt}`}`;

/** The newest one of a way; `all` is of one project, newest first. */
export const newestOf = (all: readonly DriftPull[], way: DriftWay): DriftPull | null =>
  all.find((one) => one.way === way) ?? null;

/** Number of the one that is open for a project in this way; null: none is, as far as we heard. */
export const openNumberOf = (all: readonly DriftPull[], way: DriftWay): number | null => {
  const newest = newestOf(all, way);
  return isOpenPull(newest) ? newest.number : null;
};

/** Is it open, as far as we heard? */
export const isOpenPull = (
  one: DriftPull | null,
): one is DriftPull & { readonly number: number; readonly ended: null } =>
  one !== null && one.number !== null && one.ended === null;

/**
 * The one that keeps us from opening another for the same drift: people have closed or merged it, and the world was not right since, or
 * that was within this day. Who does not want it must not have to say so each time it comes back.
 */
export const refusedBy = (
  all: readonly DriftPull[],
  fingerprint: string,
  now: number,
): { readonly number: number; readonly ended: 'closed' | 'merged' } | null => {
  for (const one of all) {
    const { number, ended, endedAt, cleanAt } = one;
    // Who does not want Git to say what is there has said nothing of putting it back.
    if (one.way !== 'restore') continue;
    if (number === null || ended === null || ended === 'clean' || one.fingerprint !== fingerprint) continue;
    if (cleanAt === null || (endedAt ?? 0) > now - dayMs) return { number, ended };
  }
  return null;
};
