import { describe, expect, test } from 'vitest';
import { giveMemoryBack, ownHeap } from '../../src/app/idle-memory.ts';
import { createVirtualClock } from '../../src/clock/virtual.ts';

/** A process that has worked for so many milliseconds in each of the quarter minutes, in turn. */
const afterwards = async (...worked: readonly number[]): Promise<readonly number[]> => {
  const { clock, advance } = createVirtualClock();
  const over = new AbortController();
  const given: number[] = [];
  let busy = 0;
  const heap = { busyMs: () => busy, giveBack: () => given.push(clock.monotonic() / 15_000) };
  const going = giveMemoryBack(over.signal, clock, heap);
  for (const ms of worked) {
    busy += ms;
    await advance(15_000);
  }
  over.abort();
  await going;
  return given;
};

describe('memory is given back', () => {
  test('when the process rests, once for each time that it has worked', async () => {
    expect(await afterwards(2_000, 10, 10, 10, 9_000, 1_000, 800, 20, 20)).toEqual([2, 8]);
  });

  test('never while it works, however long, and not for little', async () => {
    expect(await afterwards(3_000, 3_000, 3_000, 800, 2_000)).toEqual([]);
    expect(await afterwards(100, 100, 100, 50)).toEqual([]);
  });

  test('for a little more often, once it has come together', async () => {
    expect(await afterwards(200, 200, 200, 200, 200, 200)).toEqual([3, 6]);
  });
});

test('what a burst leaves goes back to the machine', () => {
  const heap = ownHeap();
  const burst: unknown[] = Array.from({ length: 2e6 }, (_, index) => ({ index }));
  const before = process.memoryUsage();
  burst.length = 0;
  heap.giveBack();
  expect(heap.busyMs()).toBeGreaterThan(0);
  expect(process.memoryUsage().heapTotal).toBeLessThan(before.heapTotal - 30e6);
});
