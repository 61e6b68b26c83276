import type { Clock } from '../../clock/port.ts';
import type { PrimaryLimit } from '../../domain/write-budget.ts';
import { fieldsOf, text } from './fields.ts';

/** What GitHub's answers say of the hourly limit, by installation. */
export interface PrimaryLimits {
  /** Reads the headers of an answer, good or bad. */
  note(installationId: number, response: unknown): void;
  /** Null: nothing is known, or it has begun anew since. */
  of(installationId: number): PrimaryLimit | null;
}

const whole = (value: unknown): number | null => {
  const digits = text(value);
  return digits !== null && /^\d{1,12}$/.test(digits) ? Number(digits) : null;
};

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit */
export const createPrimaryLimits = (clock: Clock): PrimaryLimits => {
  const known = new Map<number, PrimaryLimit>();
  return {
    note: (installationId, response) => {
      const headers = fieldsOf(fieldsOf(response)?.['headers']);
      // Search and GraphQL have limits of their own.
      if (headers === null || (headers['x-ratelimit-resource'] ?? 'core') !== 'core') return;
      const limit = whole(headers['x-ratelimit-limit']);
      const remaining = whole(headers['x-ratelimit-remaining']);
      const reset = whole(headers['x-ratelimit-reset']);
      if (limit === null || remaining === null || reset === null) return;
      // By GitHub's own clock where it shows it, so that ours may be wrong.
      const sent = Date.parse(text(headers['date']) ?? '');
      const ahead = Number.isNaN(sent) ? 0 : clock.now() - sent;
      known.set(installationId, { limit, remaining, resetsAt: reset * 1_000 + ahead });
    },
    of: (installationId) => {
      const limit = known.get(installationId);
      return limit === undefined || clock.now() >= limit.resetsAt ? null : limit;
    },
  };
};
