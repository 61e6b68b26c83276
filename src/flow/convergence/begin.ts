import { newConvergence } from '../../domain/convergence/convergence.ts';
import { isOfPart } from '../../domain/ending.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import type { PullRef } from '../../domain/pull.ts';
import type { Run } from '../../domain/run.ts';
import type { StoreTables } from '../../store/port.ts';
import type { FlowPorts } from '../ports.ts';

/**
 * An apply ended well: whether it left something is looked at next, and until that is known nobody else has its lock. Called with its end,
 * all or nothing, before what its end does to the lock. What is of a part, or the end of a project, is planned anew by its pull request
 * (or is gone), and of a tool that plans without a look at the world nothing is to be learned. True: it is looked at.
 */
export const beginConvergence = async (
  tables: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  { repo }: PullRef,
  ended: Run,
): Promise<boolean> => {
  if (ended.verb !== 'apply') return false;
  const { project } = ended;
  // Whatever became of it: what the last apply of the project left is another thing now.
  const earlier = ended.startedAt === null ? null : await tables.convergences.openOf(project.key);
  if (earlier !== null && earlier.run !== ended.id) {
    await tables.convergences.put({ ...earlier, outcome: 'superseded', endedAt: clock.now() });
    // What would have given the lock back passes that on.
    const key = { repositoryId: earlier.repo.id, pullNumber: earlier.pullNumber };
    if (earlier.endsLock) await tables.locks.releaseAtEnd(project.key, key);
  }
  if (ended.state !== 'applied' || project.settings.converge === false) return false;
  const planRun = ended.planRunId === null ? null : await tables.runs.get(ended.planRunId);
  if (planRun === null || planRun.plan === null) return false;
  if (isOfPart(planRun) || project.ends !== undefined) return false;
  if (planRun.plan.summary.words?.verified === false) return false;
  const took = (planRun.endedAt ?? 0) - (planRun.startedAt ?? planRun.endedAt ?? 0);
  const { id: run, pullNumber } = ended;
  const of = { run, project: project.key, repo, pullNumber };
  await tables.convergences.add(newConvergence(of, took, clock.now()));
  return true;
};

/** Its lock is to be given back: that waits for what is looked at. False: nothing is. */
export const holdsLock = async (
  { convergences }: StoreTables,
  project: ProjectKey,
  pullNumber: number,
): Promise<boolean> => {
  const open = await convergences.openOf(project);
  if (open === null || open.pullNumber !== pullNumber) return false;
  if (!open.endsLock) await convergences.put({ ...open, endsLock: true });
  return true;
};

/** Somebody wants the lock back now: what the apply left is not known then. */
export const giveUp = async (
  { convergences }: StoreTables,
  { clock }: Pick<FlowPorts, 'clock'>,
  project: ProjectKey,
  pullNumber: number,
): Promise<void> => {
  const open = await convergences.openOf(project);
  if (open === null || open.pullNumber !== pullNumber) return;
  const because = 'its lock was given back before';
  await convergences.put({ ...open, outcome: 'unchecked', because, endedAt: clock.now() });
};
