import type { Clock } from '../../clock/port.ts';
import type { RunId } from '../../domain/ids.ts';
import { isOver, type RunState } from '../../domain/run.ts';
import { createTerminalText, onlyColours, type Piece } from '../../render/terminal.ts';
import type { RunLogs, StepLog } from '../../sandbox/logs/port.ts';

/** Where a reader of a log is: a step, counted from 1, and bytes into its log. */
export interface Place {
  readonly step: number;
  readonly at: number;
}

export const startOfLog: Place = { step: 1, at: 0 };
export const placeText = ({ step, at }: Place): string => `${step}:${at}`;
/** Null for what is no place. */
export const placeFrom = (text: string): Place | null => {
  const [, step, at] = /^(\d{1,4}):(\d{1,12})$/.exec(text) ?? [];
  return step === undefined || at === undefined ? null : { step: Number(step), at: Number(at) };
};

/** What a page shows of a step at first. */
const headBytes = 32 * 1024;
const tailBytes = 128 * 1024;
/** Read at a time. */
const biteBytes = 64 * 1024;
/** Somebody who follows and is further behind than this skips to the end: nobody reads so fast. */
const behindBytes = 256 * 1024;

const newline = 0x0a;

/** Without a character of several bytes that is cut in two at the end. */
const wholeCharacters = (bytes: Buffer): Buffer => {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
};

/** Up to the last line end; without one, all whole characters that are there. */
const wholeLines = (bytes: Buffer): Buffer => {
  const end = bytes.lastIndexOf(newline);
  return end === -1 ? wholeCharacters(bytes) : bytes.subarray(0, end + 1);
};

const fromNextLine = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf(newline) + 1);

export interface Window {
  readonly head: readonly (readonly Piece[])[];
  /** Bytes between the two that are not shown. */
  readonly left: number;
  readonly tail: readonly (readonly Piece[])[];
  /** How far the bytes that were looked at reach. */
  readonly end: number;
}

/** The beginning and the end of a step's log; a short one is all in `tail`. */
export const windowOf = async (logs: RunLogs, id: RunId, step: StepLog): Promise<Window> => {
  const { bytes: size } = step;
  const isLong = size > headBytes + tailBytes;
  const head = isLong ? wholeLines(await logs.read(id, step, 0, headBytes)) : Buffer.alloc(0);
  const from = isLong ? size - tailBytes : 0;
  const read = wholeCharacters(await logs.read(id, step, from, size - from));
  const tail = isLong ? fromNextLine(read) : read;
  const end = from + read.length;
  const terminal = createTerminalText();
  return {
    head: terminal.push(head.toString('utf8')).lines,
    left: end - tail.length - head.length,
    tail: terminal.push(tail.toString('utf8')).lines,
    end,
  };
};

/** Is there more to come, as far as its host has said? */
export const isUnfinished = ({ facts }: StepLog): boolean => facts !== null && facts.end === null;

/** Something for who follows. */
export type Seen =
  | {
      readonly kind: 'lines';
      /** Where it ends. */
      readonly place: Place;
      readonly step: number;
      readonly command: string;
      /** Bytes before it that were skipped. */
      readonly left: number;
      readonly lines: readonly (readonly Piece[])[];
      readonly joins: boolean;
    }
  | { readonly kind: 'changed' }
  | { readonly kind: 'over' }
  /** Nothing, for so long that the line may be taken for dead. */
  | { readonly kind: 'quiet' };

export interface FollowOptions {
  readonly logs: RunLogs;
  readonly clock: Clock;
  readonly id: RunId;
  readonly from: Place;
  /** As the store has it; null where it is gone. */
  readonly state: () => Promise<RunState | null>;
  /** May whoever follows go on? Asked now and then. */
  readonly stillIn: () => Promise<boolean>;
  /** How many times as long as usual it may take until a line is seen. */
  readonly slower?: () => number;
  readonly signal: AbortSignal;
}

