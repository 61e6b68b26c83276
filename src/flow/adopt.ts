import { isOperation, operationWords } from '../domain/operation.ts';
import type { PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import type { Ending, Reattached, StepResult } from '../sandbox/port.ts';
import { endRun } from './conclude.ts';
import { type Control, fired, whenFired } from './control.ts';
import { rescueLeftState } from './execute.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { FlowPorts } from './ports.ts';
import { problemOf } from './step-problem.ts';

type Ports = Pick<
  FlowPorts,
  'sandbox' | 'store' | 'blobs' | 'clock' | 'checkouts' | 'runners' | 'log' | 'newId'
>;

/** A run that another server left: with its tool at work, ended since, or gone without a word. */
export interface Left {
  readonly pull: PullRef;
  readonly run: Run;
}

/**
 * Takes over a run that an earlier server had started. The caller holds the checkout: whatever is
 * still at work in it must end before anything else touches it. An apply is waited for and its end
 * written down as if nothing had happened; a plan is ended and planned again. Returns the run as it ended, or null when
 * somebody else ended it, or when this server goes before it has.
 */
export const adopt = async (ports: Ports, run: Run, control: Control): Promise<Run | null> => {
  const left = await ports.sandbox.reattach(run.id);
  // What an earlier server planned means nothing any more.
  if (run.verb === 'plan') left.interrupt();
  if (left.running) ports.log.info('a run of an earlier server was adopted', { run: run.id });
  const ending = await attend(left, control);
  if (ending === undefined) return null;
  const remove = () =>
    left
      .dispose()
      .catch((error: unknown) =>
        ports.log.error('the folder of a run was not removed', { run: run.id, error }),
      );
  if (run.verb === 'plan') {
    await remove();
    return endRun(ports, run, { kind: 'lost' }, { problem: interrupted });
  }
  const { event, problem, output } = await judge(ports, run, ending);
  const ended = await endRun(ports, run, event, { problem, output });
  await remove();
  return ended;
};

/**
 * Waits for the end of a step that was found again, which people can interrupt meanwhile as any other. Undefined: this server
 * goes first; the tool goes on, and nobody here looks any more.
 */
export const attend = async (left: Reattached, control: Control): Promise<Ending | undefined> => {
  const leaving = fired(control.leaving);
  const deaf = [
    whenFired(control.interrupted, left.interrupt),
    whenFired(control.insisted, left.insist),
    leaving.done,
  ];
  try {
    const ending = await Promise.race([left.ending, leaving.wait]);
    if (ending !== undefined) return ending;
    left.detach();
    return undefined;
  } finally {
    for (const stop of deaf) stop();
  }
};

const judge = async (ports: Ports, run: Run, ending: Ending): Promise<Outcome> => {
  const exitCodes = ports.runners.get(run.project.settings.runner)?.applyCodes;
  const refusal = (result: StepResult) =>
    problemOf(
      {
        command: `${run.project.settings.runner} ${isOperation(run.verb) ? operationWords[run.verb] : run.verb}`,
        mutates: true,
        timeoutMs: 0,
        exitCodes,
      },
      result,
    );
  try {
    return outcomeOf(ending, await rescueLeftState(ports, run), refusal, run.verb, exitCodes);
  } catch (error) {
    ports.log.error('what an apply left could not be looked at', { run: run.id, error });
    const because = 'what it left in its checkout could not be read or kept';
    const text = ending.kind === 'ended' ? ending.result.text : '';
    return outcomeOf({ kind: 'unknown', because, text }, false, refusal, run.verb);
  }
};

const interrupted = {
  code: 'plan-interrupted',
  sentence: 'Tidegate was stopped while this was being planned.',
  advice: 'It is being planned again by itself.',
} as const;
