import path from 'node:path';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Authorized } from '../domain/rules/authorize.ts';
import type { Run } from '../domain/run.ts';
import { BlobDamaged } from '../store/blobs/port.ts';
import { carryOut, refused, toItsEnd, type UnderWay } from './carry-out.ts';
import type { Control } from './control.ts';
import { beginDeployment } from './deployment.ts';
import { artifactBinding } from './execute.ts';
import { type GatePorts, gateOnRecord } from './gate.ts';
import { layOut } from './lay-out.ts';
import { noteBegun } from './order.ts';
import type { Outcome } from './outcome.ts';
import { internalProblem, runnerOf, stepInputs } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { digestOf } from './read-plan.ts';
import { outsideLimit, toolOfPlan } from './tool-choice.ts';
import { watchWorkflow } from './workflow-apply.ts';

type Ports = GatePorts &
  Pick<FlowPorts, 'sandbox' | 'artifacts' | 'blobs' | 'clock' | 'checkouts' | 'newId' | 'sign' | 'tools'>;

/**
 * Stage 7: applies exactly what was reviewed. The caller holds the checkout. Order matters: lay the
 * stored artifact out, look at every fact, take the plan, start the tool. Returns the run as it
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
  });
  under.folder = session;
  await layOut(ports, planRun, run);
  const inputs = stepInputs(planRun, session, { folder: null });
  const place = { planFile: inputs.planFile, checkout };
  // All that is laid out is there before the first tool: from then on the checkout may be the tool's.
  await artifacts.unpack(artifact, place);
  const recheck = await watchWorkflow(ports, run, planRun, runner);
  const tool = await toolOfPlan(ports, planRun.plan.toolVersion, { runner, session, signal });
  if ('problem' in tool) return refused(tool.problem);
  const limit = outsideLimit(ports.operator, planRun, tool.version);
  if (limit !== null) return refused(limit);
  const steps = runner.steps('apply', { ...inputs, toolFolder: tool.folder });
  const { verdict, authorized, lookedAt } = await gateOnRecord(ports, run, planRun, tool.version);
  if (authorized === null) return refused(verdict.problem ?? internalProblem(run));
  // Asked to stop, or about to be left, before anything was taken: nothing is.
  if (signal.aborted) return refused(cancelledBefore);
  if (control.leaving.aborted || !(await take(ports, run, planRun, authorized, lookedAt))) return 'not-ours';
  under.started = true;
  let secrets: readonly string[] = [];
  return carryOut(ports, run, session, {
    steps,
    control,
    under,
    command: `${runner.executable} apply`,
    secrets: () => secrets,
    before: async (data) => {
      await recheck(tool.version);
      await artifacts.verify(artifact, place);
      await refuseLeftState(ports, planRun);
      if (!steps.some((one) => one.output === 'data')) return;
      const reading = await runner.read(data);
      secrets = reading.secrets;
      const { plan } = planRun;
      if (plan === null || digestOf(ports, planRun, reading, plan.inputs) !== plan.digest)
        throw new UserError(otherMeaning(planRun));
    },
  });
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
  lookedAt: number,
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
    if (clock.monotonic() - lookedAt > longestLookMs) throw new UserError(lookedTooLongAgo);
    const now = clock.now();
    const begun = await tables.runs.move(run.id, { kind: 'started' }, now, { isolation });
    if (begun === null) return false;
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

/** From the last fact that was read to the plan being taken. */
const longestLookMs = 10_000;

const lookedTooLongAgo: Problem = {
  code: 'no-room',
  sentence:
    'The server could not write to its disk when this was about to start, and what was checked is too old now.',
  advice: 'Nothing was applied, and the plan still stands. Comment `/apply` again.',
};

const otherMeaning = (planRun: Run): Problem => ({
  code: 'artifact-damaged',
  sentence: `The stored plan of \`${planRun.project.name}\` does not mean what was reviewed.`,
  advice: 'Nothing was applied, and it is planned again by itself. Tell the people who run Tidegate.',
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
