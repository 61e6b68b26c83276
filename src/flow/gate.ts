import type { Batch } from '../domain/batch.ts';
import type { Project } from '../domain/project.ts';
import { fullNameOf } from '../domain/pull.ts';
import { firstConditions } from '../domain/rules/apply-conditions.ts';
import { askedOfApply, whoMay } from '../domain/rules/asked-of-apply.ts';
import { authorize, type Decision, type Evidence } from '../domain/rules/authorize.ts';
import type { Run } from '../domain/run.ts';
import { type Applying, firstFacts, laterFacts } from './apply-facts.ts';
import type { DiscoverPorts } from './discover.ts';
import type { Discovery } from './discovery.ts';
import { authoredBy } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { createRecheck, type Decided, type Recheck } from './recheck.ts';
import { readRules } from './rule-facts.ts';

export type GatePorts = DiscoverPorts & Pick<FlowPorts, 'log' | 'clock' | 'appId' | 'conditions' | 'recheck'>;

/** An apply that wants to start. */
interface Wanting {
  readonly run: Run;
  readonly planRun: Run;
  /** Of the tool that stands ready. */
  readonly toolVersion: string;
  /** The plan is this apply's already. */
  readonly taken: boolean;
}

/**
 * Stage 6: may this apply start, now? Every fact is read afresh. Unknown means no: a fact that cannot be read throws. An apply itself asks
 * through `gateOf`, for facts that were read one after the other are not of one moment.
 */
export const gate = async (
  ports: GatePorts,
  run: Run,
  planRun: Run,
  toolVersion: string,
): Promise<Decision<'apply'>> =>
  (await look(ports, { run, planRun, toolVersion, taken: false }, null)).decision;

/** @param known a discovery that still holds: no branch is fetched */
const look = async (
  ports: GatePorts,
  { run, planRun, toolVersion, taken }: Wanting,
  known: Discovery | null,
): Promise<Decided<Decision<'apply'>>> => {
  const { plan } = planRun;
  if (plan === null) throw new Error(`run ${planRun.id} has no plan`);
  const batch = await ports.store.batches.get(run.batchId);
  if (batch === null) throw new Error(`run ${run.id} has no batch`);
  const pull = await ports.forge.pull({ repo: batch.repo, number: run.pullNumber });
  const applying: Applying = { pull, batch, run, planRun, plan, toolVersion, taken };
  const first = await firstFacts(ports, applying);
  // What comes later may be meaningless, or costly, once one says no.
  const found = firstConditions(first).every(({ holds }) => holds)
    ? await laterFacts(ports, applying, known)
    : null;
  const project = found?.project ?? run.project;
  // What is asked of the project is read anew as well: the base branch may ask for more than when it was planned.
  const { who, destroyers, rebuilders, ...asked } = askedOfApply(
    project.settings,
    planRun.extra,
    batch.cause,
    ports.operator.driftOf(fullNameOf(pull.ref.repo)).unapproved,
  );
  const requirements = found?.project == null ? [] : asked.requirements;
  const breakGlass = glassOf(ports, batch, project);
  const named = [...who, ...(destroyers ?? []), ...(rebuilders ?? []), ...(breakGlass?.who ?? [])];
  const { actor } = run;
  const discovery = found?.discovery ?? null;
  const read = await readRules(ports, {
    ...{ pull, project, planRun, discovery },
    // Of ourselves GitHub knows nothing: whoever has that name there is somebody else.
    actor: batch.cause === 'drift' ? null : actor,
    requirements: [...requirements, ...(breakGlass?.requirements ?? [])],
    who: named,
  });
  const subject = {
    project: run.project.key,
    apply: { run: run.id, planRun: planRun.id, digest: plan.digest },
  };
  const facts = { ...first, later: found?.later ?? null };
  const evidence = {
    ...read,
    authored: authoredBy(ports, pull),
    who,
    destroyers,
    rebuilders,
    requirements,
    breakGlass,
    apply: facts,
  };
  return { decision: authorize(actor, 'apply', subject, evidence), discovery };
};

/** Null: nobody said it. */
const glassOf = (
  { operator }: Pick<GatePorts, 'operator'>,
  { breakGlass: said }: Batch,
  { settings }: Project,
): NonNullable<Evidence['breakGlass']> | null =>
  said === undefined
    ? null
    : {
        said,
        isLet: operator.breakGlass === 'administrators',
        who: whoMay(settings.who, 'break-glass'),
        requirements: settings.requirements['break-glass'] ?? [],
      };

/** The gate of one apply: asked before the plan is taken, and again right before its tool starts. Answers have rows in the audit trail. */
export const gateOf = (
  ports: GatePorts,
  run: Run,
  planRun: Run,
  toolVersion: string,
): Recheck<Decision<'apply'>> => {
  let taken = false;
  const { decide, again } = createRecheck(
    ports,
    (asking, known) => look(asking, { run, planRun, toolVersion, taken }, known),
    (decision) => record(ports, run, planRun, decision),
  );
  return {
    decide,
    again: () => {
      taken = true;
      return again();
    },
  };
};

const record = async (
  { store, clock }: Pick<GatePorts, 'store' | 'clock'>,
  run: Run,
  planRun: Run,
  { verdict, passed }: Decision<'apply'>,
): Promise<void> =>
  store.audit.append({
    at: clock.now(),
    kind: verdict.holds ? 'apply.allowed' : 'apply.refused',
    actor: run.actor?.login ?? null,
    repositoryId: run.repositoryId,
    pullNumber: run.pullNumber,
    runId: run.id,
    facts: {
      project: run.project.key,
      plan: planRun.id,
      digest: planRun.plan?.digest ?? null,
      verdict,
      ...(passed.length === 0 ? {} : { passed: passed.map(({ name, because }) => ({ name, because })) }),
    },
  });
