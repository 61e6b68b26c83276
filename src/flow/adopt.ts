import type { PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { endRun } from './conclude.ts';
import { type Control, fired, whenFired } from './control.ts';
import { problemOf, rescueLeftState } from './execute.ts';
import { outcomeOf } from './outcome.ts';
import type { FlowPorts } from './ports.ts';

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
  const leaving = fired(control.leaving);
  const deaf = [
    whenFired(control.interrupted, left.interrupt),
    whenFired(control.insisted, left.insist),
    leaving.done,
  ];
  try {
    // What an earlier server planned means nothing any more.
    if (run.verb === 'plan') left.interrupt();
    if (left.running) ports.log.info('a run of an earlier server was adopted', { run: run.id });
    const ending = await Promise.race([left.ending, leaving.wait]);
    if (ending === undefined) {
      left.detach();
      return null;
    }
    if (run.verb === 'plan') {
      await left.dispose();
      return await endRun(ports, run, { kind: 'lost' }, { problem: interrupted });
    }
    const rescued = await rescueLeftState(ports, run);
    const { event, problem, output } = outcomeOf(ending, rescued, (result) =>
      problemOf({ command: `${run.project.settings.runner} apply`, mutates: true, timeoutMs: 0 }, result),
    );
    const ended = await endRun(ports, run, event, { problem, output });
    await left.dispose();
    return ended;
  } finally {
    for (const stop of deaf) stop();
  }
};

const interrupted = {
  code: 'plan-interrupted',
  sentence: 'Tidegate was stopped while this was being planned.',
  advice: 'It is being planned again by itself.',
} as const;
