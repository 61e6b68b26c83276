import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/clock/port.ts';
import type { Store, StoreTables } from '../../src/store/port.ts';
import type { Random } from './random.ts';

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

/** Who goes on next, and what time it is: everything that waits for something waits here. */
export interface Schedule {
  /** Passes with the story; `jump` moves its wall time, and nobody sleeps shorter or longer for it. */
  readonly clock: Clock;
  jump(ms: number): void;
  /** Resolves when it is the caller's turn, drawn among all who wait for one. */
  turn(): Promise<void>;
  /** The store as a server has it: one call after another, in the order in which they were made, however long each takes. */
  oneByOne(store: Store): Store;
  /** Goes on until it holds. False: so much time has passed and it does not. */
  until(holds: () => boolean, withinMs: number): Promise<boolean>;
}

type Call = (...args: unknown[]) => Promise<unknown>;

const eachCall = (tables: StoreTables, how: (call: Call) => Call): StoreTables =>
  Object.fromEntries(
    Object.entries(tables).map(([name, table]: [string, Readonly<Record<string, Call>>]) => [
      name,
      Object.fromEntries(Object.entries(table).map(([method, call]) => [method, how(call)])),
    ]),
  ) as unknown as StoreTables;

const start = Date.UTC(2026, 0, 1);
/** Turns of the event loop that anything else than a store may take while nobody has a turn to wait for. */
const patience = 2;

export const createSchedule = (random: Random): Schedule => {
  let passed = 0;
  let offset = 0;
  const calls: (() => Promise<void>)[] = [];
  const ready: (() => void)[] = [];
  const sleepers = new Set<Sleeper>();

  const first = (): Sleeper | null => {
    let chosen: Sleeper | null = null;
    let equals = 1;
    for (const sleeper of sleepers) {
      if (chosen === null || sleeper.dueAt < chosen.dueAt) {
        chosen = sleeper;
        equals = 1;
      } else if (sleeper.dueAt === chosen.dueAt) {
        equals += 1;
        if (random.int(1, equals) === 1) chosen = sleeper;
      }
    }
    return chosen;
  };

  return {
    clock: {
      now: () => start + offset + passed,
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
      offset += ms;
    },
    oneByOne: ({ transact, close, ...tables }) => {
      const inLine =
        <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
        (...args: Args): Promise<T> =>
          new Promise((resolve, reject) => {
            calls.push(() => call(...args).then(resolve, reject));
          });
      return { ...eachCall(tables, inLine), transact: inLine(transact) as Store['transact'], close };
    },
    turn: () => new Promise((resolve) => void ready.push(resolve)),
    until: async (holds, withinMs) => {
      const limit = passed + withinMs;
      for (let idle = 0; ; ) {
        await nextTurn();
        const call = calls.shift();
        if (call !== undefined) {
          idle = 0;
          await call();
          continue;
        }
        if (holds()) return true;
        if (ready.length > 0) {
          idle = 0;
          const index = random.int(0, ready.length - 1);
          const chosen = ready[index];
          const last = ready.pop();
          if (last !== undefined && index < ready.length) ready[index] = last;
          chosen?.();
          continue;
        }
        idle += 1;
        if (idle < patience) continue;
        const sleeper = first();
        if (sleeper === null || sleeper.dueAt > limit) return false;
        idle = 0;
        passed = Math.max(passed, sleeper.dueAt);
        sleeper.wake();
      }
    },
  };
};
