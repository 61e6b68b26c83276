/** A channel may be away for so long (milliseconds): what it did not take by then is given up, and shown as such. */
export const patience = 3 * 24 * 3_600_000;

const firstRestMs = 2_000;
const longestRestMs = 15 * 60_000;

/**
 * How long a channel is left alone after so many failures in a row: twice as long each time, a quarter of an hour at most.
 *
 * @param failures 1 or more
 */
export const restMs = (failures: number): number =>
  Math.min(longestRestMs, firstRestMs * 2 ** Math.min(failures - 1, 20));

/** What comes and goes is told once within this time. */
export const calmMs = 6 * 3_600_000;

/** States of a thing that may come and go by themselves, and in what another one of them ends. */
const flapping: ReadonlySet<string> = new Set(['drift.detected']);
const ending: ReadonlySet<string> = new Set([
  'drift.detected',
  'drift.resolved',
  'drift.pending',
  'drift.unknown',
  'drift.ended',
]);

/** Does it say that what is held back of the same thing is over, or another one? */
export const endsHeld = (type: string): boolean => ending.has(type);

/**
 * Until when it is held back, because just the same was told a short while ago; null: it is told at once. What is still so then is told.
 *
 * @param toldAt when the same was told last, as far as is known; Unix milliseconds, as `now`
 */
export const heldUntil = (type: string, toldAt: number | null, now: number): number | null => {
  if (toldAt === null || !flapping.has(type)) return null;
  // A clock that was set back holds it no longer than one that was right.
  const until = Math.min(toldAt, now) + calmMs;
  return until > now ? until : null;
};
