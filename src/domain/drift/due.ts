import { createHash } from 'node:crypto';
import type { Drift } from './drift.ts';
import type { DriftSchedule } from './settings.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** When projects of a runner are looked at where nobody says when. */
const everyMs = (runner: string): number => (runner === 'helm' ? hourMs : dayMs);

/** Which part of a stretch (milliseconds) a text falls on: always the same, and no two of many together. */
export const spreadOver = (text: string, stretchMs: number): number =>
  Math.floor((createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32) * Math.max(0, stretchMs));

/** The moments at which a project is to be looked at. Times are Unix milliseconds. */
export interface Rhythm {
  /** The first one after `at`. */
  next(at: number): number;
}

/** A schedule that never comes has been refused; should it come to one, nothing is looked for within a year. */
const yearMs = 366 * dayMs;

export const rhythmOf = (
  schedule: DriftSchedule | null,
  {
    key,
    runner,
    jitterMs,
    nextTime,
  }: {
    /** Of the project. */
    readonly key: string;
    readonly runner: string;
    readonly jitterMs: number;
    /** The first time of a schedule after `at`; null for never. */
    readonly nextTime: (schedule: DriftSchedule, at: number) => number | null;
  },
): Rhythm => {
  if (schedule === null) {
    const every = everyMs(runner);
    const offset = spreadOver(key, every);
    return { next: (at) => (Math.floor((at - offset) / every) + 1) * every + offset };
  }
  const later = spreadOver(key, jitterMs);
  return { next: (at) => (nextTime(schedule, at - later) ?? at - later + yearMs) + later };
};

type Row = Pick<Drift, 'project' | 'tickAt' | 'askedAt' | 'putOff' | 'dueAt' | 'since'>;

/**
 * When a project is looked at next. Ticks that were missed come to one look. `upSince`: since when we have been counting without a gap; what
 * was due before is spread behind it, so that not everything begins at once after a stop.
 */
export const nextLook = (
  row: Row,
  rhythm: Rhythm,
  { now, upSince, spreadMs }: { readonly now: number; readonly upSince: number; readonly spreadMs: number },
): number => {
  const notBefore = row.putOff?.until ?? 0;
  if (row.askedAt !== null) return Math.max(Math.min(row.askedAt, now), soon(notBefore, now));
  const due = rhythm.next(row.tickAt ?? row.since);
  const spread = due < upSince ? upSince + spreadOver(`${row.project} ${upSince}`, spreadMs) : due;
  return Math.max(spread, soon(notBefore, now));
};

/** Nothing is put off for longer than this. What says so was written under a clock that was wrong. */
const longestPutOffMs = 2 * hourMs;

const soon = (until: number, now: number): number => (until > now + longestPutOffMs ? now : until);

/**
 * What was looked at ahead of the clock on the wall keeps one moment of the schedule from coming twice, where that clock was set back a
 * little, and no more: it may have been a year ahead. True: the row has to forget when that was.
 */
export const isFarAhead = (
  { tickAt, since }: Pick<Row, 'tickAt' | 'since'>,
  rhythm: Rhythm,
  now: number,
): boolean => {
  const last = tickAt ?? since;
  return last > now && rhythm.next(last) > rhythm.next(rhythm.next(now));
};
