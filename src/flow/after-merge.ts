import type { Due } from '../domain/due.ts';
import type { PlanDigest } from '../domain/ids.ts';
import type { Project } from '../domain/project.ts';
import { fullNameOf, type Pull } from '../domain/pull.ts';
import { timely } from '../domain/rules/votes.ts';
import type { Run } from '../domain/run.ts';
import { planOtherwise } from '../domain/tool-arguments.ts';
import { FetchFailed } from '../git/port.ts';
import { keyOf } from './admit.ts';
import { isPartOf } from './ancestry.ts';
import { grantNext, releaseLock, voidPlans } from './conclude.ts';
import { type DiscoverPorts, discover } from './discover.ts';
import type { Discovery } from './discovery.ts';
import { endDue, openDues } from './dues.ts';
import { orderOf } from './order.ts';
import type { FlowPorts } from './ports.ts';
import { shownOf } from './rule-facts.ts';
import { wakeStage } from './stages.ts';

type Ports = DiscoverPorts;

/**
 * What a merge asks to be applied: every affected project in mode `merge`, planned before or not, by the rules that hold for the
 * merged commit. Where it was planned as one that the merge applies, people were told so, and it is due whatever they say now: then
 * it waits for somebody. What people had agreed to is the plan that the comment showed at that moment as one that the merge
 * applies; where none was, or more than one may have been, they agreed to nothing.
 */
export const duesOf = async (ports: Ports, pull: Pull): Promise<readonly Due[]> => {
  const { store, operator } = ports;
  const { merged, head, base } = pull;
  if (merged === null || !operator.appliesInto(fullNameOf(pull.ref.repo), base)) return [];
  const key = keyOf(pull);
  const batch = await store.batches.latest(key, 'plan');
  // What was pushed right before the merge was never looked at.
  const isOfHead = batch !== null && batch.headSha === head.sha && batch.problem === null;
  // A base branch that has the merge already is not changed by it, and a batch of it knows of no project.
  const isBefore = isOfHead && !(await isPartOf(ports.git, key.repositoryId, merged.commit, batch.baseSha));
  const known = isBefore ? batch : null;
  const runs = await store.runs.latest(key);
  const dues: Due[] = [];
  for (const { project, before } of await mergedBy(ports, pull, known?.affected ?? [])) {
    const toldSo = before?.settings.apply.kind === 'merge';
    if (!toldSo && project.settings.apply.kind !== 'merge') continue;
    const planRun = runs.find((run) => run.verb === 'plan' && run.project.key === project.key);
    dues.push({
      ...key,
      project: project.key,
      commit: merged.commit,
      approved: planRun === undefined || !toldSo ? null : await agreedTo(store, pull, planRun, merged.at),
      by: merged.by,
      mergedAt: merged.at,
      ended: null,
    });
  }
  return dues;
};

/** A project as the merged commit has it, and as it was planned before the merge; null: it was not. */
interface MergedProject {
  readonly project: Project;
  readonly before: Project | null;
}

/** What the merge affects, and what else was planned. What the merged commit has no more, or cannot tell, is as it was planned. */
const mergedBy = async (
  ports: Ports,
  pull: Pull,
  planned: readonly Project[],
): Promise<readonly MergedProject[]> => {
  const found = await discovered(ports, pull);
  const keys = new Set([...found.affected, ...planned].map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const before = planned.find((one) => one.key === key) ?? null;
    const project = found.projects.find((one) => one.key === key) ?? before;
    return project === null ? [] : [{ project, before }];
  });
};

/** A base branch that is gone, as that of a pull request on top of another one, is nothing to apply from. */
const discovered = async (ports: Ports, pull: Pull): Promise<Pick<Discovery, 'affected' | 'projects'>> => {
  try {
    return await discover(ports, pull);
  } catch (error) {
    if (error instanceof FetchFailed && error.reason === 'no-such-ref') return { affected: [], projects: [] };
    throw error;
  }
};

const agreedTo = async (
  store: FlowPorts['store'],
  pull: Pull,
  run: Run,
  mergedAt: number,
): Promise<PlanDigest | null> => {
  const { sha } = pull.head;
  const { plan, state, spent, headSha, extra } = run;
  if (plan === null || state !== 'planned' || spent || headSha !== sha || planOtherwise(extra)) return null;
  const bind = await shownOf({ store }, pull, run, plan);
  return timely({ commit: sha, submittedAt: mergedAt }, { bind, headSha: sha }) === null ? plan.digest : null;
};

/**
 * Ends what a merge asked for where that is no question any more: a newer commit that holds it was applied meanwhile, or began to
 * be, or the merged commit has no such project. An older commit never comes over a newer one.
 */
export const endPointless = async (
  ports: Pick<FlowPorts, 'git' | 'store' | 'clock' | 'newId'>,
  pull: Pull,
  { problem, projects }: Pick<Discovery, 'problem' | 'projects'>,
): Promise<void> => {
  const { store, clock } = ports;
  const key = keyOf(pull);
  for (const due of await openDues(store, key)) {
    const order = await orderOf(ports, pull, due.project);
    const isGone = problem === null && !projects.some((project) => project.key === due.project);
    if (order === 'newest' && !isGone) continue;
    const ending = order === 'newest' ? 'gone' : order;
    await store.transact(async (tables) => {
      if (!(await endDue(tables, ports, pull.ref, due.project, ending))) return;
      // What it brought is in the world, and no run of this pull request ends with that.
      if (ending === 'contained') await wakeStage(tables, ports, pull.ref, due.project);
      await voidPlans(tables, key, (project) => project === due.project, clock.now());
      await tables.locks.leave(due.project, key);
      await releaseLock(tables, ports, pull.ref, due.project);
      // It may have stood first in line for a lock that is free: nobody else is told of it.
      await grantNext(tables, ports, pull.ref.repo, due.project);
    });
  }
};
