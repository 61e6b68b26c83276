import path from 'node:path';
import { z } from 'zod';
import { artifactDigest, type RunId, runId } from '../domain/ids.ts';
import { type Look, summarise } from '../domain/look.ts';
import { wholeOf } from '../domain/printed.ts';
import { UserError } from '../domain/problem.ts';
import type { PullRef } from '../domain/pull.ts';
import type { Reach, Run } from '../domain/run.ts';
import { compareWithState, type StateReading } from '../domain/state-comparison.ts';
import { isLockOf } from '../domain/state-lock.ts';
import type { Runner, StepInputs } from '../runner/port.ts';
import type { Session } from '../sandbox/port.ts';
import { layOut } from './lay-out.ts';
import { runnerOf } from './plan.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';
import { stateOf } from './state-file.ts';
import { stepInputs } from './step-inputs.ts';
import { commandOf } from './step-problem.ts';
import { toolOfPlan } from './tool-choice.ts';

export type LookPorts = Pick<
  FlowPorts,
  | 'git'
  | 'runners'
  | 'sandbox'
  | 'artifacts'
  | 'store'
  | 'blobs'
  | 'clock'
  | 'checkouts'
  | 'log'
  | 'newId'
  | 'host'
  | 'forge'
  | 'tools'
  | 'operator'
  | 'configuration'
  | 'snapshots'
>;

/** A tool, ready to be asked about what an apply left. */
export interface Bench {
  readonly session: Session;
  readonly runner: Runner;
  readonly inputs: StepInputs;
}

/**
 * Works with the tool in the run's checkout, which nobody else has meanwhile, in a session of its own. A state file that
 * is found there is kept before anything is laid out. `verb` says whose environment the tool gets.
 */
export const atBench = <T>(
  ports: LookPorts,
  run: Run,
  verb: Reach,
  work: (bench: Bench) => Promise<T>,
): Promise<T> => {
  const checkout = ports.checkouts.folderOf(run);
  return ports.checkouts.exclusive(checkout, async () => {
    const runner = runnerOf(ports, run);
    await layOut(ports, run);
    const { project } = run;
    const session = await ports.sandbox.open({
      runId: runId(ports.newId()),
      verb,
      checkout,
      dir: project.dir,
      env: project.settings.env,
      // It asks who holds the lock, and runs nothing of the branch.
      ...stateOf(ports, run, checkout, true),
    });
    try {
      const folder = await toolFolderOf(ports, run, runner, session);
      return await work({ session, runner, inputs: stepInputs(run, session, { folder }) });
    } finally {
      await session.dispose();
    }
  });
};

