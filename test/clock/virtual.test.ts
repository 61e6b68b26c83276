import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';

test('time stands still until it is moved', async () => {
  const { clock, advance } = createVirtualClock(5_000);
  expect([clock.now(), clock.monotonic()]).toEqual([5_000, 0]);
  await advance(250);
  expect([clock.now(), clock.monotonic()]).toEqual([5_250, 250]);
  await expect(advance(-1)).rejects.toThrow('back');
});

test('property: sleepers wake in the order of their times, each at its own', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 10 }), async (times) => {
      const { clock, advance } = createVirtualClock();
      const woken: [index: number, at: number][] = [];
      times.forEach((ms, index) => {
        void clock.sleep(ms).then(() => woken.push([index, clock.monotonic()]));
      });
      await advance(25);
      const order = times.map((ms, index) => [index, ms] as [number, number]).sort((a, b) => a[1] - b[1]);
      expect(woken).toEqual(order.filter(([, ms]) => ms <= 25));
      await advance(25);
      expect(woken).toEqual(order);
    }),
    { numRuns: 50 },
  );
});

test('who lies down again within the stretch wakes again within it', async () => {
  const { clock, advance } = createVirtualClock(0);
  const ticks: number[] = [];
  const stop = new AbortController();
  const ticking = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(10, stop.signal);
      ticks.push(clock.now());
    }
  })();
  await advance(35);
  expect(ticks).toEqual([10, 20, 30]);
  stop.abort();
  await ticking;
  expect(ticks).toEqual([10, 20, 30, 35]);
});

test('a signal wakes at once, before and during; no time needs no advance', async () => {
  const { clock, advance } = createVirtualClock();
  await clock.sleep(1_000, AbortSignal.abort());
  await clock.sleep(0);
  const stop = new AbortController();
  const sleeping = clock.sleep(1_000, stop.signal);
  stop.abort();
  await sleeping;
  await advance(2_000);
  expect(clock.monotonic()).toBe(2_000);
});

test('the clock on the wall can be set; who sleeps does not notice', async () => {
  const { clock, advance, jump } = createVirtualClock(5_000);
  let woken = false;
  const sleeping = clock.sleep(100).then(() => {
    woken = true;
  });
  jump(-3_000);
  expect([clock.now(), clock.monotonic()]).toEqual([2_000, 0]);
  jump(86_400_000);
  await advance(99);
  expect(woken).toBe(false);
  await advance(1);
  await sleeping;
  expect([clock.now(), clock.monotonic()]).toEqual([86_402_100, 100]);
});
