import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '../clock/port.ts';
import { createSystemClock } from '../clock/system.ts';

export interface Heap {
  /** Milliseconds of a processor that the process has had. */
  busyMs(): number;
  /** Gives back what is not used. Nothing else happens meanwhile. */
  giveBack(): void;
}

const everyMs = 15_000;
/** A process that has less than this share of a processor lets nobody wait. */
const idleShare = 0.05;
/** Less work than this leaves nothing worth looking for, in milliseconds. */
const worthMs = 500;

/**
 * V8 keeps the pages of a burst for the next one, however long that is away, and a plain collection gives few of them back: after a
 * thousand webhooks a quarter of a server's memory was of no use to anybody. A server that rests gives it back, once for each time that
 * it has worked; it stands still for as long as that takes, a tenth of a second.
 * https://nodejs.org/api/v8.html#v8setflagsfromstringflags
 */
export const ownHeap = (): Heap => {
  let collect: unknown;
  return {
    busyMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    giveBack: () => {
      if (collect === undefined) {
        setFlagsFromString('--expose-gc');
        // Code that is not run for a while goes as well otherwise, and whoever comes next waits until it is compiled anew.
        setFlagsFromString('--no-flush-bytecode');
        collect = runInNewContext('gc');
      }
      if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    },
  };
};

/** Gives memory back whenever the process rests, until the signal fires. */
export const giveMemoryBack = async (
  signal: AbortSignal,
  clock: Clock = createSystemClock(),
  { busyMs, giveBack }: Heap = ownHeap(),
): Promise<void> => {
  let done = 0;
  while (!signal.aborted) {
    const before = busyMs();
    await clock.sleep(everyMs, signal);
    const now = busyMs();
    if (signal.aborted || now - before > everyMs * idleShare || now - done < worthMs) continue;
    giveBack();
    // What it took itself is no work that leaves anything.
    done = busyMs();
  }
};
