import type { Clock } from '../../clock/port.ts';
import type { Step } from '../../runner/port.ts';

const graceMs = 10_000;

/** A process or group that is gone already is not an error. */
export const send = (pid: number, signal: 'SIGINT' | 'SIGKILL'): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

export interface Stop {
  /** Why the step was interrupted; null while it was not. */
  reason(): 'timeout' | 'cancelled' | null;
  /** Call when the tool is gone. */
  end(): void;
}

/**
 * Interrupts the tool once, on its time limit or on `signal`. What does not mutate is killed, with everything it
 * started, after a grace period. A tool that mutates gets its one SIGINT alone (its own children must go on until it tells
 * them) and all the time it takes: terraform saves its state on the first, and on a second gives up.
 */
export const interruptOn = (pid: number, step: Step, clock: Clock, signal: AbortSignal | undefined): Stop => {
  const over = new AbortController();
  let reason: 'timeout' | 'cancelled' | null = null;
  const interrupt = async (why: 'timeout' | 'cancelled'): Promise<void> => {
    if (over.signal.aborted || reason !== null) return;
    reason = why;
    send(step.mutates ? pid : -pid, 'SIGINT');
    if (step.mutates) return;
    await clock.sleep(graceMs, over.signal);
    if (!over.signal.aborted) send(-pid, 'SIGKILL');
  };
  const onAbort = () => void interrupt('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  void clock.sleep(step.timeoutMs, over.signal).then(() => interrupt('timeout'));
  return {
    reason: () => reason,
    end: () => {
      signal?.removeEventListener('abort', onAbort);
      over.abort();
    },
  };
};
