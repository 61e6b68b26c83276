import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketReadyAt, fullBucket, takeToken } from '../../src/domain/pacing.ts';
import { inOrder, lineUp, reportPriority } from '../../src/domain/report-priority.ts';
import {
  budgetReadyAt,
  freshBudget,
  isShed,
  limitHit,
  type Pace,
  spendWrite,
  type Write,
  type WriteBudget,
  wentThrough,
} from '../../src/domain/write-budget.ts';

const pace: Pace = {
  pull: { burst: 5, perSecond: 1 },
  madePerMinute: 6,
  madePerHour: 20,
  pointsPerMinute: 70,
  sideBySide: 3,
  easedForMs: 60_000,
};

const write = (more: Partial<Write> = {}): Write => ({
  priority: reportPriority.result,
  makes: true,
  isComment: true,
  oldest: false,
  ...more,
});

/** Most of the times that lie in any stretch of that length. */
const densest = (times: readonly number[], spanMs: number): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + spanMs).length));

const anyWrite = fc.record({
  priority: fc.constantFrom(...Object.values(reportPriority)),
  makes: fc.boolean(),
  isComment: fc.boolean(),
  oldest: fc.boolean(),
  // Comes this long after the one before it was sent.
  after: fc.integer({ min: 0, max: 30_000 }),
});

describe('a budget', () => {
  test('property: whatever is sent when it may be, no stretch holds more than is allowed', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 60 }), (writes) => {
        let budget: WriteBudget = freshBudget();
        let now = 0;
        const made: number[] = [];
        const all: number[] = [];
        for (const one of writes) {
          now = budgetReadyAt(pace, budget, one, now + one.after);
          // It is true of itself: asked again then, it may go.
          expect(budgetReadyAt(pace, budget, one, now)).toBe(now);
          budget = spendWrite(budget, one, now);
          all.push(now);
          if (one.makes) made.push(now);
        }
        expect(densest(made, 60_000)).toBeLessThanOrEqual(pace.madePerMinute);
        expect(densest(made, 3_600_000)).toBeLessThanOrEqual(pace.madePerHour);
        expect(densest(all, 60_000) * 7).toBeLessThanOrEqual(pace.pointsPerMinute);
      }),
    );
  });

  test('property: nothing waits longer than an hour for the budget alone', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 60 }), anyWrite, (writes, last) => {
        let budget: WriteBudget = freshBudget();
        let now = 0;
        for (const one of writes) {
          now = budgetReadyAt(pace, budget, one, now + one.after);
          budget = spendWrite(budget, one, now);
        }
        expect(budgetReadyAt(pace, budget, last, now) - now).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });

  test('keeps room for what applies came to', () => {
    let budget: WriteBudget = freshBudget();
    const progress = write({ priority: reportPriority.progress });
    let sent = 0;
    while (budgetReadyAt(pace, budget, progress, 0) === 0) {
      budget = spendWrite(budget, progress, 0);
      sent += 1;
    }
    expect(sent).toBe(3);
    expect(budgetReadyAt(pace, budget, write(), 0)).toBe(0);
    expect(budgetReadyAt(pace, budget, { ...progress, oldest: true }, 0)).toBe(0);
  });

  test('of an earlier server counts', () => {
    const budget = freshBudget([{ at: -1_800_000, amount: 20 }]);
    expect(budgetReadyAt(pace, budget, write(), 0)).toBe(1_800_000);
    // Bringing a check up to date makes nothing.
    expect(budgetReadyAt(pace, budget, write({ makes: false }), 0)).toBe(0);
  });
});

