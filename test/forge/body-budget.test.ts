import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBodyBudget } from '../../src/forge/github/body-budget.ts';

const limits = { smallBytes: 100, small: 200, large: 1_000 };

/** A budget with a clock that is set by hand, and who was dropped, in order. */
const budgetOf = () => {
  let now = 0;
  const dropped: string[] = [];
  const budget = createBodyBudget(() => now, limits);
  return {
    budget,
    dropped,
    pass: (ms: number) => {
      now += ms;
    },
    open: (name: string, client = name) => budget.open(client, () => void dropped.push(name)),
  };
};

describe('where bodies have no room beside each other', () => {
  test('the slowest of those that come in slowly goes, however few its sender has', () => {
    const { open, pass, dropped } = budgetOf();
    const [slow, slower] = [open('slow'), open('slower')];
    slow.grow(450, 450);
    slower.grow(450, 400);
    pass(5_000);
    const genuine = [open('one', 'github'), open('two', 'github')];
    expect(genuine.map((one) => one.grow(400, 400))).toEqual([true, true]);
    expect(dropped).toEqual(['slower', 'slow']);
  });

  test('where none is slow, one of the sender with the most goes, its first', () => {
    const { open, dropped } = budgetOf();
    open('a', 'many').grow(300, 300);
    open('b', 'many').grow(300, 300);
    open('c', 'github').grow(300, 300);
    expect(open('d', 'many').grow(300, 300)).toBe(true);
    expect(dropped).toEqual(['a']);
  });

  test('it may be the one that asks', () => {
    const { open, pass, dropped } = budgetOf();
    const drip = open('drip');
    drip.grow(300, 300);
    pass(9_000);
    open('genuine').grow(600, 600);
    expect(drip.grow(500, 301)).toBe(false);
    expect(dropped).toEqual([]);
  });

  test('what is complete is not dropped any more; who comes then is turned away', () => {
    const { open, pass, dropped, budget } = budgetOf();
    const whole = open('whole');
    whole.grow(900, 900);
    whole.complete();
    pass(60_000);
    expect(open('late').grow(200, 200)).toBe(false);
    expect(dropped).toEqual([]);
    whole.leave();
    whole.leave();
    expect(budget.held()).toEqual({ small: 0, large: 0 });
    expect(open('later').grow(200, 200)).toBe(true);
  });

  test('small ones and large ones take nothing from each other', () => {
    const { open, dropped } = budgetOf();
    for (const name of ['a', 'b', 'c']) open(name).grow(333, 333);
    for (const name of ['d', 'e']) expect(open(name).grow(100, 100)).toBe(true);
    expect(dropped).toEqual([]);
    expect(open('f').grow(100, 100)).toBe(true);
    expect(dropped).toEqual(['d']);
  });

  test('one that grows from a small one to a large one is counted once', () => {
    const { open, budget } = budgetOf();
    const share = open('a');
    share.grow(100, 100);
    expect(budget.held()).toEqual({ small: 100, large: 0 });
    share.grow(150, 150);
    expect(budget.held()).toEqual({ small: 0, large: 150 });
  });
});

test('property: whatever comes, no more is held than there is room for, and the newest of a sender of its own comes in', () => {
  const step = fc.record({
    client: fc.constantFrom('a', 'b', 'c'),
    bytes: fc.integer({ min: 1, max: 400 }),
    ms: fc.integer({ min: 0, max: 3_000 }),
    complete: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { budget, open, pass } = budgetOf();
      for (const { client, bytes, ms, complete } of steps) {
        pass(ms);
        const share = open(client);
        const came = share.grow(bytes, bytes);
        if (came && complete) {
          share.complete();
          share.leave();
        }
        const { small, large } = budget.held();
        expect(small).toBeLessThanOrEqual(limits.small);
        expect(large).toBeLessThanOrEqual(limits.large);
      }
      // All that is left has waited for long: nobody keeps a genuine one out.
      pass(60_000);
      expect(open('github').grow(400, 400)).toBe(true);
    }),
  );
});
