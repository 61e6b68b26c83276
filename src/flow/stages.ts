import type { Batch } from '../domain/batch.ts';
import type { Progress } from '../domain/depends-on.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import type { Project } from '../domain/project.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { lacksPlan, notPlannedYet, usesOutputs } from '../domain/stages.ts';
import type { StoreTables } from '../store/port.ts';
import type { Discovery } from './discover.ts';
import { duesNow } from './order.ts';
import type { FlowPorts } from './ports.ts';

type Making = Pick<FlowPorts, 'clock' | 'newId'>;

/** A project that was meant and is not planned yet, with why. */
export interface Staged {
  readonly project: Project;
  readonly problem: Problem;
}

/** How far the projects of a batch of plans have come. */
export const progressOf = (
  batch: Pick<Batch, 'headSha' | 'affected'> | null,
  { runs, dues }: Pick<Progress, 'runs' | 'dues'>,
): Progress => ({ head: batch?.headSha ?? null, affected: batch?.affected ?? [], runs, dues });

/** The same of what was found now, where `shown` are all projects that its board will have. */
export const progressNow = async (
  ports: Pick<FlowPorts, 'git' | 'store'>,
  pull: Pull,
  { headSha }: Pick<Discovery, 'headSha'>,
  shown: readonly Project[],
): Promise<Progress> => ({
  head: headSha,
  affected: shown,
  runs: await ports.store.runs.latest({ repositoryId: pull.ref.repo.id, pullNumber: pull.ref.number }),
  dues: await duesNow(ports, pull),
});

/** With what is named now. */
export const progressWith = (progress: Progress, meant: readonly Project[]): Progress => ({
  ...progress,
  affected: [...new Set([...progress.affected, ...meant])],
});

/** Of projects that are to be planned together: those whose turn comes later, because they use outputs of others. */
export const stagedAmong = (progress: Progress, meant: readonly Project[]): readonly Staged[] => {
  const again = new Set(meant.map(({ key }) => key));
  // What is planned anew is not done any more, whatever became of the plan before.
  const runs = progress.runs.filter(({ verb, project }) => verb !== 'plan' || !again.has(project.key));
  return meant.flatMap((project) => {
    const problem = notPlannedYet({ ...progress, runs }, project);
    return problem === null ? [] : [{ project, problem }];
  });
};

const isUserOf = ({ dependsOn }: Project, name: string | undefined): boolean =>
  dependsOn.some((need) => need.name === name && usesOutputs(need));

const usersAmong = (projects: readonly Project[], used: ProjectKey): readonly Project[] => {
  const name = projects.find(({ key }) => key === used)?.name;
  return projects.filter((project) => isUserOf(project, name));
};

/** What is to be planned when that project has been applied: what uses its outputs and has no plan. */
export const nextAfter = (progress: Progress, used: ProjectKey): readonly Project[] =>
  usersAmong(progress.affected, used).filter((project) => lacksPlan(progress, project));

/** Has those planned that use outputs of a project. Waking twice is harmless: it looks afresh. */
export const wakeStage = async (
  tables: Pick<StoreTables, 'batches' | 'deliveries'>,
  { clock, newId }: Making,
  pull: PullRef,
  project: ProjectKey,
): Promise<void> => {
  const { repo, number: pullNumber } = pull;
  const batch = await tables.batches.latest({ repositoryId: repo.id, pullNumber }, 'plan');
  if (batch === null) return;
  // One that planned nothing names nobody, and those of before wait all the same.
  if (batch.problem === null && usersAmong(batch.affected, project).length === 0) return;
  await tables.deliveries.record({
    id: `tidegate-${newId()}`,
    event: 'stage',
    action: null,
    repository: `${repo.owner}/${repo.name}`,
    trigger: { kind: 'stage', pull, project },
    receivedAt: clock.now(),
  });
};

/**
 * What follows from the end of a run for those that use outputs of its project: called with that end, all or nothing. Plans of
 * them that were made before the apply are over, and when nothing is left to do they have their turn.
 */
export const endStage = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  run: Run,
): Promise<void> => {
  const { verb, state, startedAt, plan, project } = run;
  if (verb === 'apply' && startedAt !== null) await endPlansOfBefore(tables, ports, run);

  const isDone = state === 'applied' || (state === 'planned' && plan?.summary.hasChanges === false);
  if (isDone) await wakeStage(tables, ports, pull, project.key);
};

/** Whatever became of the apply, it may have changed what they were made of. Asked are the plans: the newest look may have named none. */
const endPlansOfBefore = async (tables: StoreTables, ports: Making, apply: Run): Promise<void> => {
  const { name } = apply.project;
  for (const run of await tables.runs.ofPull(apply, ['running', 'planned']))
    if (run.verb === 'plan' && !run.spent && isUserOf(run.project, name))
      await tables.runs.move(run.id, { kind: 'superseded' }, ports.clock.now());
};