/** A line is seen within this and what its tool's host takes, 100 ms. */
const lookEveryMs = 80;
const stateEveryMs = 500;
const askEveryMs = 30_000;
const quietMs = 15_000;

/** What is printed from a place on, as it comes, until the run is over, whoever follows may not, or the signal fires. */
export async function* followLog(options: FollowOptions): AsyncGenerator<Seen> {
  const { logs, clock, id, signal } = options;
  let place = options.from;
  let state = await options.state();
  let [stateAt, askedAt, saidAt] = [clock.monotonic(), clock.monotonic(), clock.monotonic()];
  let terminal: { readonly step: number; readonly text: ReturnType<typeof createTerminalText> } | null = null;

  const bite = async (step: StepLog): Promise<Seen | null> => {
    let left = 0;
    let at = place.step === step.number ? place.at : 0;
    let bytes: Buffer;
    if (step.bytes - at > behindBytes) {
      const from = step.bytes - biteBytes;
      const read = await logs.read(id, step, from, biteBytes);
      bytes = fromNextLine(read);
      left = from + read.length - bytes.length - at;
      at += left;
      bytes = wholeLines(bytes);
      terminal = null;
    } else bytes = wholeLines(await logs.read(id, step, at, biteBytes));
    if (bytes.length === 0) return null;
    if (terminal?.step !== step.number) {
      const before = at === 0 ? null : await logs.read(id, step, at - 1, 1);
      const joins = before !== null && before[0] !== newline;
      terminal = { step: step.number, text: createTerminalText(joins) };
    }
    place = { step: step.number, at: at + bytes.length };
    const { lines, joins } = terminal.text.push(bytes.toString('utf8'));
    const command = step.facts?.command ?? step.name;
    return { kind: 'lines', place, step: step.number, command, left, lines, joins };
  };

  while (!signal.aborted) {
    // Before the log is looked at: what was printed before the end is there then.
    if (clock.monotonic() - stateAt >= stateEveryMs) {
      const now = await options.state();
      stateAt = clock.monotonic();
      if (now !== state && now !== null && !isOver(now)) yield { kind: 'changed' };
      state = now;
    }
    let any = false;
    for (const step of await logs.steps(id)) {
      if (step.number < place.step || signal.aborted) continue;
      const seen = await bite(step);
      if (seen !== null) {
        any = true;
        saidAt = clock.monotonic();
        yield seen;
        // One that is over is shown to its end: the next one may have said something already.
        if (place.at < step.bytes) break;
      }
      // Steps that run beside it are shown after it.
      if (isUnfinished(step) && (state === null || !isOver(state))) break;
    }
    if (!any && (state === null || isOver(state))) return yield { kind: 'over' };
    if (clock.monotonic() - askedAt >= askEveryMs) {
      if (!(await options.stillIn())) return;
      askedAt = clock.monotonic();
    }
    if (clock.monotonic() - saidAt >= quietMs) {
      saidAt = clock.monotonic();
      yield { kind: 'quiet' };
    }
    // What comes faster than it can be looked at waits as well: nobody reads more.
    await clock.sleep(lookEveryMs * (options.slower?.() ?? 1), signal);
  }
}

/** All that is kept of a run's log, with a line before each step; never more than a bite in memory. */
export async function* wholeLog(logs: RunLogs, id: RunId): AsyncGenerator<Uint8Array> {
  for (const step of await logs.steps(id)) {
    if (step.bytes === 0) continue;
    yield Buffer.from(`$ ${onlyColours(step.facts?.command ?? step.name).replaceAll('\n', ' ')}\n`);
    for (let at = 0; ; ) {
      const bytes = wholeLines(await logs.read(id, step, at, biteBytes));
      if (bytes.length === 0) break;
      at += bytes.length;
      yield Buffer.from(onlyColours(bytes.toString('utf8')));
    }
    yield Buffer.from('\n');
  }
}