describe('a limit of GitHub', () => {
  test('is kept to the millisecond, and afterwards writes go one by one', () => {
    let budget = limitHit(pace, freshBudget(), 30_000, 1_000);
    expect(budgetReadyAt(pace, budget, write(), 1_000)).toBe(31_000);
    budget = spendWrite(budget, write(), 31_000);
    budget = wentThrough(budget);
    expect(budgetReadyAt(pace, budget, write(), 31_001)).toBe(32_000);
    expect(budgetReadyAt(pace, budget, write(), 91_000)).toBe(91_000);
  });

  test('doubles when it comes again and again, and calls that were on their way are one limit', () => {
    let budget = limitHit(pace, freshBudget(), 60_000, 0);
    budget = limitHit(pace, budget, 60_000, 5);
    expect(budget.strikes).toBe(1);
    budget = limitHit(pace, budget, 60_000, budget.closedUntil);
    expect(budget.closedUntil).toBe(60_005 + 120_000);
    for (let time = 0; time < 10; time += 1) {
      const before = budget.closedUntil;
      budget = limitHit(pace, budget, 60_000, before);
      expect(budget.closedUntil - before).toBeLessThanOrEqual(900_000);
    }
    expect(wentThrough(budget).strikes).toBe(0);
  });

  test('sheds progress while less than a fifth of the hour is left', () => {
    const primary = { limit: 5_000, remaining: 999, resetsAt: 100 };
    expect(isShed(primary, reportPriority.progress, 50)).toBe(true);
    expect(isShed(primary, reportPriority.plan, 50)).toBe(false);
    expect(isShed({ ...primary, remaining: 1_000 }, reportPriority.progress, 50)).toBe(false);
    expect(isShed(primary, reportPriority.progress, 100)).toBe(false);
    expect(isShed(null, reportPriority.closing, 50)).toBe(false);
  });
});

test('property: a bucket lets a burst through and then its rate, in any stretch', () => {
  const rule = { burst: 5, perSecond: 1 };
  const wish = fc.record({ after: fc.integer({ min: 0, max: 3_000 }), kept: fc.integer({ min: 0, max: 4 }) });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 60 }), (wishes) => {
      let bucket = fullBucket(rule, 0);
      let now = 0;
      const taken: number[] = [];
      for (const { after, kept } of wishes) {
        now = bucketReadyAt(rule, bucket, kept, now + after);
        expect(bucketReadyAt(rule, bucket, kept, now)).toBe(now);
        bucket = takeToken(rule, bucket, now);
        taken.push(now);
      }
      for (const seconds of [1, 5, 30])
        expect(densest(taken, seconds * 1_000)).toBeLessThanOrEqual(5 + seconds);
    }),
  );
});

const anyWaiting = fc.array(
  fc.record({
    priority: fc.constantFrom(...Object.values(reportPriority)),
    since: fc.integer({ min: 0, max: 1_000 }),
  }),
  { maxLength: 40 },
);

describe('the order of service', () => {
  test('property: everybody has one place, and only the tenth is out of order', () => {
    fc.assert(
      fc.property(anyWaiting, fc.nat(100), (waiting, served) => {
        const line = lineUp(waiting, served);
        expect(new Set(line.map(({ item }) => item))).toEqual(new Set(waiting));
        expect(line).toHaveLength(waiting.length);
        const urgent = line.filter(({ oldest }) => !oldest).map(({ item }) => item);
        expect(urgent).toEqual(
          urgent.toSorted((one, two) => two.priority - one.priority || one.since - two.since),
        );
        for (const [index, { oldest }] of line.entries()) expect(oldest).toBe((served + index) % 10 === 9);
      }),
    );
  });

  test('property: however much that is urgent comes, what waits is served after ten for each that waits longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), (older) => {
        // Each is served by itself, and something urgent comes after every one.
        const old = Array.from({ length: older }, (_, since) => ({
          priority: reportPriority.closing,
          since,
        }));
        let waiting: { priority: number; since: number }[] = [
          ...old,
          { priority: reportPriority.closing, since: 100 },
        ];
        let served = 0;
        while (waiting.some(({ since }) => since === 100)) {
          waiting.push({ priority: reportPriority.result, since: 1_000 + served });
          const first = lineUp(waiting, served)[0]?.item;
          waiting = waiting.filter((one) => one !== first);
          served += 1;
        }
        expect(served).toBeLessThanOrEqual(10 * (older + 1));
      }),
    );
  });

  test('an apply is told in its checks first; of a plan people read the comment first', () => {
    const things = (priority: number) =>
      [
        'check:a:tidegate: network',
        'check:a:tidegate/plan',
        'board',
        'check:a:tidegate/apply',
        'reply:5',
      ].map((thing) => ({ thing, priority, since: 0 }));
    const names = (priority: number) => inOrder(things(priority)).map(({ thing }) => thing);
    expect(names(reportPriority.result)).toEqual([
      'check:a:tidegate/apply',
      'check:a:tidegate: network',
      'board',
      'reply:5',
      'check:a:tidegate/plan',
    ]);
    expect(names(reportPriority.plan)[0]).toBe('board');
    const mixed = [
      ...things(reportPriority.progress),
      { thing: 'reply:9', priority: reportPriority.answer, since: 9 },
    ];
    expect(inOrder(mixed)[0]?.thing).toBe('reply:9');
  });
});
