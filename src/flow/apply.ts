import path from 'node:path';
import type { Printed } from '../domain/printed.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Authorized, Decision } from '../domain/rules/authorize.ts';
import type { Run } from '../domain/run.ts';
import type { Runner, Step, StepInputs } from '../runner/port.ts';
import { BlobDamaged } from '../store/blobs/port.ts';
import { CalledOff, carryOut, refused, toItsEnd, type UnderWay } from './carry-out.ts';
import type { Control } from './control.ts';
import { beginDeployment } from './deployment.ts';
import { artifactBinding } from './execute.ts';
import { feedsAgain, giveFeeds } from './feeds.ts';
import { type GatePorts, gateOf } from './gate.ts';
import { layOut } from './lay-out.ts';
import { noteBegun } from './order.ts';
import type { Outcome } from './outcome.ts';
import { forgeAway } from './passing.ts';
import { internalProblem, runnerOf } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { digestOf } from './read-plan.ts';
import { refuseOld } from './recheck.ts';
import { runVariables } from './run-variables.ts';
import { stateOf } from './state-file.ts';
import { stepInputs } from './step-inputs.ts';
import { refuseSuspended } from './suspended/ask.ts';
import { outsideLimit, toolOfPlan } from './tool-choice.ts';
import { watchWorkflow } from './workflow-apply.ts';

type Ports = GatePorts &
  Pick<
    FlowPorts,
    'sandbox' | 'artifacts' | 'blobs' | 'clock' | 'checkouts' | 'newId' | 'sign' | 'tools' | 'logs'
  >;

/**
 * Stage 7: applies exactly what was reviewed. The caller holds the checkout. Order matters: lay the
 * stored artifact out, look at every fact, take the plan, prepare the tool, look once more, start the tool. Returns the run as it
 * ended, or null when somebody else ended it, or when this server goes and leaves it to its host.
 */
export const apply = (ports: Ports, run: Run, control: Control): Promise<Run | null> =>
  toItsEnd(ports, run, (under) => guarded(ports, run, control, under));

const guarded = async (
  ports: Ports,
  run: Run,
  control: Control,
  under: UnderWay,
): Promise<Outcome | 'not-ours'> => {
  const { store, sandbox, blobs, artifacts, checkouts } = ports;
  const signal = control.interrupted;
  const planRun = run.planRunId === null ? null : await store.runs.get(run.planRunId);
  if (planRun === null || planRun.plan === null) throw new Error(`apply ${run.id} has no plan to apply`);
  const runner = runnerOf(ports, planRun);
  const checkout = checkouts.folderOf(planRun);
  const { project } = planRun;
  const artifact = await blobs.get(planRun.plan.artifact, artifactBinding(planRun)).catch(damaged(planRun));
  const session = await sandbox.open({
    runId: run.id,
    verb: 'apply',
    checkout,
    dir: project.dir,
    env: project.settings.env,
    ...stateOf(ports, planRun, checkout),
  });
  under.folder = session;
  await layOut(ports, planRun, run);
  const inputs = {
    ...stepInputs(planRun, session, { folder: null }),
    isFed: planRun.plan.summary.feeds !== undefined,
    about: { ...(await runVariables(ports, planRun)), TIDEGATE_PLAN_DIGEST: planRun.plan.digest },
  };
  const place = { planDir: inputs.planDir, checkout };
  // All that is laid out is there before the first tool: from then on the checkout may be the tool's.
  await artifacts.unpack(artifact, place);
  const refuseWritten = await watchWorkflow(ports, planRun, runner);
  const tool = await toolOfPlan(ports, planRun.plan.toolVersion, { runner, session, signal });
  if ('problem' in tool) return refused(tool.problem);
  const limit = outsideLimit(ports.operator, planRun, tool.version);
  if (limit !== null) return refused(limit);
  const asked = { ...inputs, toolFolder: tool.folder };
  const steps = runner.steps('apply', asked);
  const again = planAgain(runner, asked, session.fresh);
  const fed = await feedsAgain(ports, planRun, control);
  if (again?.isNew === true) await giveFeeds(ports, fed, again.planDir);
  const gate = gateOf(ports, run, planRun, tool.version);
  const { verdict, authorized, decidedAt } = await gate.decide();
  if (authorized === null) return refused(verdict.problem ?? internalProblem(run));
  // Asked to stop, or about to be left, before anything was taken: nothing is.
  if (signal.aborted) return refused(cancelledBefore);
  if (control.leaving.aborted || !(await take(ports, run, planRun, authorized, decidedAt))) return 'not-ours';
  under.started = true;
  let secrets: readonly string[] = fed?.secrets ?? [];
  const { plan } = planRun;
  const compare = async (
    printed: Printed,
    planDir: string,
    other: (planRun: Run) => Problem,
  ): Promise<void> => {
    const reading = await runner.read(await runner.planOf(printed, planDir));
    secrets = [...secrets, ...reading.secrets];
    if (digestOf(ports, planRun, reading, plan.inputs) !== plan.digest) throw new UserError(other(planRun));
  };
  return carryOut(ports, run, session, {
    ...(again === null
      ? {}
      : {
          ahead: {
            steps: again.steps,
            over: async ({ data }) => {
              await compare(data, again.planDir, again.isNew ? otherWorld : otherMeaning);
              // A log that keeps them is worse than none.
              await ports.logs.hide(run.id, secrets).catch(() => ports.logs.remove(run.id));
              // It may have taken its time.
              if (again.isNew) await feedsAgain(ports, planRun, control);
            },
          },
        }),
    steps,
    onAgain: () => runner.forget(session.fresh),
    control,
    under,
    command: `${runner.executable} apply`,
    secrets: () => secrets,
    before: async (data) => {
      await refuseWritten();
      await artifacts.verify(artifact, place);
      await refuseLeftState(ports, planRun);
      if (runner.planIsFile || steps.some((one) => one.output === 'data'))
        await compare(data, inputs.planDir, otherMeaning);
      // Last, for all of the above took its time: what is asked here is what the tool starts on.
      await callOffUnless(ports, run, gate.again);
    },
  });
};

