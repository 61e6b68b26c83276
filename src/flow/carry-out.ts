import { saysDiskFull } from '../domain/disk-full.ts';
import type { Printed } from '../domain/printed.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Run } from '../domain/run.ts';
import type { Step } from '../runner/port.ts';
import { type Ending, HostLost, type Session, type Trouble } from '../sandbox/port.ts';
import { attend } from './adopt.ts';
import { endRun } from './conclude.ts';
import { type Control, fired, whenFired } from './control.ts';
import { type Executed, execute, rescueLeftState } from './execute.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { forgeAway } from './passing.ts';
import { internalProblem } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { withoutSecrets } from './read-plan.ts';
import { problemOf } from './step-problem.ts';

type Ports = Pick<FlowPorts, 'sandbox' | 'store' | 'blobs' | 'clock' | 'checkouts' | 'runners' | 'log'>;

/** How far something that changes the world has come. */
export interface UnderWay {
  /** It was allowed, and what it uses was taken. */
  started: boolean;
  /** The step that mutates was handed to its host. */
  begun: boolean;
  /** Null: there is none, or it was left to its host. */
  folder: Pick<Session, 'dispose'> | null;
}

/** Why an apply that has taken its plan ends before its tool has changed anything. It counts as never started. */
export class CalledOff extends UserError {
  override readonly name = 'CalledOff';
}

export const refused = (problem: Problem): Outcome => ({
  event: { kind: 'failed' },
  problem,
  output: null,
});

/** From an attempt to its end in the store. Returns the run as it ended, or null when somebody else ended it, or goes on with it. */
export const toItsEnd = async (
  ports: Ports & Pick<FlowPorts, 'newId'>,
  run: Run,
  attempt: (under: UnderWay) => Promise<Outcome | 'not-ours'>,
): Promise<Run | null> => {
  const under: UnderWay = { started: false, begun: false, folder: null };
  const outcome = await attempt(under).catch((error: unknown) => unfinished(ports, run, under, error));
  const ended =
    outcome === 'not-ours'
      ? null
      : await endRun(ports, run, outcome.event, { problem: outcome.problem, output: outcome.output });
  // Last: what is in it is all that tells how the tool ended, until that is in the store.
  await under.folder
    ?.dispose()
    .catch((error: unknown) =>
      ports.log.error('the folder of a run was not removed', { run: run.id, error }),
    );
  return ended;
};

const unfinished = ({ log }: Ports, run: Run, { started, begun }: UnderWay, error: unknown): Outcome => {
  if (error instanceof CalledOff)
    return { event: { kind: 'called-off' }, problem: error.problem, output: null };
  if (error instanceof UserError) return refused(error.problem);
  if (saysDiskFull(error) && !started) return refused(noRoom);
  const away = started ? null : forgeAway(run, error);
  if (away !== null) {
    log.warn('what has to hold could not be read, and nothing was begun', {
      run: run.id,
      error: String(error),
    });
    return refused(away);
  }
  log.error(`${run.verb} failed inside Tidegate`, { run: run.id, started, begun, error: String(error) });
  const problem = internalProblem(run);
  return begun ? { event: { kind: 'lost' }, problem, output: null } : refused(problem);
};

const noRoom: Problem = {
  code: 'no-room',
  sentence: 'The disk of the server was full when this was about to start.',
  advice:
    'Nothing was applied, and the plan still stands. Tell the people who run Tidegate, then comment `/apply` again.',
};

export interface Carrying {
  /** Steps that are run before, by themselves: none of theirs may mutate. What they came to may refuse by throwing a UserError. */
  readonly ahead?: { readonly steps: readonly Step[]; readonly over: (executed: Executed) => Promise<void> };
  readonly steps: readonly Step[];
  readonly control: Control;
  readonly under: UnderWay;
  /** Called before a step is run once more. */
  readonly onAgain?: (step: Step) => Promise<void>;
  /** As people would type it. */
  readonly command: string;
  /** Values that this run alone knows. */
  readonly secrets: () => readonly string[];
  /** Right before the step that mutates, with what the last `data` step printed: may refuse by throwing a UserError. */
  readonly before: (data: Printed) => Promise<void>;
}

/**
 * Runs the steps of what was taken, to its end. `not-ours`: this server goes first, and leaves it to its host. From the
 * step that mutates on nothing is believed but what its host says of its end.
 */
