import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronProblem, isOpen, zoneProblem } from '../../src/config/windows.ts';
import type { Span } from '../../src/domain/rules/requirement.ts';

const hour = 3_600_000;
const span = (cron: string, hours: number, zone = 'UTC'): Span => ({ cron, durationMs: hours * hour, zone });
const at = (text: string): number => Date.parse(text);
const told = (allow: readonly Span[], deny: readonly Span[], time: string) => {
  const { open, next } = isOpen({ allow, deny }, at(time));
  return [open, next === null ? null : new Date(next).toISOString()];
};

const work = span('0 9 * * 1-5', 8, 'Europe/Berlin');

describe('a window', () => {
  it('is open from its first moment to just before its end', () => {
    // A Monday in winter: 9 o'clock in Berlin is 8 in UTC.
    expect(told([work], [], '2026-01-12T07:59:59.999Z')).toEqual([false, '2026-01-12T08:00:00.000Z']);
    expect(told([work], [], '2026-01-12T08:00:00.000Z')).toEqual([true, '2026-01-12T16:00:00.000Z']);
    expect(told([work], [], '2026-01-12T15:59:59.999Z')).toEqual([true, '2026-01-12T16:00:00.000Z']);
    expect(told([work], [], '2026-01-12T16:00:00.000Z')).toEqual([false, '2026-01-13T08:00:00.000Z']);
    // And a Friday.
    expect(told([work], [], '2026-01-16T16:00:00.000Z')).toEqual([false, '2026-01-19T08:00:00.000Z']);
  });

  it('goes by the clocks of its zone, in summer as well', () => {
    expect(told([work], [], '2026-07-13T07:00:00.000Z')[0]).toBe(true);
    expect(told([work], [], '2026-07-13T15:00:00.000Z')[0]).toBe(false);
    // The Sunday on which half past two does not come: then at three.
    const night = span('30 2 * * *', 1, 'Europe/Berlin');
    expect(told([night], [], '2026-03-29T00:59:00.000Z')).toEqual([false, '2026-03-29T01:00:00.000Z']);
    // And the one on which it comes twice: the first counts, an hour is an hour.
    expect(told([night], [], '2026-10-25T00:30:00.000Z')).toEqual([true, '2026-10-25T01:30:00.000Z']);
    expect(told([night], [], '2026-10-25T01:30:00.000Z')[0]).toBe(false);
  });

  it('that is denied is closed, whatever is allowed', () => {
    const freeze = span('0 0 24 12 *', 24 * 7);
    expect(told([work], [freeze], '2026-12-24T10:00:00Z')).toEqual([false, '2026-12-31T08:00:00.000Z']);
    expect(told([], [freeze], '2026-12-30T23:00:00Z')).toEqual([false, '2026-12-31T00:00:00.000Z']);
    expect(told([], [freeze], '2026-12-23T23:00:00Z')).toEqual([true, '2026-12-24T00:00:00.000Z']);
  });

  it('that never changes says so', () => {
    const always = span('* * * * *', 24);
    expect(told([always], [], '2026-01-12T08:00:00Z')).toEqual([true, null]);
    expect(told([], [always], '2026-01-12T08:00:00Z')).toEqual([false, null]);
  });

  it('says until when, by the clocks of its zone', () => {
    const because = (time: string) => isOpen({ allow: [work], deny: [] }, at(time)).because;
    expect(because('2026-01-12T09:00:00Z')).toBe('open until 2026-01-12 17:00 (Europe/Berlin)');
    expect(because('2026-07-11T09:00:00Z')).toBe('closed until 2026-07-13 09:00 (Europe/Berlin)');
    expect(isOpen({ allow: [], deny: [span('* * * * *', 24)] }, at('2026-01-12T08:00:00Z')).because).toBe(
      'closed, and no end of it in sight',
    );
  });

  it('agrees with counting hours', () => {
    const start = at('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 72 * 60, max: 300 * 60 }),
        (from, lasts, not, lastsNot, minutes) => {
          const isIn = (begin: number, hours: number) =>
            [0, 1, 2].some((day) => {
              const since = minutes - (Math.floor(minutes / 1440) - day) * 1440 - begin * 60;
              return since >= 0 && since < hours * 60;
            });
          const time = start + minutes * 60_000;
          const allow = [span(`0 ${from} * * *`, lasts)];
          const deny = [span(`0 ${not} * * *`, lastsNot)];
          const { open, next } = isOpen({ allow, deny }, time);
          expect(open).toBe(isIn(from, lasts) && !isIn(not, lastsNot));
          if (next !== null) {
            expect(isOpen({ allow, deny }, next).open).toBe(!open);
            expect(isOpen({ allow, deny }, next - 1).open).toBe(open);
          }
        },
      ),
    );
  });
});

describe('a time that is refused', () => {
  it.each([
    '0 9 * *',
    '0 9 * * 1 2',
    '60 9 * * *',
    '0 24 * * *',
    '0 9 32 * *',
    '0 9 * * 9',
    '@daily',
    '0 9 * * MON#1',
    '0 9 L * *',
    '*/0 * * * *',
    '59-1 * * * *',
    '',
    'a b c d e',
    '0 9  * * 1',
    `0 9 * * ${'1,'.repeat(60)}1`,
  ])('%j', (cron) => {
    expect(cronProblem(cron)).toContain('five fields of cron');
  });

  it.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *'])('%j, which never comes', (cron) => {
    expect(cronProblem(cron)).toContain('never comes');
  });

  it('comes exactly where it is not said to come never', () => {
    const day = fc.constantFrom('*', '1', '29', '30', '31', '30-31', '*/31', '2-31/28', '31,30', '31,1');
    const month = fc.constantFrom(
      '*',
      '2',
      'feb',
      'FEB,apr',
      '4-6/2',
      '2,4,6,9,11',
      '*/2',
      '2-4',
      '2-12/2',
      'jun-jul',
    );
    fc.assert(
      fc.property(day, month, fc.constantFrom('*', '*', '1'), (days, months, weekdays) => {
        const cron = `0 0 ${days} ${months} ${weekdays}`;
        const { next } = isOpen({ allow: [span(cron, 1)], deny: [] }, at('2026-01-01T12:00:00Z'));
        expect(cronProblem(cron) === null, cron).toBe(next !== null);
      }),
      { numRuns: 300 },
    );
  });

  // A look at every minute of the years to come would take minutes.
  it('is found at once, however many there are', { timeout: 10_000 }, () => {
    for (let count = 0; count < 60; count += 1)
      expect(cronProblem(`${count} 0 31 2,4,6,9,11 *`)).toContain('never comes');
  });

  it.each(['0 9 * * 1-5', '*/15 8-18 * jan-mar mon,wed', '0 0 29 2 *', '0,30 * 1 * 7'])(
    'but not %j',
    (cron) => {
      expect(cronProblem(cron)).toBeNull();
    },
  );

  it.each(['Europe/Berln', 'berlin', '', '../etc', '+25:00', 'Europe/Berlin '])('the zone %j', (zone) => {
    expect(zoneProblem(zone)).toContain('time zone');
  });

  it.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('but not %j', (zone) => {
    expect(zoneProblem(zone)).toBeNull();
  });
});
