import type { Batch } from '../domain/batch.ts';
import { usersOf } from '../domain/followers.ts';
import type { ProjectKey } from '../domain/ids.ts';
import type { Problem } from '../domain/problem.ts';
import { type Progress, usesOutputs } from '../domain/progress.ts';
import type { Project } from '../domain/project.ts';
import type { Pull, PullRef } from '../domain/pull.ts';
import type { Run } from '../domain/run.ts';
import { lacksPlan, notPlannedYet, plannedAfter, waitsThrough } from '../domain/stages.ts';
import type { StoreTables } from '../store/port.ts';
import type { Discovery } from './discovery.ts';
import { wakeWaiting } from './dues.ts';
import { bringFollowers, followersNow } from './followers.ts';
import { lastLook } from './last-look.ts';
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
  batch: Pick<Batch, 'headSha' | 'affected' | 'followers'> | null,
  { runs, dues }: Pick<Progress, 'runs' | 'dues'>,
): Progress => ({
  head: batch?.headSha ?? null,
  affected: batch?.affected ?? [],
  followers: batch?.followers ?? [],
  runs,
  dues,
});

/** The same of what was found now, where `shown` are all projects that its board will have. */
export const progressNow = async (
  ports: Pick<FlowPorts, 'git' | 'store'>,
  pull: Pull,
  discovery: Pick<Discovery, 'headSha' | 'projects' | 'endings'>,
  shown: readonly Project[],
): Promise<Progress> => ({
  head: discovery.headSha,
  affected: shown,
  followers: followersNow(pull, discovery, shown),
  runs: await ports.store.runs.latest({ repositoryId: pull.ref.repo.id, pullNumber: pull.ref.number }),
  dues: await duesNow(ports, pull),
});

/** With what is named now. */
export const progressWith = (
  progress: Progress,
  pull: Pull,
  discovery: Pick<Discovery, 'projects' | 'endings'>,
  meant: readonly Project[],
): Progress => {
  const affected = [...new Set([...progress.affected, ...meant])];
  return { ...progress, affected, followers: followersNow(pull, discovery, affected) };
};

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

/** What is to be planned when that project has been applied: what uses its outputs, also through others that stay as they are, and has no plan. */
export const nextAfter = (progress: Progress, used: ProjectKey): readonly Project[] =>
  usersOf(progress, used).filter((project) => lacksPlan(progress, project));

/**
 * Has those planned that use outputs of a project, and those applied that are only applied after it, where nobody has to ask. Waking
 * twice is harmless: it looks afresh.
 */
export const wakeStage = async (
  tables: StoreTables,
  ports: Making,
  pull: PullRef,
  project: ProjectKey,
  // One that planned nothing names nobody, and those of before wait all the same.
  isWoken: (batch: Batch, users: readonly Project[]) => boolean = ({ problem }, users) =>
    problem !== null || users.length > 0,
): Promise<void> => {
  const { repo, number: pullNumber } = pull;
  const { clock, newId } = ports;
  const batch = await lastLook(tables, { repositoryId: repo.id, pullNumber });
  if (batch === null) return;
  const behind = new Set(usersOf(batch, project, () => true).map(({ key }) => key));
  if (behind.size > 0) await wakeWaiting(tables, ports, pull, ({ key }) => behind.has(key));
  if (!isWoken(batch, usersOf(batch, project))) return;
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
  if (verb === 'plan' && state === 'planned') await bringFollowers(tables, run);
  if (isDone) {
    await wakeStage(tables, ports, pull, project.key);
    return wakeOvertaken(tables, ports, pull, project.key);
  }
  if (verb !== 'plan' || state !== 'planned') return;
  // What is between it and others stays as it is: they waited for the plan alone.
  const runs = await tables.runs.latest(run);
  await wakeStage(tables, ports, pull, project.key, (batch, users) => {
    const progress = progressOf(batch, { runs, dues: [] });
    return users.some(
      (one) =>
        waitsThrough(one, [project]) && lacksPlan(progress, one) && plannedAfter(progress, one).length === 0,
    );
  });
};

/**
 * What an apply of this project overtook in another pull request is in the world when that came to a good end, and no run there ends
 * with it: what waits for it there has its turn.
 */
export const wakeOvertaken = async (
  tables: StoreTables,
  ports: Making,
  { repo, number }: PullRef,
  project: ProjectKey,
): Promise<void> => {
  const open = (await tables.dues.open(null)).filter(({ repositoryId }) => repositoryId === repo.id);
  for (const other of new Set(open.map(({ pullNumber }) => pullNumber))) {
    const dues = await tables.dues.ofPull({ repositoryId: repo.id, pullNumber: other });
    if (other !== number && dues.some((due) => due.project === project && due.ended === 'overtaken'))
      await wakeStage(tables, ports, { repo, number: other }, project);
  }
};

/** Whatever became of the apply, it may have changed what they were made of. Asked are the plans: the newest look may have named none. */
const endPlansOfBefore = async (tables: StoreTables, ports: Making, apply: Run): Promise<void> => {
  const { name } = apply.project;
  for (const run of await tables.runs.ofPull(apply, ['running', 'planned']))
    if (run.verb === 'plan' && !run.spent && isUserOf(run.project, name))
      await tables.runs.move(run.id, { kind: 'superseded' }, ports.clock.now());
};
