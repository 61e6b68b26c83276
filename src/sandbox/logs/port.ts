import type { RunId } from '../../domain/ids.ts';
import type { StepResult } from '../port.ts';

/** What a run's host writes beside the log of a step. */
export interface StepFacts {
  /** The tool and its verb, as people would type them. */
  readonly command: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Null: it goes on, or nobody saw its end. `at`: Unix milliseconds. */
  readonly end: {
    readonly at: number;
    readonly ended: StepResult['ended'];
    readonly exitCode: number | null;
  } | null;
}

/** One step of a run, and how much it has printed so far. */
export interface StepLog {
  /** Counts the run's steps from 1. */
  readonly number: number;
  readonly name: string;
  /** Null where its host had no time to write them. */
  readonly facts: StepFacts | null;
  /** Of its log, as it is now. */
  readonly bytes: number;
}

/** What becomes of the logs of runs in time. */
export interface LogKeeping {
  /** Masks values that became known only after they may have been printed. */
  hide(runId: RunId, secrets: readonly string[]): Promise<void>;
  remove(runId: RunId): Promise<void>;
  /** Runs whose last step began before then, Unix milliseconds. */
  before(at: number): Promise<readonly RunId[]>;
}

/** What tools printed, masked, while they run and for as long as retention says. */
export interface RunLogs extends LogKeeping {
  /** In their order; none where nothing is kept. */
  steps(runId: RunId): Promise<readonly StepLog[]>;
  /** As it is on disk. At most `length` bytes from `from` on; fewer where it ends, none where it is gone. */
  read(runId: RunId, step: Pick<StepLog, 'number' | 'name'>, from: number, length: number): Promise<Buffer>;
}
