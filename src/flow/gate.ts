import type { Batch } from '../domain/batch.ts';
import type { Project } from '../domain/project.ts';
import { fullNameOf } from '../domain/pull.ts';
import { firstConditions } from '../domain/rules/apply-conditions.ts';
import { askedOfApply, whoMay } from '../domain/rules/asked-of-apply.ts';
import { authorize, type Decision, type Evidence } from '../domain/rules/authorize.ts';
import type { Run } from '../domain/run.ts';
import { type Applying, firstFacts, laterFacts } from './apply-facts.ts';
import type { DiscoverPorts } from './discover.ts';
import { authoredBy } from './permit.ts';
import type { FlowPorts } from './ports.ts';
import { readRules } from './rule-facts.ts';

export type GatePorts = DiscoverPorts & Pick<FlowPorts, 'log' | 'clock' | 'appId' | 'conditions'>;

/**
 * Stage 6: may this apply start, now? Every fact is read afresh; the caller holds the checkout and
 * starts the tool right after (promise 1). Unknown means no: a fact that cannot be read throws.
 */
export const gate = async (
  ports: GatePorts,
  run: Run,
  planRun: Run,
  toolVersion: string,
  taken = false,
): Promise<Decision<'apply'>> => {
  const { plan } = planRun;
  if (plan === null) throw new Error(`run ${planRun.id} has no plan`);
  const batch = await ports.store.batches.get(run.batchId);
  if (batch === null) throw new Error(`run ${run.id} has no batch`);
  const pull = await ports.forge.pull({ repo: batch.repo, number: run.pullNumber });
  const applying: Applying = { pull, batch, run, planRun, plan, toolVersion, taken };
  const first = await firstFacts(ports, applying);
  // What comes later may be meaningless, or costly, once one says no.
  const found = firstConditions(first).every(({ holds }) => holds) ? await laterFacts(ports, applying) : null;
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
  return authorize(actor, 'apply', subject, evidence);
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

/** The same, with a row in the audit trail. `taken`: the plan is this apply's already, which asks again before the tool starts. */
export const gateOnRecord = async (
  ports: GatePorts,
  run: Run,
  planRun: Run,
  toolVersion: string,
  taken = false,
): Promise<Decision<'apply'> & { readonly lookedAt: number }> => {
  const decision = await gate(ports, run, planRun, toolVersion, taken);
  const lookedAt = ports.clock.monotonic();
  const { verdict, passed } = decision;
  await ports.store.audit.append({
    at: ports.clock.now(),
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
  return { ...decision, lookedAt };
};
