import path from 'node:path';
import type { Clock } from '../clock/port.ts';
import { maySetVariable } from '../config/variable-names.ts';
import { countsForNothing, type ExitWord, exitWordOf, isWell } from '../domain/exit-codes.ts';
import { givenPairs, givenValue } from '../domain/given-variables.ts';
import { nothingPrinted, type Printed, wholeOf } from '../domain/printed.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Run } from '../domain/run.ts';
import { secretsGiven } from '../observe/given-values.ts';
import type { Runner, Step } from '../runner/port.ts';
import type { Session, StepOptions, StepResult } from '../sandbox/port.ts';
import { beginEarly, type EarlyStep } from './early-step.ts';
import type { FlowPorts } from './ports.ts';
import { commandOf, pausesMs, problemOf, ranOf } from './step-problem.ts';

/** What the steps of a run came to: either every one ended well, or the first that did not. */
export interface Executed {
  /** For people: each step's command line and what it printed. */
  readonly transcript: string;
  /** Standard output of the last `data` step. */
  readonly data: Printed;
  /** Of the last step that was run; null where there was none. */
  readonly last: StepResult | null;
  /** Secrets among the variables that steps of a workflow set. */
  readonly given: readonly string[];
  /** What the exit codes of those steps said that tell whether there are changes. */
  readonly said: readonly ExitWord[];
  readonly failed: { readonly step: Step; readonly result: StepResult; readonly problem: Problem } | null;
}

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  readonly before?: (step: Step, data: Printed) => Promise<void>;
  /** Values that this run alone knows, asked for before each step. */
  readonly secrets?: () => readonly string[];
  readonly onTrouble?: StepOptions['onTrouble'];
  /** The tool of a step that sets no variables was started: what goes on beside it may begin. Again where it is run once more. */
  readonly started?: (step: Step) => void;
  readonly after?: (step: Step) => Promise<void>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Called before a step is run once more. */
  readonly onAgain?: (step: Step) => Promise<void>;
  /** A step may begin when what it reads is written (`Step.onceWritten`), unless `before` is asked of each. Absent: one after another. */
  readonly whenWritten?: Runner['whenWritten'];
}

/** Runs steps in order until one fails. `before` may refuse a step by throwing a UserError; it gets what the last `data` step printed. */
export const execute = async (
  session: Session,
  steps: readonly Step[],
  options: ExecuteOptions,
): Promise<Executed> => {
  const said: ExitWord[] = [];
  let transcript = '';
  let data = nothingPrinted;
  let last: StepResult | null = null;
  const given: Record<string, string> = {};
  const secretsNow = () => [...(options.secrets?.() ?? []), ...secretsGiven(given)];
  /** Of the step behind the one under way. */
  let early: EarlyStep | null = null;
  const dropEarly = async (): Promise<void> => {
    await early?.drop();
    early = null;
  };
  // What the runner itself pins goes before it.
  const withGiven = (step: Step): Step => ({ ...step, environment: { ...given, ...step.environment } });
  const run = (
    step: Step,
    more: Pick<StepOptions, 'signal' | 'disposable' | 'onStarted'>,
  ): Promise<StepResult> =>
    session.run(withGiven(step), {
      ...more,
      secrets: secretsNow(),
      ...(options.onTrouble === undefined ? {} : { onTrouble: options.onTrouble }),
    });
  const takeEarly = async (step: Step): Promise<StepResult | null> => {
    const result = (await early?.take(() => options.started?.(step))) ?? null;
    early = null;
    // Why it went wrong is to be seen where nothing else is at work.
    if (result === null || countsForNothing(step, result)) return null;
    transcript += section(step, result);
    return result;
  };
  const attempt = async (
    step: Step,
    next: Step | undefined,
    pauses: readonly number[],
  ): Promise<StepResult> => {
    const { whenWritten, before } = options;
    if (step.gives === undefined && whenWritten !== undefined && before === undefined)
      early = beginEarly(next, whenWritten, options.signal, (one, signal) =>
        run(one, { signal, disposable: true }),
      );
    const once = await run(step, {
      signal: options.signal,
      onStarted: () => (step.gives === undefined ? options.started?.(step) : undefined),
    });
    transcript += section(step, once);
    const [pause, ...rest] = pauses;
    // One that changes something is never run twice, whatever it says of itself.
    if (pause === undefined || step.mutates || wordOf(step, once) !== 'again') return once;
    await dropEarly();
    await options.clock.sleep(pause, options.signal);
    if (options.signal.aborted) return { ...once, ended: 'cancelled', exitCode: null };
    await options.onAgain?.(step);
    return attempt(step, next, rest);
  };
  try {
    for (const [index, step] of steps.entries()) {
      const { gives } = step;
      if (typeof gives === 'object' && gives.value !== null) {
        Object.assign(given, { [gives.name]: gives.value });
        continue;
      }
      if (gives === undefined) await options.before?.(step, data);
      const result = (await takeEarly(step)) ?? (await attempt(step, steps[index + 1], pausesMs));
      last = result;
      const word = wordOf(step, result);
      if (word === null || !isWell(word)) {
        const failed = { step, result, problem: problemOf(ranOf(step), result) };
        return { transcript, data, last, said, failed, given: secretsGiven(given) };
      }
      if (step.speaks === true) said.push(word);
      if (gives !== undefined) Object.assign(given, variablesFrom(step, gives, await wholeOf(result.data)));
      else if (step.output === 'data') data = result.data;
      await options.after?.(step);
    }
    return { transcript, data, last, said, failed: null, given: secretsGiven(given) };
  } finally {
    await dropEarly();
  }
};

