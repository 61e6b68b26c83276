import path from 'node:path';
import { saysDiskFull } from '../domain/disk-full.ts';
import type { ArtifactDigest } from '../domain/ids.ts';
import type { Printed } from '../domain/printed.ts';
import type { Problem } from '../domain/problem.ts';
import { UserError } from '../domain/problem.ts';
import type { Plan, Run } from '../domain/run.ts';
import type { Runner, Step, StepInputs } from '../runner/port.ts';
import { HostLost, type Session } from '../sandbox/port.ts';
import { asksPrograms } from './ask-policies.ts';
import { withReason } from './blocked-reason.ts';
import type { Turn } from './checkouts.ts';
import { endRun } from './conclude.ts';
import { type Control, fired, whenFired } from './control.ts';
import { artifactBinding, execute } from './execute.ts';
import { giveFeeds, readFeeds } from './feeds.ts';
import { layOut, writtenIn } from './lay-out.ts';
import { forgeAway } from './passing.ts';
import type { FlowPorts } from './ports.ts';
import { readPlan, withoutSecrets } from './read-plan.ts';
import { runVariables } from './run-variables.ts';
import { seenBy } from './snapshot.ts';
import { stateOf } from './state-file.ts';
import { stepInputs } from './step-inputs.ts';
import { chooseTool, toolWish } from './tool-choice.ts';
import { refuseOddDir } from './workflow-variables.ts';

type Ports = Pick<
  FlowPorts,
  | 'artifacts'
  | 'logs'
  | 'git'
  | 'runners'
  | 'configuration'
  | 'repositoryFiles'
  | 'snapshots'
  | 'sandbox'
  | 'store'
  | 'blobs'
  | 'clock'
  | 'checkouts'
  | 'operator'
  | 'sign'
  | 'log'
  | 'mask'
  | 'newId'
  | 'space'
  | 'tools'
>;

type Outcome =
  | { readonly plan: Plan; readonly output: string }
  | { readonly problem: Problem; readonly output: string | null };

/**
 * Stage 5: plans one project in the pull request's checkout, which the caller has in its turn; that is over when the tools have
 * said all. Returns the run as it ended, or null when somebody else ended it in the meantime.
 */
export const plan = async (
  ports: Ports,
  run: Run,
  control: Control,
  turn: Turn | null = null,
): Promise<Run | null> => {
  const { store, clock, sandbox } = ports;
  const { isolation } = sandbox;
  if ((await store.runs.move(run.id, { kind: 'started' }, clock.now(), { isolation })) === null) return null;
  const written = await planned(ports, run, { control, turn }, (outcome) =>
    endRun(ports, run, 'plan' in outcome ? { kind: 'planned' } : { kind: 'failed' }, outcome),
  );
  return written ?? null;
};

/**
 * A plan that is no run's: it is kept nowhere but in the blobs, where the caller takes it away. Undefined: this server goes, or it
 * was interrupted.
 */
export const makePlan = (
  ports: Ports,
  run: Run,
  control: Control,
  phase: Phase = 'plan',
): Promise<Outcome | undefined> =>
  planned(ports, run, { control, turn: null, phase }, async (outcome) => outcome);

/** `drift`: a runner that has a way of its own to look at the world does that. */
type Phase = 'plan' | 'drift';

/** `end` is called with what came out, before the folder of the run is removed. */
const planned = async <T>(
  ports: Ports,
  run: Run,
  { control, turn, phase = 'plan' }: Pick<UnderWay, 'control' | 'turn'> & { readonly phase?: Phase },
  end: (outcome: Outcome) => Promise<T>,
): Promise<T | undefined> => {
  const leaving = fired(control.leaving);
  const under: UnderWay = { control, turn, phase, session: null, disposed: Promise.resolve() };
  const outcome = await Promise.race([attempt(ports, run, under), leaving.wait]).finally(leaving.done);
  if (outcome === undefined) return under.disposed.then(() => undefined);
  try {
    // A stop cut it off: what was to be written stays as it is, and the next server plans it again by itself.
    if ('problem' in outcome && control.interrupted.aborted) return undefined;
    return await end(outcome);
  } finally {
    // Behind what people wait for. One that is left removes its folder itself.
    if (!control.leaving.aborted) await dispose(ports, run, under.session);
    await under.disposed;
  }
};

interface UnderWay {
  readonly control: Control;
  /** Null: the caller has the checkout for longer. */
  readonly turn: Turn | null;
  readonly phase: Phase;
  /** Whose folder is still to be removed. */
  session: Session | null;
  /** Where that was begun already. */
  disposed: Promise<void>;
}

