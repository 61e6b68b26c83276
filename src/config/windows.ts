import { Cron } from 'croner';
import type { Span, WindowRequirement } from '../domain/rules/requirement.ts';

/** Five fields of numbers, names of months and days, `*`, `,`, `-` and `/`: what every cron understands alike. */
const fields = /^(?:[0-9*,/-]|[A-Za-z]{3}(?=[,/ -]|$)| (?=[^ ]))+$/;
const longestCron = 100;

/** Of a leap year. */
const daysInMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const monthNumber = (text: string): number => monthNames.indexOf(text.toLowerCase()) + 1 || Number(text);

const monthsOf = (field: string): readonly number[] =>
  field.split(',').flatMap((part) => {
    const [range = '*', step = '1'] = part.split('/');
    const [from = '1', to = range === '*' ? '12' : from] = range === '*' ? [] : range.split('-');
    return daysInMonths
      .map((_, index) => index + 1)
      .filter((month) => month >= monthNumber(from) && month <= monthNumber(to))
      .filter((month) => (month - monthNumber(from)) % Number(step) === 0);
  });

/** Is there such a day? The search for one that never comes takes milliseconds, and a file may hold many. */
const hasDay = (cron: string): boolean => {
  const [, , days = '*', months = '*', weekdays = '*'] = cron.split(' ');
  if (weekdays !== '*') return true;
  const first = Math.min(...days.split(',').map((part) => Number.parseInt(part, 10) || 1));
  return monthsOf(months).some((month) => (daysInMonths[month - 1] ?? 0) >= first);
};

const cronOf = ({ cron, zone }: Pick<Span, 'cron' | 'zone'>): Cron =>
  new Cron(cron, { timezone: zone, mode: '5-part', paused: true });

/** Why a zone is refused, as a phrase after "it must be"; null for a good one. */
export const zoneProblem = (zone: string): string | null => {
  const phrase = 'the name of a time zone, for example `Europe/Berlin`';
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(zone)) return phrase;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return null;
  } catch {
    return phrase;
  }
};

/** The same of when something begins. */
export const cronProblem = (cron: string): string | null => {
  const phrase = 'a time in the five fields of cron, for example `0 9 * * 1-5`';
  if (cron.length > longestCron || cron.split(' ').length !== 5 || !fields.test(cron)) return phrase;
  try {
    cronOf({ cron, zone: 'UTC' });
    return hasDay(cron) ? null : `${phrase}; this one never comes`;
  } catch {
    return phrase;
  }
};

/** The first time of a schedule after `at` (Unix milliseconds); null: it never comes. Checked when the file was read; throws for others. */
export const nextTime = (moment: Pick<Span, 'cron' | 'zone'>, at: number): number | null =>
  cronOf(moment).nextRun(new Date(at))?.getTime() ?? null;

/** `2026-01-12 09:00 (Europe/Berlin)`. */
const inZone = (at: number, zone: string): string => {
  const written = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return `${written.format(at)} (${zone})`;
};

interface Clocked {
  readonly span: Span;
  readonly cron: Cron;
}

/** It has begun less than its duration ago. Of a time zone that changes its clocks the duration is real time. */
const isOn = ({ span, cron }: Clocked, at: number): boolean => {
  const begun = cron.nextRun(new Date(at - span.durationMs));
  return begun !== null && begun.getTime() <= at;
};

const isOpenAt = (allow: readonly Clocked[], deny: readonly Clocked[], at: number): boolean =>
  !deny.some((one) => isOn(one, at)) && (allow.length === 0 || allow.some((one) => isOn(one, at)));

/** The next time after `at` at which one of them begins or ends. */
const nextBorder = (all: readonly Clocked[], at: number): number | null => {
  const borders = all.flatMap(({ span, cron }) => {
    const begins = cron.nextRun(new Date(at))?.getTime();
    const began = cron.nextRun(new Date(at - span.durationMs))?.getTime();
    return [begins, began === undefined ? undefined : began + span.durationMs];
  });
  const later = borders.filter((border) => border !== undefined && border > at);
  return later.reduce<number | null>(
    (least, border) => Math.min(least ?? Number.MAX_VALUE, border ?? 0),
    null,
  );
};

/** Borders that are looked at for the next change; what changes later than that is not told. */
const mostBorders = 60;

const nextChange = (allow: readonly Clocked[], deny: readonly Clocked[], at: number): number | null => {
  const now = isOpenAt(allow, deny, at);
  let border: number | null = at;
  for (let count = 0; count < mostBorders && border !== null; count += 1) {
    border = nextBorder([...allow, ...deny], border);
    if (border !== null && isOpenAt(allow, deny, border) !== now) return border;
  }
  return null;
};

/**
 * Is now the time? `at` in Unix milliseconds. `because` is for people; `next` is when the answer changes, null where that
 * is never or far away. Its spans were checked when the file was read; throws for others.
 */
export const isOpen = (
  requirement: Pick<WindowRequirement, 'allow' | 'deny'>,
  at: number,
): { readonly open: boolean; readonly because: string; readonly next: number | null } => {
  const clocked = (span: Span): Clocked => ({ span, cron: cronOf(span) });
  const allow = requirement.allow.map(clocked);
  const deny = requirement.deny.map(clocked);
  const open = isOpenAt(allow, deny, at);
  const next = nextChange(allow, deny, at);
  const word = open ? 'open' : 'closed';
  const zone = [...requirement.allow, ...requirement.deny][0]?.zone ?? 'UTC';
  const because =
    next === null ? `${word}, and no end of it in sight` : `${word} until ${inZone(next, zone)}`;
  return { open, because, next };
};
