import {
  type Bucket,
  type BucketRule,
  bucketReadyAt,
  type Spent,
  spendInWindow,
  takeToken,
  type WindowRule,
  windowReadyAt,
} from './pacing.ts';
import { reportPriority } from './report-priority.ts';

/** How much may be written to the forge. Below GitHub's own numbers, which people share with us. */
export interface Pace {
  /** Writes on one pull request. */
  readonly pull: BucketRule;
  /** Things made or said anew, by one installation. */
  readonly madePerMinute: number;
  readonly madePerHour: number;
  /** GitHub's points: a read is one, a write five. The rest of the server reads as well. */
  readonly pointsPerMinute: number;
  /** Pull requests that are written to at the same moment, of one installation. */
  readonly sideBySide: number;
  /** How long after a limit writes go one by one. */
  readonly easedForMs: number;
}

/**
 * GitHub has 80 a minute and 500 an hour, 900 points a minute, 100 calls side by side:
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
export const githubPace: Pace = {
  pull: { burst: 5, perSecond: 1 },
  madePerMinute: 60,
  madePerHour: 400,
  pointsPerMinute: 700,
  sideBySide: 20,
  easedForMs: 60_000,
};

/** For a forge without limits. What it says all the same is obeyed. */
export const unlimitedPace: Pace = {
  pull: { burst: 1_000, perSecond: 1_000 },
  madePerMinute: 100_000,
  madePerHour: 1_000_000,
  pointsPerMinute: 1_000_000,
  sideBySide: 20,
  easedForMs: 0,
};

/** One write that is to be sent. */
export interface Write {
  readonly priority: number;
  /** Makes a thing or edits a comment. Bringing a check up to date does neither. */
  readonly makes: boolean;
  /** A comment: what people wait for. */
  readonly isComment: boolean;
  /** Waited longest of all. */
  readonly oldest: boolean;
}

const minute: Omit<WindowRule, 'most'> = { spanMs: 60_000 };
const hour: Omit<WindowRule, 'most'> = { spanMs: 3_600_000 };
/** The write itself, the look at the pull request, and a look for the thing where it may be gone. */
const pointsOf = 7;

/** All times are milliseconds of a clock that never goes back. */
export interface WriteBudget {
  readonly made: Spent;
  readonly points: Spent;
  /** Nothing is sent before: GitHub said so. */
  readonly closedUntil: number;
  /** Limits in a row, without a write between them that went through. */
  readonly strikes: number;
  /** Until then writes go one by one, a second apart: after a limit not everything bursts out. */
  readonly easedUntil: number;
  readonly lastWriteAt: number;
}

/** @param made what the last server wrote within the last hour */
export const freshBudget = (made: Spent = []): WriteBudget => ({
  made,
  points: [],
  closedUntil: 0,
  strikes: 0,
  easedUntil: 0,
  lastWriteAt: Number.NEGATIVE_INFINITY,
});

/** How much of a window each may use up: what is urgent finds room that the rest must leave. */
const shareOf = ({ priority, oldest }: Write): number => {
  if (oldest || priority >= reportPriority.result) return 1;
  if (priority >= reportPriority.answer) return 0.9;
  return priority >= reportPriority.plan ? 0.8 : 0.5;
};

const easedApartMs = 1_000;

/** When this installation may send the write; `now` or later. */
export const budgetReadyAt = (pace: Pace, budget: WriteBudget, write: Write, now: number): number => {
  const share = shareOf(write);
  const made = write.makes ? 1 : 0;
  return Math.max(
    now,
    budget.closedUntil,
    now < budget.easedUntil ? budget.lastWriteAt + easedApartMs : now,
    windowReadyAt({ ...minute, most: pace.madePerMinute }, budget.made, made, share, now),
    windowReadyAt({ ...hour, most: pace.madePerHour }, budget.made, made, share, now),
    windowReadyAt({ ...minute, most: pace.pointsPerMinute }, budget.points, pointsOf, share, now),
  );
};

/** Right before the write: one that fails has been counted by GitHub as well. */
export const spendWrite = (budget: WriteBudget, write: Write, now: number): WriteBudget => ({
  ...budget,
  made: spendInWindow({ ...hour, most: 0 }, budget.made, write.makes ? 1 : 0, now),
  points: spendInWindow({ ...minute, most: 0 }, budget.points, pointsOf, now),
  lastWriteAt: now,
});

const longestStrikeMs = 15 * 60_000;

/**
 * GitHub refused for a limit. Its own word on how long counts; where it asks for a minute or more again and again, the
 * wait doubles, as GitHub wants it.
 */
export const limitHit = (pace: Pace, budget: WriteBudget, waitMs: number, now: number): WriteBudget => {
  // Several calls were on their way: they are one limit.
  const strikes = now < budget.closedUntil ? budget.strikes : budget.strikes + 1;
  const doubled = waitMs < 60_000 ? waitMs : Math.min(waitMs * 2 ** (strikes - 1), longestStrikeMs);
  const closedUntil = Math.max(budget.closedUntil, now + Math.max(waitMs, doubled));
  return { ...budget, strikes, closedUntil, easedUntil: closedUntil + pace.easedForMs };
};

export const wentThrough = (budget: WriteBudget): WriteBudget =>
  budget.strikes === 0 ? budget : { ...budget, strikes: 0 };

/** How many pull requests of the installation may be written to at the moment. The first after a limit goes alone. */
export const sideBySide = (pace: Pace, budget: WriteBudget): number =>
  budget.strikes > 0 ? 1 : pace.sideBySide;

/** Tokens that a write must leave in its pull request's bucket for what people wait for. */
const keptBy = ({ priority, isComment }: Write): number => {
  if (priority <= reportPriority.progress) return 2;
  return priority === reportPriority.plan && !isComment ? 1 : 0;
};

/** When the pull request may get the write; `now` or later. */
export const pullReadyAt = (pace: Pace, bucket: Bucket, write: Write, now: number): number =>
  bucketReadyAt(pace.pull, bucket, Math.min(keptBy(write), pace.pull.burst - 1), now);

export const spendOnPull = (pace: Pace, bucket: Bucket, now: number): Bucket =>
  takeToken(pace.pull, bucket, now);

/** What GitHub's last answer said of the hourly limit. */
export interface PrimaryLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Unix milliseconds. */
  readonly resetsAt: number;
}

/** With less than a fifth of the hourly limit left, progress waits until it begins anew: results need the rest. */
export const isShed = (primary: PrimaryLimit | null, priority: number, wall: number): boolean =>
  primary !== null &&
  priority <= reportPriority.progress &&
  wall < primary.resetsAt &&
  primary.remaining < primary.limit * 0.2;
