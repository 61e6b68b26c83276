import path from 'node:path';
import { saysDiskFull } from '../domain/disk-full.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Authorized } from '../domain/rules/authorize.ts';
import type { Run } from '../domain/run.ts';
import { type Ending, HostLost, type Session, type Trouble } from '../sandbox/port.ts';
import { BlobDamaged } from '../store/blobs/port.ts';
import { attend } from './adopt.ts';
import { endRun } from './conclude.ts';
import { type Control, fired, whenFired } from './control.ts';
import { beginDeployment } from './deployment.ts';
import {
  artifactBinding,
  type Executed,
  execute,
  problemOf,
  rescueLeftState,
  rescueState,
  toolVersion,
} from './execute.ts';
import { type GatePorts, gateOnRecord } from './gate.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { internalProblem, runnerOf, stepInputs } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { digestOf, withoutSecrets } from './read-plan.ts';
import { watchWorkflow } from './workflow-apply.ts';

type Ports = GatePorts &
  Pick<FlowPorts, 'sandbox' | 'artifacts' | 'blobs' | 'clock' | 'checkouts' | 'newId' | 'sign'>;

/**
 * Stage 7: applies exactly what was reviewed. The caller holds the checkout. Order matters: lay the
 * stored artifact out, look at every fact, take the plan, start the tool. Returns the run as it
 * ended, or null when somebody else ended it, or when this server goes and leaves it to its host.
 */
export const apply = async (ports: Ports, run: Run, control: Control): Promise<Run | null> => {
  const under: UnderWay = { started: false, folder: null };
  const attempt = async (): Promise<Outcome | 'not-ours'> => {
    try {
      return await guarded(ports, run, control, under);
    } catch (error) {
      if (error instanceof UserError) return refused(error.problem);
      if (saysDiskFull(error) && !under.started) return refused(noRoom);
      ports.log.error('apply failed inside Tidegate', {
        run: run.id,
        started: under.started,
        error: String(error),
      });
      const problem = internalProblem(run);
      return under.started ? { event: { kind: 'lost' }, problem, output: null } : refused(problem);
    }
  };
  const outcome = await attempt();
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

interface UnderWay {
  /** The plan was taken. */
  started: boolean;
  /** Null: there is none, or it was left to its host. */
  folder: Pick<Session, 'dispose'> | null;
}

const refused = (problem: Problem): Outcome => ({ event: { kind: 'failed' }, problem, output: null });

const guarded = async (
  ports: Ports,
  run: Run,
  control: Control,
  under: UnderWay,
): Promise<Outcome | 'not-ours'> => {
  const { store, sandbox, git, blobs, artifacts, checkouts } = ports;
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
  await git.checkout(run.repositoryId, planRun.tree, checkout, rescueState(ports, run));
  const inputs = stepInputs(planRun, session);
  const place = { planFile: inputs.planFile, checkout };
  // All that is laid out is there before the first tool: from then on the checkout may be the tool's.
  await artifacts.unpack(artifact, place);
  const recheck = await watchWorkflow(ports, run, planRun, runner);
  const steps = runner.steps('apply', inputs);
  const tool = await toolVersion(session, runner, signal);
  if ('problem' in tool) return refused(tool.problem);
  const { verdict, authorized, lookedAt } = await gateOnRecord(ports, run, planRun, tool.version);
  if (authorized === null) return refused(verdict.problem ?? internalProblem(run));
  // Asked to stop, or about to be left, before anything was taken: nothing is.
  if (signal.aborted) return refused(cancelledBefore);
  if (control.leaving.aborted || !(await take(ports, run, planRun, authorized, lookedAt))) return 'not-ours';
  under.started = true;
  const command = `${runner.executable} apply`;
  let secrets: readonly string[] = [];
  let begun = false;
  const working = execute(session, steps, {
    signal,
    secrets: () => secrets,
    onTrouble: ({ kind, ms }) => void report(ports, run, kind, ms),
    before: async (step, data) => {
      if (!step.mutates) return;
      await recheck(tool.version);
      await artifacts.verify(artifact, place);
      await refuseLeftState(ports, planRun);
      if (steps.some((one) => one.output === 'data')) {
        const reading = runner.read(data);
        secrets = reading.secrets;
        const { plan } = planRun;
        if (plan === null || digestOf(ports, planRun, reading, plan.inputs) !== plan.digest)
          throw new UserError(otherMeaning(planRun));
      }
      begun = true;
    },
  });
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
  if ('lost' in executed && begun) {
    // Its tool may be at work for long: people can still stop it, and this server may still go.
    const found = await sandbox.reattach(run.id);
    under.folder = found;
    ending = await attend(found, control);
  } else ending = endingOf(run, executed, begun);
  if (ending === undefined) {
    under.folder = null;
    return 'not-ours';
  }
  const outcome = outcomeOf(
    ending,
    begun && (await rescueLeftState(ports, run)),
    (result) => executedProblem(executed) ?? problemOf({ command, mutates: true, timeoutMs: 0 }, result),
  );
  // Of an apply people read what the tool said while it applied; of one that did not get there, all that led to it.
  const text = begun || 'lost' in executed ? outcome.output : executed.transcript;
  return { ...outcome, output: text === null ? null : withoutSecrets(text, secrets) };
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
      kind: `apply.${kind}`,
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
  if (last === null) throw new Error(`apply ${run.id} has no steps`);
  // A step before it that failed is one that failed, however it ended: nothing was begun.
  const before = { ...last, ended: 'exit', exitCode: last.exitCode === 0 ? 0 : 1 } as const;
  return { kind: 'ended', result: begun ? last : before };
};

const executedProblem = (executed: Executed | Lost): Problem | null =>
  'lost' in executed ? null : (executed.failed?.problem ?? null);

/** Committed with the branch it would pass for one that the tool could not write. */
const refuseLeftState = async (ports: Ports, planRun: Run): Promise<void> => {
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
  { store, clock, sandbox: { isolation } }: Ports,
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

const noRoom: Problem = {
  code: 'no-room',
  sentence: 'The disk of the server was full when this was about to start.',
  advice:
    'Nothing was applied, and the plan still stands. Tell the people who run Tidegate, then comment `/apply` again.',
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