/** Null: it did not end by itself. */
const wordOf = ({ exitCodes }: Pick<Step, 'exitCodes'>, { ended, exitCode }: StepResult): ExitWord | null =>
  ended === 'exit' ? exitWordOf(exitCodes, exitCode) : null;

/** What a step printed that sets variables. Its words are in no sentence: they may be secrets. */
const variablesFrom = (
  step: Step,
  gives: NonNullable<Step['gives']>,
  data: Buffer,
): Readonly<Record<string, string>> => {
  const printed = data.toString('utf8');
  const read =
    gives === 'pairs' ? givenPairs(printed, maySetVariable) : givenValue(gives.name, printed, maySetVariable);
  if ('variables' in read) return read.variables;
  throw new UserError({
    code: 'tool-failed',
    sentence: `\`${commandOf(step)}\` of the workflow ${read.refused}.`,
    advice:
      'Nothing behind it was run. Workflows are in the operator file: tell the people who run Tidegate.',
  });
};

const section = (step: Step, result: StepResult): string => {
  const text = result.text.trim();
  // What a machine reads is no news to people, unless something was said beside it.
  if (step.output === 'data' && text === '') return '';
  return `$ ${commandOf(step)}\n${text === '' ? '' : `${text}\n`}\n`;
};

/**
 * The version of the tool on PATH, or of the one in `folder` (absolute). Throws nothing for a tool that is missing: that shows at the
 * first step.
 */
export const toolVersion = async (
  session: Session,
  runner: Runner,
  signal: AbortSignal,
  folder: string | null = null,
): Promise<{ readonly version: string } | { readonly problem: Problem; readonly text: string }> => {
  const step = folder === null ? runner.versionStep : { ...runner.versionStep, toolFolder: folder };
  const result = await session.run(step, { signal });
  if (result.ended === 'exit' && result.exitCode === 0)
    return { version: runner.readVersion(await wholeOf(result.data)) };
  return { problem: problemOf(ranOf(runner.versionStep), result), text: section(runner.versionStep, result) };
};

/** Keeps a state file that was found in a checkout, encrypted, before anything is removed. */
export const rescueState =
  (
    ports: Pick<FlowPorts, 'blobs' | 'store' | 'clock' | 'log'>,
    run: Pick<Run, 'id' | 'repositoryId' | 'pullNumber'>,
  ) =>
  async (path: string, bytes: Buffer): Promise<void> => {
    const binding = `rescued-state:${run.repositoryId}:${run.pullNumber}:${path}`;
    const digest = await ports.blobs.put(bytes, binding);
    ports.log.warn('a state file was found in a checkout and kept', { run: run.id, path, digest });
    await ports.store.audit.append({
      at: ports.clock.now(),
      kind: 'state.rescued',
      actor: null,
      repositoryId: run.repositoryId,
      pullNumber: run.pullNumber,
      runId: run.id,
      facts: { path, digest, binding, bytes: bytes.length },
    });
  };

/**
 * Keeps the state that a tool could not write to its backend and left beside the configuration
 * instead: nothing else knows what it did. Returns whether there was one.
 */
export const rescueLeftState = async (
  ports: Pick<FlowPorts, 'blobs' | 'store' | 'clock' | 'log' | 'checkouts' | 'runners'>,
  run: Run,
): Promise<boolean> => {
  const folder = path.join(ports.checkouts.folderOf(run), run.project.dir);
  const left = await ports.runners.get(run.project.settings.runner)?.leftState(folder);
  if (left === null || left === undefined) return false;
  await rescueState(ports, run)(left.path, left.bytes);
  return true;
};

/** What an artifact belongs to. It opens under exactly this and nothing else. */
export const artifactBinding = (
  planRun: Pick<Run, 'id' | 'headSha'> & { readonly project: Pick<Run['project'], 'key'> },
): string => `plan:${planRun.id}:${planRun.project.key}:${planRun.headSha}`;
