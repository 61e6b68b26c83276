import type { Verb } from './command.ts';

const second = 1_000;

/** What somebody wanted an hour ago may be the wrong thing now. */
export const longestDelayMs = 60 * 60 * second;

/** They change nothing, or keep something from being changed. */
const harmless: readonly Verb[] = ['plan', 'status', 'why', 'help', 'suspend'];

/** Was this written too long ago to be done unasked? What only looks may come late; what changes something may not. */
export const isTooLate = (verb: Verb, ageMs: number): boolean =>
  !harmless.includes(verb) && ageMs > longestDelayMs;

/**
 * When a comment was written, by our clock, at the latest (Unix milliseconds).
 *
 * @param ageMs by the forge's own clock, which knows whole seconds
 */
export const writtenAt = (now: number, ageMs: number, receivedAt: number): number =>
  Math.min(receivedAt, now - Math.max(ageMs - second, 0));
