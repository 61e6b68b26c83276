import type { Step } from '../../../runner/port.ts';
import type { StepResult, Trouble } from '../../port.ts';
import type { ProcessIdentity } from '../identity.ts';
import type { Wall } from '../isolation/isolation.ts';

/** The first word to a host: what it may not find in its arguments or its environment. */
export interface Hello {
  readonly kind: 'hello';
  readonly runId: string;
  /** The run's private folder, absolute. */
  readonly folder: string;
  /** For what people see of its output, absolute. */
  readonly logs: string;
  /** `nohup`, absolute, as the server found it at its start; null where this machine has none. */
  readonly nohup: string | null;
  /** Marks the run's records. */
  readonly key: Uint8Array;
  /** Values that may be in no log. */
  readonly secrets: readonly string[];
  readonly limits: Limits;
}

export interface Limits {
  /** Between the SIGINT to a plan step and its end, in milliseconds. */
  readonly graceMs: number;
  /** Silence of a tool after which a plan step is stopped and an apply is reported, in milliseconds. */
  readonly idleMs: number;
  /** Largest log of one step that people see, in bytes. */
  readonly logBytes: number;
  /** Largest standard output of a step that we read, in bytes. */
  readonly dataBytes: number;
}

export interface StepRequest {
  readonly kind: 'step';
  /** Counts the run's steps from 1. */
  readonly number: number;
  readonly step: Step;
  /** The step's folder, absolute; where its tool starts is for the wall to say. */
  readonly cwd: string;
  readonly wall: Wall;
  readonly environment: Readonly<Record<string, string>>;
  /** Values that only this run knows. */
  readonly secrets: readonly string[];
  /** As `StepOptions` has it. */
  readonly disposable: boolean;
}

/** To a step under way; to one that is over it means nothing. `graceMs`: for somebody in a hurry. */
interface Order {
  readonly kind: 'interrupt' | 'insist';
  readonly number: number;
  readonly graceMs?: number;
}

export type ToHost = Hello | StepRequest | Order;

/** Between SIGINT and SIGKILL for a plan that nobody waits for any more, in milliseconds. */
export const leaveGraceMs = 5000;

export interface StepEnd {
  readonly ended: StepResult['ended'];
  readonly exitCode: number | null;
  /** What came on standard output was too much and was thrown away. */
  readonly flooded: boolean;
}

export type FromHost =
  | { readonly kind: 'ready'; readonly host: ProcessIdentity | null }
  | { readonly kind: 'started'; readonly number: number; readonly tool: ProcessIdentity | null }
  /** Standard output of a `data` step, packed. */
  | { readonly kind: 'data'; readonly number: number; readonly chunk: Uint8Array }
  | { readonly kind: 'trouble'; readonly number: number; readonly trouble: Trouble }
  | ({ readonly kind: 'ended'; readonly number: number } & StepEnd);

const has = (message: unknown, kinds: readonly string[]): boolean =>
  typeof message === 'object' &&
  message !== null &&
  'kind' in message &&
  typeof message.kind === 'string' &&
  kinds.includes(message.kind);

/** Both ends are this very code: the kind is all that has to be told apart. */
export const isToHost = (message: unknown): message is ToHost =>
  has(message, ['hello', 'step', 'interrupt', 'insist']);

export const isFromHost = (message: unknown): message is FromHost =>
  has(message, ['ready', 'started', 'data', 'trouble', 'ended']);
