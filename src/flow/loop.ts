import type { Clock } from '../clock/port.ts';

/** A loop that works when somebody rings, or when the time it named has come. A ring during a turn is not lost. */
export interface Loop {
  ring(): void;
  /** Resolves when the turn under way has ended; no further one begins. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  readonly clock: Clock;
  /** One turn; returns when to look again at the latest, in milliseconds from now, or null for "when rung". */
  readonly turn: () => Promise<number | null>;
  readonly onError: (error: unknown) => void;
}

const afterErrorMs = 2_000;

export const startLoop = ({ clock, turn, onError }: LoopOptions): Loop => {
  let isStopping = false;
  let bell = new AbortController();
  // Given a reason, it makes no error with a stack: nobody reads it, and busy loops are rung a thousand times a second.
  const ring = (): void => bell.abort('rung');
  const go = async (): Promise<void> => {
    while (!isStopping) {
      bell = new AbortController();
      let wait: number | null = afterErrorMs;
      try {
        wait = await turn();
      } catch (error) {
        onError(error);
      }
      // A minute is a second look in case a ring was missed; correctness never waits for it.
      await clock.sleep(Math.min(wait ?? 60_000, 60_000), bell.signal);
    }
  };
  const ended = go();
  return {
    ring,
    stop: () => {
      isStopping = true;
      ring();
      return ended;
    },
  };
};