interface Again {
  readonly steps: readonly Step[];
  /** Where they leave what they plan. */
  readonly planDir: string;
  /** It is a plan of its own, made now. */
  readonly isNew: boolean;
}

/** What has to be run before an apply so that what it is about to do can be held against what was reviewed; null: it reads that itself. */
const planAgain = (runner: Runner, inputs: StepInputs, fresh: string): Again | null => {
  if (runner.pin === 'verified') {
    const { TIDEGATE_PLAN_DIGEST: _, ...about } = inputs.about ?? {};
    return { steps: runner.steps('plan', { ...inputs, about, planDir: fresh }), planDir: fresh, isNew: true };
  }
  if (runner.planIsFile || runner.steps('apply', inputs).some(({ output }) => output === 'data')) return null;
  return { steps: runner.steps('show', inputs), planDir: inputs.planDir, isNew: false };
};

/** The plan is taken, and no tool has changed anything: what does not hold any more, or cannot be asked, ends it with the plan given back. */
const callOffUnless = async (
  { log }: Pick<Ports, 'log'>,
  run: Run,
  look: () => Promise<Decision<'apply'>>,
): Promise<void> => {
  const { verdict, authorized } = await look().catch((error: unknown): never => {
    if (error instanceof UserError) throw new CalledOff(error.problem, { cause: error });
    const away = forgeAway(run, error);
    if (away === null)
      log.error('what an apply needs could not be looked at', { run: run.id, error: String(error) });
    throw new CalledOff(away ?? internalProblem(run), { cause: error });
  });
  if (authorized === null) throw new CalledOff(verdict.problem ?? internalProblem(run));
};

/** Committed with the branch it would pass for one that the tool could not write. */
export const refuseLeftState = async (
  ports: Pick<FlowPorts, 'checkouts' | 'runners'>,
  planRun: Run,
): Promise<void> => {
  const { project } = planRun;
  const folder = path.join(ports.checkouts.folderOf(planRun), project.dir);
  const left = await runnerOf(ports, planRun).leftState(folder);
  if (left === null) return;
  throw new UserError({
    code: 'path-refused',
    sentence: `Project \`${project.name}\`: \`${path.basename(left.path)}\` is in the branch or was written while planning. Only an apply that fails may leave one.`,
    advice: 'Nothing was applied. Remove it from the branch and push.',
  });
};

const cancelledBefore: Problem = {
  code: 'apply-cancelled',
  sentence: 'It was cancelled before the tool had started. Nothing was changed.',
  advice: 'The plan still stands: comment `/apply` to apply it.',
};

/** The plan is spent and the run is running, or neither (promise 3). */
const take = (
  { store, clock, newId, sandbox: { isolation } }: Ports,
  run: Run,
  planRun: Run,
  { subject }: Authorized<'apply'>,
  decidedAt: number,
): Promise<boolean> =>
  store.transact(async (tables) => {
    // The word was for exactly this.
    if (
      subject.apply?.run !== run.id ||
      subject.apply.planRun !== planRun.id ||
      subject.apply.digest !== planRun.plan?.digest
    )
      throw new Error(`apply ${run.id} has somebody else's authorization`);
    // A store that cannot write waits. What was looked at may have changed meanwhile.
    refuseOld({ clock }, decidedAt);
    const now = clock.now();
    const begun = await tables.runs.move(run.id, { kind: 'started' }, now, { isolation });
    if (begun === null) return false;
    const word = (await tables.batches.get(run.batchId))?.breakGlass;
    await refuseSuspended({ store: tables, clock }, run.project, word?.at ?? null);
    await beginDeployment(tables, { clock }, begun);
    await noteBegun(tables, { clock, newId }, begun);
    const lock = await tables.locks.get(run.project.key);
    const mine = lock !== null && lock.pullNumber === run.pullNumber;
    if (mine && (await tables.runs.spend(planRun.id, run.id, now))) return true;
    const spent = (await tables.runs.get(planRun.id))?.spent === true;
    throw new UserError({
      code: spent ? 'plan-spent' : 'plan-stale',
      sentence: `The plan of \`${planRun.project.name}\` was ${spent ? 'already used by an apply' : 'replaced or unlocked a moment ago'}.`,
      advice: 'Comment `/plan`, look at the new plan, then `/apply`.',
    });
  });

const otherMeaning = (planRun: Run): Problem => ({
  code: 'artifact-damaged',
  sentence: `The stored plan of \`${planRun.project.name}\` does not mean what was reviewed.`,
  advice: 'Nothing was applied, and it is planned again by itself. Tell the people who run Tidegate.',
});

/** What is there, or what the tool makes of it, is another than when people looked. */
const otherWorld = (planRun: Run): Problem => ({
  code: 'plan-stale',
  sentence: `Planned once more right before its apply, \`${planRun.project.name}\` would do something else than what was reviewed.`,
  advice:
    'Nothing was applied, and it is planned again by itself: look at the new plan, then comment `/apply`.',
});

const damaged =
  (planRun: Run) =>
  (error: unknown): never => {
    if (!(error instanceof BlobDamaged)) throw error;
    throw new UserError(
      {
        code: 'artifact-damaged',
        sentence: `The stored plan of \`${planRun.project.name}\` is not what was planned.`,
        advice: 'Nothing was applied, and it is planned again by itself. Tell the people who run Tidegate.',
      },
      { cause: error },
    );
  };
