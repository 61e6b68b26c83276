import type { Problem } from '../domain/problem.ts';
import { UserError } from '../domain/problem.ts';
import type { Run, RunEvent } from '../domain/run.ts';
import { BlobDamaged } from '../store/blobs/port.ts';
import { endRun } from './conclude.ts';
import { artifactBinding, type Executed, execute, rescueState, toolVersion } from './execute.ts';
import { type GatePorts, gate } from './gate.ts';
import { digestOf, internalProblem, runnerOf, stepInputs, withoutSecrets } from './plan.ts';
import type { FlowPorts } from './ports.ts';

type Ports = GatePorts &
  Pick<FlowPorts, 'sandbox' | 'artifacts' | 'blobs' | 'clock' | 'checkouts' | 'newId' | 'sign'>;

/**
 * Stage 7: applies exactly what was reviewed. The caller holds the checkout. Order matters: lay the
 * stored artifact out, look at every fact, take the plan, start the tool. Returns the run as it
 * ended, or null when somebody else ended it.
 */
export const apply = async (ports: Ports, run: Run, signal: AbortSignal): Promise<Run | null> => {
  const ended = (event: RunEvent, problem: Problem | null, output: string | null = null) =>
    endRun(ports, run, event, { problem, output });
  const started = { yet: false };
  try {
    const result = await guarded(ports, run, signal, started);
    if (result === 'lost') return null;
    if ('refused' in result) return await ended({ kind: 'failed' }, result.refused);
    const { failed, transcript } = result;
    if (failed === null) return await ended({ kind: 'applied' }, null, transcript);
    // A tool that was killed may have done anything; one that says it failed has written its state.
    const unknown =
      failed.step.mutates && failed.result.ended !== 'exit' && failed.result.ended !== 'not-found';
    return await ended({ kind: unknown ? 'lost' : 'failed' }, failed.problem, transcript);
  } catch (error) {
    if (error instanceof UserError) return ended({ kind: 'failed' }, error.problem);
    ports.log.error('apply failed inside Tidegate', {
      run: run.id,
      started: started.yet,
      error: String(error),
    });
    return ended({ kind: started.yet ? 'lost' : 'failed' }, internalProblem(run));
  }
};

type Result = Executed | { readonly refused: Problem } | 'lost';

const guarded = async (
  ports: Ports,
  run: Run,
  signal: AbortSignal,
  started: { yet: boolean },
): Promise<Result> => {
  const { store, sandbox, git, blobs, artifacts, checkouts, clock } = ports;
  const planRun = run.planRunId === null ? null : await store.runs.get(run.planRunId);
  if (planRun === null || planRun.plan === null) throw new Error(`apply ${run.id} has no plan to apply`);
  const runner = runnerOf(ports, planRun);
  const checkout = checkouts.folderOf(planRun);
  const { project } = planRun;
  const artifact = await blobs.get(planRun.plan.artifact, artifactBinding(planRun)).catch(damaged(planRun));
  await git.checkout(run.repositoryId, planRun.tree, checkout, rescueState(ports, run));
  const session = await sandbox.open({
    runId: run.id,
    verb: 'apply',
    checkout,
    dir: project.dir,
    env: project.settings.env,
  });
  try {
    const inputs = stepInputs(planRun, session);
    const place = { planFile: inputs.planFile, checkout };
    const tool = await toolVersion(session, runner, signal);
    if ('problem' in tool) return { refused: tool.problem };
    await artifacts.unpack(artifact, place);
    const verdict = await gate(ports, run, planRun, tool.version);
    await store.audit.append({
      at: clock.now(),
      kind: verdict.holds ? 'apply.allowed' : 'apply.refused',
      actor: run.actor?.login ?? null,
      repositoryId: run.repositoryId,
      pullNumber: run.pullNumber,
      runId: run.id,
      facts: { project: project.key, plan: planRun.id, digest: planRun.plan.digest, verdict },
    });
    if (verdict.problem !== null) return { refused: verdict.problem };
    if (!(await take(ports, run, planRun))) return 'lost';
    started.yet = true;
    const steps = runner.steps('apply', inputs);
    let secrets: readonly string[] = [];
    const executed = await execute(session, steps, {
      signal,
      before: async (step, data) => {
        if (!step.mutates) return;
        await artifacts.verify(artifact, place);
        if (!steps.some((one) => one.output === 'data')) return;
        const reading = runner.read(data);
        secrets = reading.secrets;
        if (digestOf(ports, planRun, reading) !== planRun.plan?.digest)
          throw new UserError(otherMeaning(planRun));
      },
    });
    return { ...executed, transcript: withoutSecrets(executed.transcript, secrets) };
  } finally {
    // How the tool ended is known by now, and must not be lost to a folder that cannot be removed.
    await session
      .dispose()
      .catch((error: unknown) =>
        ports.log.error('the folder of a run was not removed', { run: run.id, error }),
      );
  }
};

/** The plan is spent and the run is running, or neither (promise 3). */
const take = ({ store, clock }: Ports, run: Run, planRun: Run): Promise<boolean> =>
  store.transact(async (tables) => {
    const now = clock.now();
    if ((await tables.runs.move(run.id, { kind: 'started' }, now)) === null) return false;
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
  advice: 'Nothing was applied. Comment `/plan` to plan again, and tell the people who run Tidegate.',
});

const damaged =
  (planRun: Run) =>
  (error: unknown): never => {
    if (!(error instanceof BlobDamaged)) throw error;
    throw new UserError(
      {
        code: 'artifact-damaged',
        sentence: `The stored plan of \`${planRun.project.name}\` is not what was planned.`,
        advice: 'Nothing was applied. Comment `/plan` to plan again, and tell the people who run Tidegate.',
      },
      { cause: error },
    );
  };
