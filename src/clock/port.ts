/** Time as the rest of the house sees it. Nobody else calls `Date.now` or `setTimeout`. */
export interface Clock {
  /** Unix milliseconds. For records and for people; may jump. */
  now(): number;
  /** Milliseconds since some start; never goes back. For durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`, or at once (without an error) when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