/** An older version of a tool does not read the state of a newer one. Where that cannot be had, the one on PATH may still do. */
const toolFolderOf = async (
  ports: LookPorts,
  run: Run,
  runner: Runner,
  session: Session,
): Promise<string | null> => {
  const planRun = run.planRunId === null ? null : await ports.store.runs.get(run.planRunId);
  const version = planRun?.plan?.toolVersion ?? null;
  if (version === null) return null;
  const { signal } = new AbortController();
  try {
    const tool = await toolOfPlan(ports, version, { runner, session, signal });
    return 'problem' in tool ? null : tool.folder;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
};

interface Found {
  readonly state: StateReading | null;
  readonly look: Look;
}

/** The tool's last lines; masked already. */
const lastLines = (text: string): string => text.trim().split('\n').slice(-30).join('\n').slice(-3_000);

/** Reads the state and asks who holds its lock. Changes nothing. Null when the signal fired first. */
export const lookAt = async (
  ports: LookPorts,
  run: Run,
  { session, runner, inputs }: Bench,
  signal?: AbortSignal,
): Promise<Found | null> => {
  const options = signal === undefined ? {} : { signal };
  let state: StateReading | null = null;
  let why: string | null = null;
  let ready = false;
  const steps = runner.steps('look', inputs);
  if (steps.length === 0)
    why = runner.hasState
      ? `the runner ${runner.name} cannot read a state`
      : `${runner.name} keeps no state that could be read. A new plan shows what is left: comment /plan, and look at what is there with the tool itself.`;
  for (const step of steps) {
    const result = await session.run(step, options);
    if (signal?.aborted) return null;
    const isState = step.output === 'data';
    if (isState) ready = true;
    if (result.ended !== 'exit' || result.exitCode !== 0) {
      why = `${commandOf(step)}: ${lastLines(result.text)}`;
      break;
    }
    if (!isState) continue;
    state = runner.readState(await wholeOf(result.data));
    if (state === null) why = 'what the tool printed is no state of a version that this Tidegate knows';
  }
  const asked = ready ? await askHolder(ports, run, { session, runner, inputs }, options) : null;
  if (signal?.aborted) return null;
  const planRun = run.planRunId === null ? null : await ports.store.runs.get(run.planRunId);
  const changes = planRun?.plan?.summary.resources ?? [];
  const rescued = await rescuedState(ports, run);
  return {
    state,
    look: {
      at: ports.clock.now(),
      state: state === null ? null : { lineage: state.lineage, serial: state.serial },
      why,
      ...summarise(state === null ? [] : compareWithState(changes, state)),
      lock: asked?.lock ?? null,
      lockKnown: asked !== null,
      rescued:
        rescued === null
          ? null
          : {
              lineage: rescued.state.lineage,
              serial: rescued.state.serial,
              done: summarise(compareWithState(changes, rescued.state)).counts.done,
            },
    },
  };
};

const askHolder = async (
  { host }: LookPorts,
  run: Run,
  { session, runner, inputs }: Bench,
  options: { readonly signal?: AbortSignal },
): Promise<Pick<Look, 'lock'> | null> => {
  const [step] = runner.steps('holder', inputs);
  if (step === undefined) return null;
  const result = await session.run(step, options);
  if (result.ended === 'exit' && result.exitCode === 0) return { lock: null };
  const lock = runner.readLock(result.text);
  if (lock === null) return null;
  const ours = isLockOf(lock, { host, from: run.startedAt, to: run.endedAt });
  return { lock: { ...lock, ours } };
};

/** A state that the tool of this very apply could not write, kept by us. Null: none, or it cannot be opened. */
export const rescuedState = async (
  { store, blobs, runners, log, checkouts }: LookPorts,
  run: Run,
): Promise<{ readonly bytes: Buffer; readonly state: StateReading } | null> => {
  const name = runners.get(run.project.settings.runner)?.leftStateName ?? null;
  if (name === null) return null;
  // Another project's may lie in the same checkout, and be kept with this run's name on it.
  const checkout = checkouts.folderOf(run);
  const at = path.join(checkout, run.project.dir, name);
  const events = await store.audit.ofPull({ repositoryId: run.repositoryId, pullNumber: run.pullNumber });
  const kept = events.findLast(
    ({ kind, runId: of, facts }) =>
      kind === 'state.rescued' && of === run.id && path.resolve(checkout, String(facts['path'])) === at,
  );
  if (kept === undefined) return null;
  try {
    const bytes = await blobs.get(
      artifactDigest(String(kept.facts['digest'])),
      String(kept.facts['binding']),
    );
    const state = runners.get(run.project.settings.runner)?.readState(bytes) ?? null;
    return state === null ? null : { bytes, state };
  } catch (error) {
    log.error('a rescued state cannot be opened', { run: run.id, error: String(error) });
    return null;
  }
};

/** Writes a look down, where boards and answers find it. */
export const keepLook = async (
  { store, clock }: Pick<LookPorts, 'store' | 'clock'>,
  pull: PullRef,
  run: Run,
  look: Look,
  actor: string | null,
): Promise<void> => {
  await store.audit.append({
    at: look.at,
    kind: 'apply.looked',
    actor,
    repositoryId: run.repositoryId,
    pullNumber: run.pullNumber,
    runId: run.id,
    facts: { project: run.project.key, look },
  });
  await wantBoard({ store, clock }, pull);
};

const named = z.array(
  z.object({
    address: z.string(),
    action: z.enum(['create', 'update', 'delete', 'replace', 'read', 'move', 'import', 'forget', 'no-op']),
  }),
);
const state = z.object({ lineage: z.string(), serial: z.number() }).nullable();

const lookFacts: z.ZodType<Look> = z.object({
  at: z.number(),
  state,
  why: z.string().nullable(),
  counts: z.object({ done: z.number(), open: z.number(), unclear: z.number() }),
  names: z.object({ done: named, open: named, unclear: named }),
  lock: z
    .object({
      id: z.string().nullable(),
      who: z.string().nullable(),
      operation: z.string().nullable(),
      created: z.string().nullable(),
      ours: z.boolean(),
    })
    .nullable(),
  lockKnown: z.boolean(),
  rescued: z.object({ lineage: z.string(), serial: z.number(), done: z.number() }).nullable(),
});

/** The newest look at each of these runs. One that this version cannot read is as good as none. */
export const looksAt = async (
  { store }: Pick<FlowPorts, 'store'>,
  runs: readonly Run[],
): Promise<ReadonlyMap<RunId, Look>> => {
  const looks = new Map<RunId, Look>();
  const [first] = runs;
  if (first === undefined) return looks;
  const { repositoryId, pullNumber } = first;
  const ids = new Map(runs.map((run) => [String(run.id), run.id]));
  for (const { kind, runId: of, facts } of await store.audit.ofPull({ repositoryId, pullNumber })) {
    const id = kind === 'apply.looked' ? ids.get(of ?? '') : undefined;
    const read = id === undefined ? null : lookFacts.safeParse(facts['look']);
    if (id !== undefined && read?.success === true) looks.set(id, read.data);
  }
  return looks;
};

/** Why a look came to nothing, in words for people. */
export const lookFailed = (error: unknown, at: number): Look => ({
  at,
  state: null,
  why:
    error instanceof UserError
      ? `${error.problem.sentence} ${error.problem.advice}`
      : 'Tidegate failed while it looked; the people who run it find the reason in its log',
  counts: { done: 0, open: 0, unclear: 0 },
  names: { done: [], open: [], unclear: [] },
  lock: null,
  lockKnown: false,
  rescued: null,
});
