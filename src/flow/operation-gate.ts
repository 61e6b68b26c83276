import type { OperationVerb } from '../domain/operation.ts';
import type { Project } from '../domain/project.ts';
import type { Pull } from '../domain/pull.ts';
import { type Current, firstOfOperation, type LaterFacts } from '../domain/rules/apply-conditions.ts';
import { askedOfOperation, whoMay } from '../domain/rules/asked-of-apply.ts';
import { authorize, type Decision } from '../domain/rules/authorize.ts';
import type { Run } from '../domain/run.ts';
import { houseFacts, trustOf } from './apply-facts.ts';
import { discover } from './discover.ts';
import type { Discovery } from './discovery.ts';
import type { GatePorts } from './gate.ts';
import { authoredBy } from './permit.ts';
import { createRecheck, type Decided, type Recheck } from './recheck.ts';
import { readRules } from './rule-facts.ts';
import { inputsOf } from './snapshot.ts';
import { suspensionsOf } from './suspended/ask.ts';

/** A run of a verb that changes a state. */
export type OperationRun = Run & { readonly verb: OperationVerb };

/**
 * May this state be changed, now? As `gateOf` is for an apply: asked before what was planned is void, and again right before the tool
 * starts. Answers have rows in the audit trail. Approvals and conditions are of the plan that is shown.
 */
export const operationGateOf = (
  ports: GatePorts,
  run: OperationRun,
  toolVersion: string,
): Recheck<Decision<OperationVerb>> => {
  // What is shown is void from the first answer on: who approved it did so before.
  let shown: Promise<Run | null> | null = null;
  return createRecheck(
    ports,
    (asking, known) => {
      shown ??= shownPlan(ports, run);
      return look(asking, run, { toolVersion, shown }, known);
    },
    (decision) => record(ports, run, decision),
  );
};

const record = (
  { store, clock }: Pick<GatePorts, 'store' | 'clock'>,
  run: OperationRun,
  { verdict }: Decision<OperationVerb>,
): Promise<void> =>
  store.audit.append({
    at: clock.now(),
    kind: `${run.verb}.${verdict.holds ? 'allowed' : 'refused'}`,
    actor: run.actor?.login ?? null,
    repositoryId: run.repositoryId,
    pullNumber: run.pullNumber,
    runId: run.id,
    facts: { project: run.project.key, asked: run.extra, verdict },
  });

/** @param known a discovery that still holds: no branch is fetched */
const look = async (
  ports: GatePorts,
  run: OperationRun,
  { toolVersion, shown }: { readonly toolVersion: string; readonly shown: Promise<Run | null> },
  known: Discovery | null,
): Promise<Decided<Decision<OperationVerb>>> => {
  const { store } = ports;
  const { verb, actor } = run;
  const batch = await store.batches.get(run.batchId);
  if (batch === null) throw new Error(`run ${run.id} has no batch`);
  const pull = await ports.forge.pull({ repo: batch.repo, number: run.pullNumber });
  // Only a command changes a state, and only before the merge.
  const first = { ...(await houseFacts(ports, { pull, batch, run })), due: null };
  const discovery = firstOfOperation(first).every(({ holds }) => holds)
    ? (known ?? (await discover(ports, pull)))
    : null;
  const found = discovery === null ? null : await laterOf(ports, pull, run, discovery, toolVersion);
  const project = found?.project ?? run.project;
  const who = whoMay(project.settings.who, verb);
  const requirements = found?.project == null ? [] : askedOfOperation(project.settings, verb);
  const planRun = await shown;
  const read = await readRules(ports, { pull, project, actor, planRun, who, requirements, discovery });
  const evidence = {
    ...read,
    authored: authoredBy(ports, pull),
    who,
    destroyers: null,
    requirements,
    apply: null,
    operation: { ...first, later: found?.later ?? null },
  };
  const subject = { project: run.project.key, apply: null, operation: run.id };
  return { decision: authorize(actor, verb, subject, evidence), discovery };
};

/** What people were shown of the project, if that still stands. */
const shownPlan = async ({ store }: Pick<GatePorts, 'store'>, run: Run): Promise<Run | null> => {
  const runs = await store.runs.latest(run);
  const plan = runs.find(({ verb, project }) => verb === 'plan' && project.key === run.project.key);
  return plan?.state === 'planned' ? plan : null;
};

const laterOf = async (
  ports: GatePorts,
  pull: Pull,
  run: Run,
  discovery: Discovery,
  toolVersion: string,
): Promise<{ readonly later: LaterFacts; readonly project: Project | null }> => {
  // One that is taken away has no code that an operation could be of.
  const isHere = ({ key }: Project) => key === run.project.key && !discovery.endings.has(key);
  const project = discovery.projects.find(isHere) ?? null;
  const held = project === null ? null : discovery.held(project);
  return {
    later: {
      current: await currentOf(ports, pull, run, { discovery, project, toolVersion }),
      trust: await trustOf(ports, { pull, planRun: run }, project ?? run.project, held),
      suspended: await suspensionsOf(ports, project ?? run.project),
      waitsFor: null,
      mode: (project ?? run.project).settings.apply,
      beginsByRule: false,
      order: 'newest',
    },
    project,
  };
};

/** Is what the tool will see that of the head and base of now? */
const currentOf = async (
  ports: GatePorts,
  pull: Pull,
  run: Run,
  now: {
    readonly discovery: Discovery;
    readonly project: Project | null;
    readonly toolVersion: string;
  },
): Promise<Current> => {
  const { discovery, project, toolVersion } = now;
  const { headSha, baseSha, tree } = discovery;
  const moved = (what: string): Current => ({ kind: 'moved', what });
  if (headSha !== run.headSha || pull.head.sha !== run.headSha)
    return moved(`the head moved from ${run.headSha.slice(0, 7)} to ${headSha.slice(0, 7)}`);
  const problem = discovery.problem ?? (project === null ? null : discovery.badPlace(project));
  if (problem !== null) return { kind: 'refused', problem };
  if (project === null || tree === null) return moved('the project disappeared from the configuration');
  const then = await inputsOf(ports, run);
  const inputs = await inputsOf(ports, { ...run, project, tree });
  if (then(toolVersion) !== inputs(toolVersion))
    return moved(
      `the base branch moved to ${baseSha.slice(0, 7)} and changed files or settings this project depends on`,
    );
  return {
    kind: 'same',
    because: `head ${headSha.slice(0, 12)}, inputs ${inputs(toolVersion).slice(0, 12)}`,
  };
};
