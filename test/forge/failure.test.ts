import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf } from '../../src/forge/github/failure.ts';

const now = Date.parse('2026-11-03T10:00:00Z');
const failed = (status: number | null, headers: Record<string, unknown> = {}, message = 'no') =>
  failureOf({ call: 'GET /repos/acme/infra', status, headers, message }, now);

test.each([
  [404, 'gone'],
  [410, 'gone'],
  [422, 'refused'],
  [400, 'refused'],
  [403, 'refused'],
  [409, 'refused'],
  [451, 'refused'],
  [429, 'limited'],
  [500, 'unavailable'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [401, 'unavailable'],
  [408, 'unavailable'],
  [304, 'unavailable'],
  [null, 'unavailable'],
] as const)('a %s is %s', (status, failure) => {
  expect(failed(status).failure).toBe(failure);
});

describe('limits', () => {
  const reset = String(now / 1000 + 90);

  test.each([
    ['retry-after in seconds', { 'retry-after': '7' }, 7_000],
    ['retry-after as a date', { 'retry-after': 'Tue, 03 Nov 2026 10:02:00 GMT' }, 120_000],
    [
      'retry-after before the reset',
      { 'retry-after': '7', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      7_000,
    ],
    ['the reset where nothing remains', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }, 90_000],
    [
      'not the reset while something remains',
      { 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': reset },
      60_000,
    ],
    ['a minute where nothing is said', {}, 60_000],
    ['a minute for words that are no time', { 'retry-after': 'soon' }, 60_000],
    ['a second at least', { 'retry-after': '0' }, 1_000],
    ['an hour at most', { 'retry-after': '99999999' }, 3_600_000],
  ])('%s', (_what, headers, ms) => {
    expect(failed(429, headers)).toMatchObject({ failure: 'limited', retryAfterMs: ms });
  });

  test('the reset is read by the clock of who set it', () => {
    const headers = {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': reset,
      date: 'Tue, 03 Nov 2026 10:01:00 GMT',
    };
    expect(failed(403, headers).retryAfterMs).toBe(30_000);
  });

  test('a 403 is a limit where headers or words say so, and else a no', () => {
    expect(failed(403, { 'retry-after': '3' }).failure).toBe('limited');
    expect(failed(403, { 'x-ratelimit-remaining': '0' }).failure).toBe('limited');
    expect(failed(403, {}, 'You have exceeded a secondary rate limit.').failure).toBe('limited');
    expect(
      failed(403, { 'x-ratelimit-remaining': '4999' }, 'Resource not accessible by integration').failure,
    ).toBe('refused');
  });

  test('a 503 hands on what it was told', () => {
    expect(failed(503, { 'retry-after': '5' })).toMatchObject({
      failure: 'unavailable',
      retryAfterMs: 5_000,
    });
    expect(failed(503).retryAfterMs).toBeNull();
  });

  test('whatever the headers hold, the wait is between a second and an hour', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(undefined),
      fc.constant('-1'),
      fc.constant('1e9'),
    );
    const names = ['retry-after', 'x-ratelimit-reset', 'x-ratelimit-remaining', 'date'];
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 4 }), (values) => {
        const headers = Object.fromEntries(names.map((name, index) => [name, values[index]]));
        const { failure, retryAfterMs } = failed(429, headers);
        expect(failure).toBe('limited');
        expect(retryAfterMs).toBeGreaterThanOrEqual(1_000);
        expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });
});

test('the message names the call, the status and the request, and is short', () => {
  const { message } = failed(
    422,
    { 'x-github-request-id': 'AB:12' },
    `Validation Failed ${'x'.repeat(9_000)}`,
  );
  expect(message).toMatch(/^GET \/repos\/acme\/infra: 422: Validation Failed x+ \(request AB:12\)$/);
  expect(message.length).toBeLessThan(700);
});
