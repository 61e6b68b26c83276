import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isNews,
  type LastTold,
  meaningOf,
  notificationLevels,
  notificationTypes,
} from '../../src/domain/notification.ts';
import { patience, restMs } from '../../src/domain/notification-pacing.ts';
import { notificationTitle } from '../../src/render/notification.ts';
import { outgoing } from '../support/outgoing.ts';

const state = fc.record({
  type: fc.constantFrom('apply.failed', 'apply.succeeded', 'plan.failed'),
  level: fc.constantFrom(...notificationLevels),
  about: fc.constantFrom('a', 'b'),
});

const told = (
  states: readonly LastTold[],
): readonly { readonly now: LastTold; readonly recovered: boolean }[] => {
  let last: LastTold | null = null;
  return states.flatMap((now) => {
    const { news, recovered } = isNews(last, now);
    if (!news) return [];
    last = now;
    return [{ now, recovered }];
  });
};

describe('news', () => {
  it('is each state that a thing enters, once, however often it is found again', () => {
    fc.assert(
      fc.property(fc.array(state), fc.array(fc.integer({ min: 1, max: 3 })), (states, times) => {
        const again = states.flatMap((one, at) => Array<LastTold>(times[at] ?? 1).fill(one));
        expect(told(again)).toEqual(told(states));
        for (const [at, { now }] of told(states).entries())
          if (at > 0) expect(now).not.toEqual(told(states)[at - 1]?.now);
      }),
    );
  });

  it('says that all is right again after it had said that something is not, and at no other time', () => {
    fc.assert(
      fc.property(fc.array(state), (states) => {
        told(states).forEach(({ now, recovered }, at, all) => {
          const before = all[at - 1]?.now;
          expect(recovered).toBe(
            before !== undefined && before.level !== 'information' && now.level === 'information',
          );
        });
      }),
    );
  });
});

describe('what an audit row says to others', () => {
  const row = (
    kind: string,
    facts: Readonly<Record<string, unknown>> = {},
    runId: string | null = 'run-00000001',
  ) => meaningOf({ kind, facts, runId })?.type ?? null;

  it('is nothing for steps on the way, and for kinds that nobody listed', () => {
    for (const kind of ['plan.admitted', 'plan.superseded', 'apply.admitted', 'lock.released', 'no.such'])
      expect(row(kind)).toBeNull();
  });

  it('tells a plan without changes from one with, and an apply that was refused from one that failed', () => {
    expect(row('plan.planned', { hasChanges: true })).toBe('plan.succeeded');
    expect(row('plan.planned', { hasChanges: false })).toBe('plan.unchanged');
    expect(row('apply.failed', { begun: true })).toBe('apply.failed');
    expect(row('apply.failed', { begun: false })).toBe('apply.refused');
    // Its end says it, once.
    expect(row('apply.refused')).toBeNull();
    expect(row('apply.refused', {}, null)).toBe('apply.refused');
  });

  it('tells the first look that finds no drift from one that ends some', () => {
    expect(row('drift.clean', { before: null })).toBeNull();
    expect(row('drift.clean', { before: 'drifted' })).toBe('drift.resolved');
    expect(row('drift.drifted', { before: null })).toBe('drift.detected');
  });

  it('has words for every type', () => {
    for (const type of notificationTypes) {
      const title = notificationTitle({ ...outgoing.notification, type });
      expect(title).not.toContain(type);
      expect(title).toMatch(/^network \(production\): \S/);
    }
  });
});

describe('a title', () => {
  it('is one line of at most 300 characters, whatever names hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, login) => {
        const title = notificationTitle({
          ...outgoing.notification,
          project: { name, dir: '', workspace: 'default' },
          actor: login,
        });
        expect([...title].length).toBeLessThanOrEqual(300);
        expect(title).not.toMatch(/\p{C}/u);
      }),
    );
  });
});

describe('a channel that does not answer', () => {
  it('is left alone for longer each time, never for longer than a quarter of an hour, and three days in all', () => {
    expect([1, 2, 3, 9, 10, 11, 500].map(restMs)).toEqual([
      2_000, 4_000, 8_000, 512_000, 900_000, 900_000, 900_000,
    ]);
    expect(patience).toBe(3 * 24 * 3_600_000);
  });
});
