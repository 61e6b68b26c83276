import { open } from 'node:fs/promises';
import { execa } from 'execa';
import type { Clock } from '../../clock/port.ts';
import type { Step } from '../../runner/port.ts';
import type { StepResult } from '../port.ts';
import { readCapped } from './capped-text.ts';

/** Largest standard output of a `data` step: a plan JSON beyond it could not be read in one piece anyway. */
const dataLimit = 256 * 1024 * 1024;
const graceMs = 10_000;

export interface StepPlace {
  /** Working folder, absolute. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A new file of the run's private folder. */
  readonly logFile: string;
  readonly clock: Clock;
  readonly mask: (text: string) => string;
}

/** A process or group that is gone already is not an error. */
const send = (pid: number, signal: 'SIGINT' | 'SIGKILL'): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

interface Stop {
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
const interruptOn = (pid: number, step: Step, clock: Clock, signal: AbortSignal | undefined): Stop => {
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

const endOf = (
  step: Step,
  reason: 'timeout' | 'cancelled' | null,
  exitCode: number | null,
): StepResult['ended'] => {
  // What a mutating tool says about its own end is worth more than that it was asked to stop.
  if (reason !== null && !(step.mutates && (exitCode === 0 || exitCode === null))) return reason;
  return exitCode === null ? 'signal' : 'exit';
};

/**
 * Runs one invocation in a session of its own, with nothing on standard input. Output for people goes
 * to the log file by descriptor, so that the end of this process cannot end the tool (promise 4);
 * standard output of a `data` step stays in memory.
 *
 * A cancelled result of a mutating step with an exit code of null means it was never started.
 */
export const runStep = async (step: Step, place: StepPlace, signal?: AbortSignal): Promise<StepResult> => {
  const result = (ended: StepResult['ended'], exitCode: number | null, data: Buffer, text: string) => ({
    step: step.name,
    ended,
    exitCode,
    data,
    text,
  });
  const nothing = Buffer.alloc(0);
  if (signal?.aborted) return result('cancelled', null, nothing, '');
  const [file, ...args] = step.argv;
  const log = await open(place.logFile, 'wx', 0o600);
  // execa's types name the descriptors 3 to 9 only; it takes and hands on any.
  const descriptor = log.fd as 3;
  try {
    const child = execa(file, args, {
      cwd: place.cwd,
      env: place.environment,
      extendEnv: false,
      detached: true,
      cleanup: false,
      stdin: 'ignore',
      stdout: step.output === 'data' ? 'pipe' : descriptor,
      stderr: descriptor,
      encoding: 'buffer',
      stripFinalNewline: false,
      maxBuffer: dataLimit,
      killSignal: 'SIGKILL',
      reject: false,
    });
    const { pid } = child;
    if (pid === undefined) {
      const failed = await child;
      return result('not-found', null, nothing, failed.cause instanceof Error ? failed.cause.message : '');
    }
    const stop = interruptOn(pid, step, place.clock, signal);
    // On exit, not when the pipes close: a child left behind may hold them open for ever.
    child.nodeChildProcess.once('exit', () => {
      stop.end();
      if (!step.mutates) send(-pid, 'SIGKILL');
    });
    const done = await child;
    stop.end();
    const exitCode = done.exitCode ?? null;
    const text = await readCapped(place.logFile, place.mask);
    if (done.isMaxBuffer)
      return result(
        'signal',
        null,
        nothing,
        `${text}\nStandard output is larger than 256 MB; the tool was stopped.\n`,
      );
    const data =
      done.stdout instanceof Uint8Array
        ? Buffer.from(done.stdout.buffer, done.stdout.byteOffset, done.stdout.byteLength)
        : nothing;
    return result(endOf(step, stop.reason(), exitCode), exitCode, data, text);
  } finally {
    await log.close();
  }
};
