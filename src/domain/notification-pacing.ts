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
