import type { Clock } from '../../../clock/port.ts';
import type { Step } from '../../../runner/port.ts';
import type { Trouble } from '../../port.ts';
import { send } from '../signals.ts';

export type Reason = 'timeout' | 'cancelled';

export interface Stop {
  /** Why the step was interrupted; null while it was not. */
  reason(): Reason | null;
  /** For people, where the reason is not plain from the word. */
  note(): string | null;
  /** Time counts from now on, and there is something to kill, if not yet to interrupt. `first` leads a group. */
  spawned(first: number): void;
  /** From now on there is something to interrupt. `group` is killed in the end. */
  started(pid: number, group: number): void;
  /** The tool hears of it once. `graceMs` between SIGINT and SIGKILL, for what does not mutate; a later one may be shorter. */
  interrupt(why: Reason, graceMs?: number): void;
  /** A second SIGINT for a step that mutates; the first if it had none. */
  insist(): void;
  /** It got its second SIGINT: what it says of its own end is worth nothing. */
  insisted(): boolean;
  /** Call when the tool is gone. */
  end(): void;
}

export interface StopOptions {
  readonly step: Pick<Step, 'mutates' | 'timeoutMs'>;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly idleMs: number;
  /** Monotonic time of the last output. */
  readonly lastOutput: () => number;
  /** An apply has printed nothing, or goes on, for so many milliseconds: it is reported, and left alone. */
  readonly onTrouble: (trouble: Trouble) => void;
  /** The tool got its first SIGINT. */
  readonly onInterrupt?: () => void;
}

/**
 * What puts a wall up has so long to do it, in milliseconds: bwrap that is killed before its child asked to die with it
 * (PR_SET_PDEATHSIG) leaves that behind, and it becomes the tool.
 */
const wallMs = 5_000;

const spell = (ms: number): string =>
  ms >= 120_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 1000)} seconds`;

/**
 * Interrupts the tool once: when asked, and a plan step on its time limit or when it says nothing for long. What does not mutate is killed,
 * with everything it started, after a grace period. A tool that mutates gets its one SIGINT alone (its own children must go on
 * until it tells them) and all the time it takes: terraform saves its state on the first, and on a second gives up.
 * How long it takes, and its silence, are only reported.
 */
export const createStop = (options: StopOptions): Stop => {
  const { step, clock } = options;
  const over = new AbortController();
  let tool: { readonly pid: number; readonly group: number } | null = null;
  /** What is killed as long as there is no tool: what puts its wall up, and takes everything along. */
  let spawned: number | null = null;
  let reason: Reason | null = null;
  /** The shortest that was asked for, in milliseconds. */
  let grace = Number.POSITIVE_INFINITY;
  let note: string | null = null;
  let insisted = false;

  const killAfter = async (graceMs: number): Promise<void> => {
    await clock.sleep(graceMs, over.signal);
    if (over.signal.aborted) return;
    for (const group of [tool?.group, spawned])
      if (group !== undefined && group !== null) send(-group, 'SIGKILL');
  };
  const ask = ({ pid, group }: { readonly pid: number; readonly group: number }): void => {
    send(step.mutates ? pid : -group, 'SIGINT');
    options.onInterrupt?.();
  };
  const interrupt = (why: Reason, graceMs = options.graceMs): void => {
    if (over.signal.aborted) return;
    const first = reason === null;
    reason ??= why;
    grace = Math.min(grace, graceMs);
    if (first && tool !== null) ask(tool);
    kill();
  };
  const kill = (): void => {
    if (step.mutates || spawned === null) return;
    void killAfter(tool === null ? Math.max(grace, wallMs) : grace);
  };

  const watchTime = async (): Promise<void> => {
    await clock.sleep(step.timeoutMs, over.signal);
    if (over.signal.aborted) return;
    if (step.mutates) options.onTrouble({ kind: 'overdue', ms: step.timeoutMs });
    else interrupt('timeout');
  };
  const watchOutput = async (start: number): Promise<void> => {
    let said = start;
    while (!over.signal.aborted) {
      const last = Math.max(start, options.lastOutput());
      // What was reported is reported again only after as much silence once more.
      const quiet = clock.monotonic() - Math.max(last, said);
      if (quiet < options.idleMs) await clock.sleep(options.idleMs - quiet, over.signal);
      else if (step.mutates) {
        said = clock.monotonic();
        options.onTrouble({ kind: 'silent', ms: said - last });
      } else {
        if (reason === null)
          note = `The tool printed nothing for ${spell(options.idleMs)} and was stopped. It may wait for input, which nobody can give it, or for a network that does not answer.`;
        return interrupt('timeout');
      }
    }
  };

  return {
    reason: () => reason,
    note: () => note,
    spawned: (first) => {
      spawned = first;
      // Asked while a terminal was being made for it.
      if (reason !== null) kill();
      void watchTime();
      void watchOutput(clock.monotonic());
    },
    started: (pid, group) => {
      tool = { pid, group };
      // Asked while a wall was being put up for it.
      if (reason === null) return;
      ask(tool);
      kill();
    },
    interrupt,
    insist: () => {
      if (tool === null || !step.mutates || over.signal.aborted) return;
      if (reason === null) return interrupt('cancelled');
      insisted = true;
      send(tool.pid, 'SIGINT');
    },
    insisted: () => insisted,
    end: () => over.abort(),
  };
};