export const carryOut = async (
  ports: Ports,
  run: Run,
  session: Session,
  { ahead, steps, control, under, command, secrets, before, onAgain }: Carrying,
): Promise<Outcome | 'not-ours'> => {
  const { clock } = ports;
  const signal = control.interrupted;
  const more = { ...(onAgain === undefined ? {} : { onAgain }) };
  const work = async (): Promise<Executed> => {
    const first =
      ahead === undefined ? null : await execute(session, ahead.steps, { clock, signal, secrets, ...more });
    if (first !== null && first.failed !== null) return first;
    if (first !== null) await ahead?.over(first);
    const executed = await execute(session, steps, {
      clock,
      signal,
      secrets,
      onTrouble: ({ kind, ms }) => void report(ports, run, kind, ms),
      before: async (step, data) => {
        if (!step.mutates) return;
        await before(data);
        under.begun = true;
      },
    });
    return first === null
      ? executed
      : {
          ...executed,
          transcript: first.transcript + executed.transcript,
          given: [...first.given, ...executed.given],
        };
  };
  const working = work();
  const stop = whenFired(control.insisted, () => session.insist());
  const leaving = fired(control.leaving);
  const executed = await Promise.race([working.catch(lostHost), leaving.wait]).finally(() => {
    stop();
    leaving.done();
  });
  if (executed === undefined) {
    under.folder = null;
    await session.detach();
    return 'not-ours';
  }
  let ending: Ending | undefined;
  if ('lost' in executed && under.begun) {
    // Its tool may be at work for long: people can still stop it, and this server may still go.
    const found = await ports.sandbox.reattach(run.id);
    under.folder = found;
    ending = await attend(found, control);
  } else ending = endingOf(run, executed, under.begun);
  if (ending === undefined) {
    under.folder = null;
    return 'not-ours';
  }
  const exitCodes = ports.runners.get(run.project.settings.runner)?.applyCodes;
  const outcome = outcomeOf(
    ending,
    under.begun && (await rescueLeftState(ports, run)),
    (result) =>
      executedProblem(executed) ?? problemOf({ command, mutates: true, timeoutMs: 0, exitCodes }, result),
    run.verb,
    exitCodes,
  );
  // People read what the tool said while it changed something; of one that did not get there, all that led to it.
  const given = 'lost' in executed ? [] : executed.given;
  const text = under.begun || 'lost' in executed ? outcome.output : executed.transcript;
  return { ...outcome, output: text === null ? null : withoutSecrets(text, [...secrets(), ...given]) };
};

/** An apply that says nothing, or takes long, is nobody's to end: it is told to those who run the server, and on record. */
const report = async (ports: Ports, run: Run, kind: Trouble['kind'], ms: number): Promise<void> => {
  ports.log.warn(kind === 'silent' ? 'an apply says nothing' : 'an apply takes longer than `step_timeout`', {
    run: run.id,
    minutes: Math.round(ms / 60_000),
  });
  await ports.store.audit
    .append({
      at: ports.clock.now(),
      kind: `${run.verb}.${kind}`,
      actor: null,
      repositoryId: run.repositoryId,
      pullNumber: run.pullNumber,
      runId: run.id,
      facts: { project: run.project.key, ms },
    })
    .catch((error: unknown) => ports.log.error('an audit row was not written', { run: run.id, error }));
};

interface Lost {
  readonly lost: HostLost;
}

const lostHost = (error: unknown): Lost => {
  if (error instanceof HostLost) return { lost: error };
  throw error;
};

/** How the step that mutates ended, as far as its host told. */
const endingOf = (run: Run, executed: Executed | Lost, begun: boolean): Ending => {
  if ('lost' in executed) return { kind: 'not-started' };
  const { last } = executed;
  if (last === null) throw new Error(`run ${run.id} has no steps`);
  // A step before it that failed is one that failed, however it ended: nothing was begun.
  const before = { ...last, ended: 'exit', exitCode: last.exitCode === 0 ? 0 : 1 } as const;
  return { kind: 'ended', result: begun ? last : before };
};

const executedProblem = (executed: Executed | Lost): Problem | null =>
  'lost' in executed ? null : (executed.failed?.problem ?? null);
