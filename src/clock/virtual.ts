import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from './port.ts';

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

export interface VirtualClock {
  readonly clock: Clock;
  /**
   * Moves time on by `ms`, waking who falls due in the order of their times (equal ones as they lay down). What a sleeper
   * starts when it wakes is let run first, so that it may lie down again within the same stretch.
   */
  advance(ms: number): Promise<void>;
  /** Sets the clock on the wall forward or, with a negative number, back. Nobody wakes: sleeping goes by the other clock. */
  jump(ms: number): void;
}

/** Time that only moves when told. `start` is in Unix milliseconds; the default is 1 January 2026. */
export const createVirtualClock = (start: number = Date.UTC(2026, 0, 1)): VirtualClock => {
  let passed = 0;
  let moved = 0;
  const sleepers = new Set<Sleeper>();

  const firstDue = (until: number): Sleeper | null => {
    let first: Sleeper | null = null;
    for (const sleeper of sleepers) {
      if (sleeper.dueAt <= until && (first === null || sleeper.dueAt < first.dueAt)) first = sleeper;
    }
    return first;
  };

  return {
    clock: {
      now: () => start + moved + passed,
      monotonic: () => passed,
      sleep: async (ms, signal) => {
        if (!(ms > 0) || signal?.aborted) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper: Sleeper = { dueAt: passed + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake);
        await promise;
      },
    },
    jump: (ms) => {
      moved += ms;
    },
    advance: async (ms) => {
      if (!(ms >= 0)) throw new RangeError('time does not go back');
      const until = passed + ms;
      // What was started just before must get to its `sleep` first.
      await nextTurn();
      for (let sleeper = firstDue(until); sleeper !== null; sleeper = firstDue(until)) {
        passed = Math.max(passed, sleeper.dueAt);
        sleeper.wake();
        await nextTurn();
      }
      passed = until;
    },
  };
};
