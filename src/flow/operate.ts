import path from 'node:path';
import { operationOf, operationWords } from '../domain/operation.ts';
import { wholeOf } from '../domain/printed.ts';
import { type Problem, UserError } from '../domain/problem.ts';
import type { Authorized, Decision } from '../domain/rules/authorize.ts';
import { changesWorld, type Run } from '../domain/run.ts';
import type { StepInputs } from '../runner/port.ts';
import { refuseLeftState } from './apply.ts';
import { carryOut, refused, toItsEnd, type UnderWay } from './carry-out.ts';
import type { Control } from './control.ts';
import { toolVersion } from './execute.ts';
import type { GatePorts } from './gate.ts';
import { layOut } from './lay-out.ts';
import { type OperationRun, operationGateOf } from './operation-gate.ts';
import type { Outcome } from './outcome.ts';
import { forgeAway } from './passing.ts';
import { internalProblem, refuseLocalState, runnerOf } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { refuseOld } from './recheck.ts';
import { seenBy } from './snapshot.ts';
import { stateOf } from './state-file.ts';
import { stepInputs } from './step-inputs.ts';
import { refuseSuspended } from './suspended/ask.ts';
import { chooseTool, toolWish } from './tool-choice.ts';

type Ports = GatePorts & Pick<FlowPorts, 'sandbox' | 'blobs' | 'clock' | 'checkouts' | 'newId' | 'tools'>;

/**
 * `/import` and `/state rm`: changes the state of one project. The caller holds the checkout. As with an apply: lay the tree
 * out, look at every fact, void what was planned, start the tool, once. Returns the run as it ended, or null when somebody else ended it,
 * or when this server goes and leaves it to its host.
 */
export const operate = (ports: Ports, run: OperationRun, control: Control): Promise<Run | null> =>
  toItsEnd(ports, run, (under) => guarded(ports, run, control, under));

const guarded = async (
  ports: Ports,
  run: OperationRun,
  control: Control,
  under: UnderWay,
): Promise<Outcome | 'not-ours'> => {
  const { sandbox, checkouts, operator } = ports;
  const signal = control.interrupted;
  const { project, verb } = run;
  const runner = runnerOf(ports, run);
  const checkout = checkouts.folderOf(run);
  const session = await sandbox.open({
    runId: run.id,
    verb: 'apply',
    checkout,
    dir: project.dir,
    env: project.settings.env,
    ...stateOf(ports, run, checkout),
  });
  under.folder = session;
  await layOut(ports, run);
  const { requires } = await seenBy(ports, run);
  const wish = toolWish(operator, run, requires);
  const chosen = await chooseTool(ports, run, wish, { runner, session, signal });
  if ('problem' in chosen) return refused(chosen.problem);
  const steps = runner.steps(verb, inputsOfOperation(run, stepInputs(run, session, chosen)));
  if (steps.length === 0) return refused(notByRunner(run));
  const tool =
    chosen.version === null ? await toolVersion(session, runner, signal) : { version: chosen.version };
  if ('problem' in tool) return refused(tool.problem);
  const gate = operationGateOf(ports, run, tool.version);
  const { verdict, authorized, decidedAt } = await gate.decide();
  if (authorized === null) return refused(inWords(run, verdict.problem ?? internalProblem(run)));
  if (signal.aborted) return refused(cancelledBefore);
  if (control.leaving.aborted || !(await take(ports, run, authorized, decidedAt))) return 'not-ours';
  under.started = true;
  return carryOut(ports, run, session, {
    steps,
    control,
    under,
    command: `${runner.executable} ${operationWords[verb]}`,
    secrets: () => [],
    before: async (state) => {
      // After its first step the tool has chosen its backend, whatever the files seem to say.
      const local = await runner.localState(path.join(checkout, project.dir), project.workspace);
      refuseLocalState(run, checkout, local, operator.allowLocalState);
      await refuseLeftState(ports, run);
      await keepState(ports, run, await wholeOf(state));
      // Last, for all of the above took its time: what is asked here is what the tool starts on.
      await refuseUnless(run, gate.again);
    },
  });
};

