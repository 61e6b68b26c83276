import type { Runner, Step } from '../runner/port.ts';
import type { StepResult } from '../sandbox/port.ts';

/** A step that may begin while the one before it is at work. One of its methods has to be called, once. */
export interface EarlyStep {
  /**
   * Call when the step before it ended well. What it came to; null: it was not begun, or what it read is not what is there
   * now, and it has to be run. `onTaken` is called where it was begun and counts.
   */
  take(onTaken: () => void): Promise<StepResult | null>;
  /** Resolves when nothing of it is at work any more. Never rejects. */
  drop(): Promise<void>;
}

/** Null: it waits for the one before it. `signal` ends it with everything else. */
export const beginEarly = (
  step: Step | undefined,
  whenWritten: Runner['whenWritten'],
  signal: AbortSignal,
  run: (step: Step, signal: AbortSignal) => Promise<StepResult>,
): EarlyStep | null => {
  if (step?.onceWritten === undefined || step.mutates) return null;
  const watching = new AbortController();
  const running = new AbortController();
  const begun = whenWritten(step.onceWritten, AbortSignal.any([watching.signal, signal])).then((file) => {
    if (file === null) return null;
    // A host that is lost is found out by whoever runs the next step.
    const result = run(step, AbortSignal.any([running.signal, signal])).catch(() => null);
    return { file, result };
  });
  const drop = async (): Promise<void> => {
    watching.abort();
    running.abort();
    await (await begun)?.result;
  };
  return {
    take: async (onTaken) => {
      watching.abort();
      const it = await begun;
      if (it === null) return null;
      if (await it.file.isUnchanged()) {
        onTaken();
        return it.result;
      }
      await drop();
      return null;
    },
    drop,
  };
};