const dispose = async (ports: Pick<Ports, 'log'>, run: Run, session: Session | null): Promise<void> => {
  await session
    ?.dispose()
    .catch((error: unknown) =>
      ports.log.error('the folder of a run was not removed', { run: run.id, error }),
    );
};

const attempt = async (ports: Ports, run: Run, under: UnderWay): Promise<Outcome> => {
  try {
    return await inCheckout(ports, run, under);
  } catch (error) {
    if (error instanceof UserError) return { problem: error.problem, output: null };
    if (error instanceof HostLost) return { problem: hostKilled, output: null };
    // It waits for room and is planned again. Where there seems to be some, that could go on for ever.
    if (saysDiskFull(error))
      return { problem: (await ports.space.isLowNow()) ? cutOff : noRoom, output: null };
    const away = forgeAway(run, error);
    if (away !== null) {
      ports.log.warn('a plan could not be made', { run: run.id, error: String(error) });
      return { problem: away, output: null };
    }
    ports.log.error('plan failed inside Tidegate', { run: run.id, error: String(error) });
    return { problem: internalProblem(run), output: null };
  }
};

const cutOff: Problem = {
  code: 'plan-interrupted',
  sentence: 'The disk of the server was full while this was being planned.',
  advice: 'It is planned again by itself when there is room.',
};

const noRoom: Problem = {
  code: 'no-room',
  sentence: 'There was no room on the disk of the server for this plan.',
  advice: 'Tell the people who run Tidegate, then comment `/plan` to try again.',
};

const hostKilled: Problem = {
  code: 'tool-failed',
  sentence: 'The process that ran the tool was killed.',
  advice: 'The server may be short of memory; comment `/plan` to try again.',
};

/** Shown instead of a stack trace, which is logged under the run's id. */
export const internalProblem = (run: Run): Problem => ({
  code: 'internal',
  sentence: `Tidegate failed while it worked on this; the run is \`${run.id}\`.`,
  advice: 'Comment `/plan` to try again, and tell the people who run Tidegate if it stays.',
});

/** The runner of a project; it was there when the run was queued, but the server may have been restarted without it. */
export const runnerOf = (ports: Pick<FlowPorts, 'runners'>, run: Run): Runner => {
  const { runner: name } = run.project.settings;
  const runner = ports.runners.get(name);
  if (runner !== null) return runner;
  throw new UserError({
    code: 'no-such-runner',
    sentence: `Project \`${run.project.name}\` asks for the runner \`${name}\`, which this server does not have.`,
    advice: 'Ask the people who run Tidegate.',
  });
};

