import type { ProjectKey, RunId, Sha } from '../ids.ts';
import type { PlanSummary } from '../plan-summary.ts';
import type { RepoRef } from '../pull.ts';
import type { DriftAction } from './found.ts';

/**
 * What the last look found. `clean`: the world is as the applied version says · `drifted`: it is not · `pending`: nothing was ever
 * applied here, and there is something to apply, which is no drift · `failed`: the look did not come to an end · `unknown`: nobody
 * looked yet, or what was found does not say.
 */
export const driftStatuses = ['clean', 'drifted', 'pending', 'failed', 'unknown'] as const;
export type DriftStatus = (typeof driftStatuses)[number];

/** Why a look that was due was not begun, as the end of "not looked at, because …". */
export interface PutOff {
  readonly because: string;
  /** Since when, Unix milliseconds. */
  readonly since: number;
  /** Not tried again before. */
  readonly until: number;
}

/** A look that is going on. */
export interface UnderWay {
  readonly look: RunId;
  readonly since: number;
}

/** What is kept of a project of how the world stands to its applied version. Times are Unix milliseconds. */
export interface Drift {
  readonly project: ProjectKey;
  readonly repo: RepoRef;
  readonly name: string;
  /** Full name of the branch or tag that it goes by. */
  readonly ref: string;
  readonly status: DriftStatus;
  /** Since when it has this status, and drifts in the same way. */
  readonly since: number;
  /** Equal for drift in the same things in the same way, whatever the values are; null where there is none. */
  readonly fingerprint: string | null;
  /** Looks in a row that found drift, the same or another. */
  readonly consecutive: number;
  /** When the last look ended; null: none did. */
  readonly checkedAt: number | null;
  /** The moment of its schedule that the last look was begun for; null: none was. */
  readonly tickAt: number | null;
  /** When the next is to begin, as far as is known. */
  readonly dueAt: number;
  /** Somebody wants to know now: a person, or an apply that ended. */
  readonly askedAt: number | null;
  readonly underWay: UnderWay | null;
  readonly putOff: PutOff | null;
  /** At which commit was looked; null: nobody looked, or not at one. */
  readonly commit: Sha | null;
  /** Changes that are drift, by what would put them right. */
  readonly counts: Readonly<Partial<Record<DriftAction, number>>>;
  /** Changes that are passed over, because somebody said so. */
  readonly ignored: number;
  /** Changes that an apply would only make again: attributes that differ after each one. */
  readonly unsettled: number;
  /** Outputs that differ; alone they are no drift. */
  readonly outputs: number;
  /** The plan that the look made; null where it has nothing to show. */
  readonly summary: PlanSummary | null;
  /** Why it failed, or is not known; printable. */
  readonly because: string | null;
}

/** What a look came to. */
export type Seen = Pick<
  Drift,
  'status' | 'fingerprint' | 'counts' | 'ignored' | 'unsettled' | 'outputs' | 'summary' | 'because' | 'commit'
>;

/** Of a project that nobody looked at yet. */
export const unseen = (
  of: Pick<Drift, 'project' | 'repo' | 'name' | 'ref' | 'dueAt'>,
  at: number,
): Drift => ({
  ...of,
  status: 'unknown',
  since: at,
  fingerprint: null,
  consecutive: 0,
  checkedAt: null,
  tickAt: null,
  askedAt: null,
  underWay: null,
  putOff: null,
  commit: null,
  counts: {},
  ignored: 0,
  unsettled: 0,
  outputs: 0,
  summary: null,
  because: null,
});

/** Did something happen that people, or other programs, are told of? What is only looked at again is no news. */
export const isNews = (before: Drift | null, after: Drift): boolean =>
  before === null
    ? after.checkedAt !== null
    : before.status !== after.status || before.fingerprint !== after.fingerprint;

/**
 * The row after a look. One that failed says nothing of the world: what is known of drift stays, so that a failure between two looks that
 * find the same makes nobody think that it was put right.
 */
export const afterLook = (before: Drift, seen: Seen, at: number): Drift => {
  const ended = { ...before, underWay: null, putOff: null, checkedAt: at };
  const isBlind = seen.status === 'failed' || seen.status === 'unknown';
  if (isBlind && before.status === 'drifted') return { ...ended, because: seen.because };
  const same = before.status === seen.status && before.fingerprint === seen.fingerprint;
  return {
    ...ended,
    ...seen,
    since: same && before.checkedAt !== null ? before.since : at,
    consecutive: seen.status === 'drifted' ? before.consecutive + 1 : isBlind ? before.consecutive : 0,
  };
};
