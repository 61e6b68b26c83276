import type { Clock } from '../clock/port.ts';
import { HubError } from './errors.ts';

export interface LimitOptions {
  /** Requests an hour and token; GitHub's smallest is 5,000. */
  readonly requestsPerHour?: number;
  /** Things made a minute and token; GitHub's own number is 80. Absent: not limited. */
  readonly contentPerMinute?: number;
  /** The same by the hour; GitHub's own number is 500. */
  readonly contentPerHour?: number;
}

export interface RateWindow {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Unix seconds. */
  readonly reset: number;
}

export interface Limits {
  /** Counts a request; throws GitHub's 403 when there are none left. */
  spend(who: string): void;
  /** Takes it back: a request for what has not changed does not count. */
  refund(who: string): void;
  /** Counts a thing that is made; throws GitHub's secondary 403. */
  create(who: string): void;
  window(who: string): RateWindow;
}

const hour = 60 * 60 * 1000;

interface Account {
  since: number;
  used: number;
  made: number[];
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export const createLimits = (clock: Clock, options: LimitOptions): Limits => {
  const limit = options.requestsPerHour ?? 5000;
  const accounts = new Map<string, Account>();
  const accountOf = (who: string): Account => {
    const now = clock.now();
    const known = accounts.get(who);
    if (known !== undefined && now < known.since + hour) return known;
    const fresh = { since: now, used: 0, made: known?.made ?? [] };
    accounts.set(who, fresh);
    return fresh;
  };
  const window = (who: string): RateWindow => {
    const { since, used } = accountOf(who);
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil((since + hour) / 1000) };
  };
  return {
    window,
    refund: (who) => {
      accountOf(who).used -= 1;
    },
    spend: (who) => {
      const account = accountOf(who);
      if (options.requestsPerHour !== undefined && account.used >= limit)
        throw new HubError(403, `API rate limit exceeded for ${who}.`);
      account.used += 1;
    },
    create: (who) => {
      const account = accountOf(who);
      const now = clock.now();
      account.made = account.made.filter((at) => at > now - hour);
      const lastMinute = account.made.filter((at) => at > now - 60_000);
      const late =
        lastMinute.length >= (options.contentPerMinute ?? Number.POSITIVE_INFINITY)
          ? (lastMinute[0] ?? now) + 60_000
          : account.made.length >= (options.contentPerHour ?? Number.POSITIVE_INFINITY)
            ? (account.made[0] ?? now) + hour
            : null;
      if (late !== null)
        throw new HubError(
          403,
          'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.',
          [],
          { 'retry-after': String(Math.ceil((late - now) / 1000)) },
        );
      account.made.push(now);
    },
  };
};
