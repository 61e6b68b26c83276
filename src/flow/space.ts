import type { Clock } from '../clock/port.ts';
import type { Log } from '../observe/log.ts';

/**
 * Room on the disk of the data folder. Below the operator's floor no webhook is taken and no run
 * starts, so that what runs already can still write down how it ended.
 */
export interface Space {
  /** Is less free than the floor, or was a write refused a moment ago? Looks at the disk once a second at most. */
  isLow(): Promise<boolean>;
  /** The same for whose write was refused just now: what was seen before says nothing of that. */
  isLowNow(): Promise<boolean>;
  /** Resolves when there is room, or when the signal fires. */
  room(signal: AbortSignal): Promise<void>;
  /** To be told of a write that was refused. Resolves after a while to whether to try it again; false once stopped. */
  refused(): Promise<boolean>;
  /** Nobody is to wait for room any longer: the server ends. */
  stop(): void;
}

export interface SpaceOptions {
  /** Bytes free on the disk. */
  readonly free: () => Promise<number>;
  /** Bytes; 0 for none. */
  readonly floor: number;
  readonly clock: Clock;
  readonly log: Log;
}

const lookEveryMs = 1_000;
/** A write that was refused says more than the file system does: quotas, and blocks kept for root. */
const afterRefusalMs = 5_000;

export const createSpace = ({ free, floor, clock, log }: SpaceOptions): Space => {
  const stopping = new AbortController();
  let looked: { readonly at: number; readonly isLow: Promise<boolean> } | null = null;
  let refusedAt: number | null = null;
  let isTold = false;

  const look = async (): Promise<boolean> => {
    const refusal = refusedAt !== null && clock.monotonic() - refusedAt < afterRefusalMs;
    let left: number | null = null;
    try {
      left = await free();
    } catch (error) {
      // Not known is no: the folder may be gone with its disk.
      if (!isTold) log.error('free space on the disk of the data folder cannot be read', { error });
    }
    const isLow = refusal || left === null || left < floor;
    // Once when it begins and once when it ends; whatever is refused meanwhile says nothing of its own.
    if (isLow && !isTold)
      log.error('the disk of the data folder is full: webhooks are refused and no run starts', {
        free: left,
        floor,
      });
    if (!isLow && isTold) log.warn('there is room on the disk again, work goes on', { free: left, floor });
    isTold = isLow;
    return isLow;
  };

  const isLow = (): Promise<boolean> => {
    const now = clock.monotonic();
    if (looked === null || now - looked.at >= lookEveryMs) looked = { at: now, isLow: look() };
    return looked.isLow;
  };

  const isLowNow = (): Promise<boolean> => {
    looked = null;
    return isLow();
  };

  return {
    isLow,
    isLowNow,
    room: async (signal) => {
      const either = AbortSignal.any([signal, stopping.signal]);
      while (!either.aborted && (await isLow())) await clock.sleep(lookEveryMs, either);
    },
    refused: async () => {
      refusedAt = clock.monotonic();
      await isLowNow();
      await clock.sleep(lookEveryMs, stopping.signal);
      return !stopping.signal.aborted;
    },
    stop: () => stopping.abort(),
  };
};
