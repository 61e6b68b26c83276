import { constants } from 'node:os';

/** A process or group that is gone already is not an error. */
export const send = (pid: number, signal: 'SIGINT' | 'SIGKILL' | 'SIGUSR2'): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

/** Null where this system has no such signal. */
export const signalName = (number: number | undefined): string | null =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