const inCheckout = async (ports: Ports, run: Run, under: UnderWay): Promise<Outcome> => {
  const { control, turn, phase } = under;
  const signal = control.interrupted;
  const { sandbox, checkouts, operator } = ports;
  const runner = runnerOf(ports, run);
  const checkout = checkouts.folderOf(run);
  const { project } = run;
  const fed = await readFeeds(ports, run, control);
  const session = await sandbox.open({
    runId: run.id,
    verb: 'plan',
    checkout,
    dir: project.dir,
    env: project.settings.env,
    ...stateOf(ports, run, checkout),
  });
  under.session = session;
  // Its host ends what it runs, and need not be waited for.
  const stay = whenFired(control.leaving, () => {
    void session
      .detach()
      .catch((error: unknown) =>
        ports.log.error('the folder of a run was not removed', { run: run.id, error: String(error) }),
      );
  });
  try {
    const laying = layOut(ports, run);
    const looking = seenBy(ports, run);
    // Both are over before anything else is: the next run of this checkout must not meet what is still at work.
    await Promise.allSettled([laying, looking]);
    await laying;
    const { inputsWith, requires, filesAway } = await looking;
    refuseOddDir(project);
    const wish = toolWish(operator, run, requires);
    const tool = await chooseTool(ports, run, wish, { runner, session, signal });
    if ('problem' in tool) return tool;
    const inputs = {
      ...stepInputs(run, session, tool),
      isFed: fed !== null,
      about: await runVariables(ports, run),
    };
    await giveFeeds(ports, fed, inputs.planDir);
    const projectFolder = path.join(checkout, project.dir);
    const steps = stepsOf(runner, phase, inputs);
    const first = steps.find(({ name }) => runner.ownSteps.plan.some((own) => own.name === name));
    const kept: { artifact?: Promise<ArtifactDigest> } = {};
    const done = await execute(session, steps, {
      signal,
      clock: ports.clock,
      secrets: () => fed?.secrets ?? [],
      onAgain: () => runner.forget(inputs.planDir),
      whenWritten: runner.whenWritten,
      // The plan is made when the tool begins to print it: it is packed beside that, people wait. Should
      // it change in between, it is not applied: the meaning of what was kept is read again before.
      started: (step) => {
        if (step.output !== 'data') return;
        if (turn?.isWaitedFor() === true) sandbox.wake?.();
        kept.artifact = keepArtifact(ports, run, runner, inputs);
        kept.artifact.catch(() => undefined);
      },
      // After its own first step the tool has chosen its backend, whatever the files seem to say.
      after: async (step) => {
        if (step !== first) return;
        const state = await runner.localState(projectFolder, project.workspace);
        refuseLocalState(run, checkout, state, operator.allowLocalState);
      },
    });
    const executed = { ...done, given: [...done.given, ...(fed?.secrets ?? [])] };
    const { failed, transcript } = executed;
    const made = { printed: executed.data, folder: inputs.planDir };
    const said =
      failed === null
        ? await saidBy(runner, made.printed, made.folder)
        : { problem: await withReason(runner, failed.problem, made, executed.given) };
    const madeFrom = failed === null ? await runner.plannedState(inputs.planDir) : null;
    if (!('problem' in said)) kept.artifact ??= keepArtifact(ports, run, runner, inputs);
    kept.artifact?.catch(() => undefined);
    // What was said can be read while the next one has the checkout, once nothing of this one is there any more.
    if (failed === null && turn?.isWaitedFor() === true && !(await asksPrograms(ports, run))) {
      stay();
      under.session = null;
      under.disposed = Promise.allSettled([kept.artifact])
        .then(() => dispose(ports, run, session))
        .then(turn.over);
    }
    const outcome =
      'problem' in said
        ? { problem: said.problem }
        : await readPlan(ports, run, runner, session, {
            ...executed,
            data: said.plan,
            madeFrom,
            fed,
            inputsWith: (version) => inputsWith(version, fed?.digest),
            filesAway,
            tool,
            signal,
          });
    if ('problem' in outcome) {
      // Nobody will ask for what was kept.
      const artifact = await kept.artifact?.catch(() => undefined);
      if (artifact !== undefined) await ports.blobs.delete(artifact, artifactBinding(run));
      return { problem: outcome.problem, output: withoutSecrets(transcript, executed.given) };
    }
    const artifact = await (kept.artifact ?? keepArtifact(ports, run, runner, inputs));
    return { ...outcome, plan: { ...outcome.plan, artifact } };
  } finally {
    stay();
  }
};

/** What a workflow sets for a plan may be what it needs to be made at all, and a phase of the runner's own does not know it. */
const stepsOf = (runner: Runner, phase: Phase, inputs: StepInputs): readonly Step[] => {
  const own = phase === 'drift' && inputs.workflow == null ? runner.steps('drift', inputs) : [];
  return own.length === 0 ? runner.steps('plan', inputs) : own;
};

/** What is to be read of a plan. A tool that promised a summary and wrote none has failed, with all that it printed. */
const saidBy = async (
  runner: Runner,
  printed: Printed,
  planDir: string,
): Promise<{ readonly plan: Printed } | { readonly problem: Problem }> => {
  try {
    return { plan: await runner.planOf(printed, planDir) };
  } catch (error) {
    if (error instanceof UserError) return { problem: error.problem };
    throw error;
  }
};

const keepArtifact = async (
  ports: Ports,
  run: Run,
  runner: Runner,
  { planDir }: StepInputs,
): Promise<ArtifactDigest> => {
  const checkout = ports.checkouts.folderOf(run);
  const written = await writtenIn(ports, run);
  const paths = written.map((file) => file.path).filter((file) => !runner.isFetchedAgain(file));
  const artifact = await ports.artifacts.pack({ planDir, checkout, paths });
  return ports.blobs.put(artifact, artifactBinding(run));
};

export const refuseLocalState = (
  run: Run,
  checkout: string,
  state: string | null,
  allowed: string | null,
): void => {
  if (state === null) return;
  const inside = (folder: string) => {
    const relative = path.relative(folder, state);
    return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  };
  if (allowed !== null && inside(allowed) && !inside(checkout)) return;
  const where = inside(checkout) ? 'inside the checkout' : `in \`${state}\` on the server`;
  throw new UserError({
    code: 'state-in-checkout',
    sentence: `Project \`${run.project.name}\` keeps its state ${where}, where the next run or the next machine would not find it.`,
    advice:
      'Give it a backend; these are the three lines to add (with the settings of yours). A server for trials may allow local state in a folder of its own: `allow_local_state: /absolute/folder` in the operator file, and `backend "local"` with a `path` in it.',
    details: 'terraform {\n  backend "s3" {}\n}',
  });
};
