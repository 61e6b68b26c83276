import type { Clock } from '../clock/port.ts';

/**
 * Resolves when the process that started this one is gone. `npm run` passes a SIGTERM on to the shell between it and
 * us, which ends without passing it on: nothing else would tell us that nobody is there any more.
 */
export const parentGone = async (clock: Clock, signal: AbortSignal): Promise<void> => {
  const parent = process.ppid;
  while (process.ppid === parent && !signal.aborted) await clock.sleep(500, signal);
};