/** No tool has changed anything: what does not hold any more, or cannot be asked, ends it. What was planned is void, and planned again. */
const refuseUnless = async (
  run: OperationRun,
  look: () => Promise<Decision<OperationRun['verb']>>,
): Promise<void> => {
  const { verdict, authorized } = await look().catch((error: unknown): never => {
    const away = forgeAway(run, error);
    throw away === null ? error : new UserError(away, { cause: error });
  });
  if (authorized === null) throw new UserError(inWords(run, verdict.problem ?? internalProblem(run)));
};

const inputsOfOperation = (run: OperationRun, inputs: StepInputs): StepInputs => {
  const operation = operationOf(run.verb, run.extra);
  return operation.kind === 'import'
    ? { ...inputs, extra: [], addresses: [operation.address], importId: operation.id }
    : { ...inputs, extra: [], addresses: operation.addresses };
};

/** The state as it was is kept as one that was found: encrypted, for ever, with its place in the audit trail. */
const keepState = async ({ blobs, store, clock }: Ports, run: Run, state: Buffer): Promise<void> => {
  // Nothing was ever in it.
  if (state.length === 0) return;
  const binding = `state-before:${run.id}`;
  const digest = await blobs.put(state, binding);
  await store.audit.append({
    at: clock.now(),
    kind: 'state.rescued',
    actor: null,
    repositoryId: run.repositoryId,
    pullNumber: run.pullNumber,
    runId: run.id,
    facts: { path: `as it was before this ${run.verb}`, digest, binding, bytes: state.length },
  });
};

/** The run is running and no earlier plan of the project stands, or neither. From here on the state may be another. */
const take = (
  { store, clock, sandbox: { isolation } }: Ports,
  run: OperationRun,
  { action, subject }: Authorized<OperationRun['verb']>,
  decidedAt: number,
): Promise<boolean> =>
  store.transact(async (tables) => {
    if (action !== run.verb || subject.operation !== run.id)
      throw new Error(`${run.verb} ${run.id} has somebody else's authorization`);
    refuseOld({ clock }, decidedAt);
    const now = clock.now();
    if ((await tables.runs.move(run.id, { kind: 'started' }, now, { isolation })) === null) return false;
    const lock = await tables.locks.get(run.project.key);
    if (lock?.pullNumber !== run.pullNumber || lock.repositoryId !== run.repositoryId)
      throw new UserError(lockGone(run));
    await refuseSuspended({ store: tables, clock }, run.project);
    const others = await tables.runs.ofPull(run, ['queued', 'running', 'planned', 'unresolved']);
    for (const other of others) {
      if (other.id === run.id || other.project.key !== run.project.key) continue;
      if (changesWorld(other.verb) && other.state !== 'queued') throw new UserError(busy(run));
      // What was planned is of a state that is about to be another one. Who asked for its apply hears that it is refused.
      if (other.verb === 'plan') await tables.runs.move(other.id, { kind: 'superseded' }, now);
    }
    return true;
  });

/** Sentences of applies, about this. */
const inWords = (run: OperationRun, problem: Problem): Problem => ({
  ...problem,
  advice: problem.advice.replaceAll('`/apply`', `\`/${operationWords[run.verb]}\``),
});

const notByRunner = (run: OperationRun): Problem => ({
  code: 'no-such-runner',
  sentence: `The runner \`${run.project.settings.runner}\` has no steps for \`${operationWords[run.verb]}\`.`,
  advice: 'Use the tool itself, then comment `/plan`.',
});

const cancelledBefore: Problem = {
  code: 'apply-cancelled',
  sentence: 'It was cancelled before the tool had started. Nothing was changed.',
  advice: 'Comment it again if it is meant.',
};

const lockGone = (run: Run): Problem => ({
  code: 'locked',
  sentence: `The lock of \`${run.project.name}\` was given up a moment ago.`,
  advice: 'Nothing was changed. Comment `/plan`, then comment this again.',
});

const busy = (run: Run): Problem => ({
  code: 'operation-refused',
  sentence: `Something that changes \`${run.project.name}\` is under way, or nobody knows how it ended.`,
  advice: 'Nothing was changed. `/status` says where it stands.',
});
