import { ForgeError } from '../port.ts';
import { fieldsOf, text } from './fields.ts';

/** What is known of a call that failed. `status` is null where no answer came. */
export interface Failed {
  /** For example `POST /repos/acme/infra/issues/3/comments`. */
  readonly call: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly message: string;
}

const second = 1_000;
/** What GitHub advises where it does not say how long. */
const withoutAdviceMs = 60 * second;
/** Primary limits start anew every hour; a longer wait can only be nonsense. */
const longestMs = 60 * 60 * second;

const number = (value: unknown): number | null => {
  const digits = typeof value === 'number' ? String(value) : text(value);
  return digits !== null && /^\d{1,15}$/.test(digits) ? Number(digits) : null;
};

/** `retry-after` is a number of seconds or a date (RFC 9110, 10.2.3). */
const retryAfter = (header: unknown, now: number): number | null => {
  const seconds = number(header);
  if (seconds !== null) return seconds * second;
  const date = Date.parse(text(header) ?? '');
  return Number.isNaN(date) ? null : date - now;
};

const bounded = (ms: number): number => Math.min(Math.max(ms, second), longestMs);

/**
 * Milliseconds to wait, by the order GitHub gives:
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
 */
const limitedFor = ({ headers }: Failed, now: number): number => {
  // GitHub's own clock where it shows it, so that ours may be wrong.
  const sent = Date.parse(text(headers['date']) ?? '');
  const there = Number.isNaN(sent) ? now : sent;
  const advised = retryAfter(headers['retry-after'], there);
  if (advised !== null) return bounded(advised);
  const reset = number(headers['x-ratelimit-reset']);
  const exhausted = number(headers['x-ratelimit-remaining']) === 0;
  return exhausted && reset !== null ? bounded(reset * second - there) : withoutAdviceMs;
};

/** A 403 is about limits when its headers or, for some secondary limits, only its words say so. */
const isLimit = ({ status, headers, message }: Failed): boolean =>
  status === 429 ||
  (status === 403 &&
    (headers['retry-after'] !== undefined ||
      number(headers['x-ratelimit-remaining']) === 0 ||
      /secondary rate limit|abuse detection/i.test(message)));

const sentenceOf = ({ call, status, headers, message }: Failed): string => {
  const request = text(headers['x-github-request-id']);
  const trace = request === null ? '' : ` (request ${request.slice(0, 80)})`;
  return `${call}: ${status ?? 'no answer'}: ${message.slice(0, 500)}${trace}`;
};

/**
 * How a call failed, in the terms a caller can act on.
 *
 * @param now Unix milliseconds.
 */
export const failureOf = (failed: Failed, now: number): ForgeError => {
  const { status, headers } = failed;
  const sentence = sentenceOf(failed);
  if (status === null || status < 400) return new ForgeError('unavailable', sentence);
  if (isLimit(failed)) return new ForgeError('limited', sentence, limitedFor(failed, now));
  if (status === 404 || status === 410) return new ForgeError('gone', sentence);
  // A 401 is ours to mend (clock, key) or passes by itself (a token that is not known everywhere
  // yet); a 408 is a time-out. Neither says anything about what was asked for.
  if (status >= 500 || status === 401 || status === 408) {
    const advised = retryAfter(headers['retry-after'], now);
    return new ForgeError('unavailable', sentence, advised === null ? null : bounded(advised));
  }
  // Octokit puts the address of the documentation behind it.
  const words = failed.message.replace(/ - https:\/\/\S*$/, '').slice(0, 500);
  return new ForgeError('refused', sentence, null, { words });
};

/** Reads what Octokit throws. Nothing of the request is taken over but its name: it holds the token. */
export const octokitFailure = (error: unknown, call: string, now: number): ForgeError => {
  if (error instanceof ForgeError) return error;
  const response = fieldsOf(fieldsOf(error)?.['response']);
  const status = number(response?.['status']);
  const message = error instanceof Error ? error.message : 'unknown error';
  return failureOf({ call, status, headers: fieldsOf(response?.['headers']) ?? {}, message }, now);
};
