import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTooLate, longestDelayMs, writtenAt } from '../../src/domain/late.ts';
import type { PullFacts, Sighting } from '../../src/domain/sighting.ts';
import {
  canAfford,
  gapsBetween,
  inOrder,
  isDue,
  type Spending,
  spend,
  spendingAt,
} from '../../src/domain/sweep.ts';
import { commit } from '../support/samples.ts';

const minute = 60_000;
const now = 1_800_000_000_000;

describe('the budget', () => {
  test('property: an installation is never asked for more than a tenth of its hour, and its hour ends', () => {
    const requests = fc.array(fc.record({ cost: fc.nat(4), pause: fc.nat(10 * minute) }), { maxLength: 600 });
    fc.assert(
      fc.property(requests, (all) => {
        let at = now;
        let spending: Spending = spendingAt(null, at);
        for (const { cost, pause } of all) {
          at += pause;
          spending = spendingAt(spending, at);
          expect(at - spending.since).toBeLessThan(60 * minute);
          if (!canAfford(spending, 7)) continue;
          spending = spend(spending, 7, cost);
          expect(spending.by[7] ?? 0).toBeLessThanOrEqual(500);
        }
        expect(canAfford(spending, 8)).toBe(true);
      }),
    );
  });

  test('of a clock that was set back counts anew', () => {
    const full = spend(spendingAt(null, now), 7, 500);
    expect(canAfford(spendingAt(full, now + 59 * minute), 7)).toBe(false);
    expect(canAfford(spendingAt(full, now - minute), 7)).toBe(true);
  });
});

describe('whose turn it is', () => {
  const active = (ago: number) => ({ comparedAt: now - ago * minute, activeAt: now - minute });
  const quiet = (ago: number) => ({ comparedAt: now - ago * minute, activeAt: null });

  test('active ones every quarter of an hour, quiet ones every hour', () => {
    expect([active(14), active(15), quiet(59), quiet(60)].map((one) => isDue(one, now))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(isDue({ comparedAt: now + minute, activeAt: null }, now)).toBe(true);
  });

  test('active ones first, but nobody waits for more than a day', () => {
    const [first, second, third, starved] = [active(30), active(20), quiet(120), quiet(25 * 60)];
    expect(inOrder([third, second, starved, first], now)).toEqual([starved, first, second, third]);
  });
});

describe('gaps', () => {
  const facts = (number: number, more: Partial<PullFacts> = {}): PullFacts => ({
    number,
    state: 'open',
    headSha: commit('a'),
    baseRef: 'main',
    draft: false,
    ...more,
  });
  const seen = (number: number, more: Partial<Sighting> = {}): [number, Sighting] => [
    number,
    { ...facts(number), repositoryId: 1, revision: 3, at: 5, ...more },
  ];

  test('are named by what happened', () => {
    const journal = new Map([
      seen(2, { state: 'closed' }),
      seen(3),
      seen(4),
      seen(5, { draft: true }),
      seen(6),
      seen(7),
      seen(9, { state: 'closed' }),
    ]);
    const open = [
      facts(1),
      facts(2),
      facts(3, { headSha: commit('b') }),
      facts(4, { baseRef: 'release' }),
      facts(5),
      facts(6, { draft: true }),
    ];
    const gaps = gapsBetween(open, journal, new Set([6, 8]));
    expect(gaps.map(({ number, reason }) => `${number} ${reason}`)).toEqual([
      '1 opened',
      '2 reopened',
      '3 synchronize',
      '4 base_edited',
      '5 ready_for_review',
      '7 closed',
      '8 closed',
    ]);
    expect(gaps[0]).toMatchObject({ revision: 0, since: 0 });
    expect(gaps[1]).toMatchObject({ revision: 3, since: 5 });
  });
});

describe('late commands', () => {
  test('only look', () => {
    const late = longestDelayMs + 1;
    expect(isTooLate('apply', longestDelayMs)).toBe(false);
    for (const verb of ['apply', 'unlock', 'cancel', 'recover'] as const)
      expect(isTooLate(verb, late)).toBe(true);
    for (const verb of ['plan', 'status', 'help'] as const) expect(isTooLate(verb, late)).toBe(false);
  });

  test('count from when they were written, never from later than they came', () => {
    expect(writtenAt(now, 0, now - 5)).toBe(now - 5);
    expect(writtenAt(now, 3 * 60 * minute, now)).toBe(now - 3 * 60 * minute + 1_000);
  });
});
