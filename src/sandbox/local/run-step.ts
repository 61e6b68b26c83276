import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import type { Clock } from '../../clock/port.ts';
import type { Step } from '../../runner/port.ts';
import type { StepResult } from '../port.ts';
import { readCapped } from './capped-text.ts';
import { interruptOn, send } from './interrupt.ts';

/** Largest standard output of a `data` step: a plan JSON beyond it could not be read in one piece anyway. */
const dataLimit = 256 * 1024 * 1024;
const tooMuch = 'Standard output is larger than 256 MB; the tool was stopped.';

export interface StepPlace {
  /** Working folder, absolute. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A new file of the run's private folder. */
  readonly logFile: string;
  readonly clock: Clock;
  readonly mask: (text: string) => string;
}

/** Collects a stream; the result is null when it was larger than the limit, which `onFlood` hears of once. */
const collect = (stream: Readable | null, onFlood: () => void): (() => Buffer | null) => {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    const flooded = size > dataLimit;
    size += chunk.length;
    if (size <= dataLimit) chunks.push(chunk);
    else {
      chunks.length = 0;
      if (!flooded) onFlood();
    }
  });
  return () => (size > dataLimit ? null : Buffer.concat(chunks));
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
  const [file, ...args] = step.argv;
  const log = await open(place.logFile, 'wx', 0o600);
  // execa's types name the descriptors 3 to 9 only; it takes and hands on any.
  const descriptor = log.fd as 3;
  try {
    // From here to the listener on `signal` nothing may be awaited: an abort in between would be lost.
    if (signal?.aborted) return result('cancelled', null, nothing, '');
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
      // Buffering is ours: execa 10.2 with a large `maxBuffer` lets V8 abort the whole process.
      buffer: false,
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
    const data = collect(child.nodeChildProcess.stdout, () => {
      if (!step.mutates) send(-pid, 'SIGKILL');
    });
    const exitCode = (await child).exitCode ?? null;
    const text = await readCapped(place.logFile, place.mask);
    const bytes = data();
    if (bytes === null) return result('signal', null, nothing, `${text}\n${tooMuch}\n`);
    return result(endOf(step, stop.reason(), exitCode), exitCode, bytes, text);
  } finally {
    await log.close();
  }
};
