import type { ProjectKey } from '../domain/ids.ts';
import type { Project } from '../domain/project.ts';
import type { PullRef } from '../domain/pull.ts';
import type { PullKey, StoreTables } from '../store/port.ts';
import { grantNext, releaseLock } from './conclude.ts';
import type { FlowPorts } from './ports.ts';
import { wantBoard } from './report.ts';

/*
 * Whose turn it is: what a batch of plans takes and gives back of locks and of places in their lines. Called with the batch, all or nothing.
 */

type Ports = Pick<FlowPorts, 'clock' | 'newId'>;

const keyOf = ({ repo, number: pullNumber }: PullRef): PullKey => ({ repositoryId: repo.id, pullNumber });

/** What may not be planned keeps nobody waiting: neither a lock nor a place in a line is its own, what it applied aside. */
export const dropStopped = async (
  tables: StoreTables,
  ports: Ports,
  pull: PullRef,
  stopped: readonly ProjectKey[],
  applied: readonly Project[],
): Promise<void> => {
  for (const project of stopped) {
    await tables.locks.leave(project, keyOf(pull));
    if (!applied.some(({ key }) => key === project)) await releaseLock(tables, ports, pull, project);
    await grantNext(tables, ports, pull.repo, project);
  }
};

/** What the pull request no longer touches is given back. What it applied is always among the affected. */
export const dropUnaffected = async (
  tables: StoreTables,
  ports: Ports,
  pull: PullRef,
  affected: ReadonlySet<ProjectKey>,
): Promise<void> => {
  const key = keyOf(pull);
  for (const lock of await tables.locks.ofPull(key))
    if (!affected.has(lock.project)) await releaseLock(tables, ports, pull, lock.project);
  for (const wait of await tables.locks.waitsOf(key)) {
    if (affected.has(wait.project)) continue;
    await tables.locks.leave(wait.project, key);
    await grantNext(tables, ports, pull.repo, wait.project);
  }
};

/**
 * Who can not be planned when its turn has come (a conflict, a broken configuration) must not keep
 * everybody behind it waiting: it stands in line again with its next plan.
 */
export const passTurns = async (tables: StoreTables, ports: Ports, pull: PullRef): Promise<void> => {
  const key = keyOf(pull);
  for (const wait of await tables.locks.waitsOf(key)) {
    if ((await tables.locks.get(wait.project)) !== null) continue;
    await tables.locks.leave(wait.project, key);
    await grantNext(tables, ports, pull.repo, wait.project);
  }
};

/** True when this pull request has the lock now; otherwise it stands in line for it. */
export const takeLock = async (
  tables: StoreTables,
  ports: Ports,
  pull: PullRef,
  project: ProjectKey,
): Promise<boolean> => {
  const key = keyOf(pull);
  const now = ports.clock.now();
  const [first] = await tables.locks.waiters(project);
  const held = await tables.locks.get(project);
  const someoneIsFirst = held === null && first !== undefined && first.pullNumber !== key.pullNumber;
  if (!someoneIsFirst) {
    const lock = await tables.locks.acquire(project, key, now);
    if (lock.pullNumber === key.pullNumber) {
      await tables.locks.leave(project, key);
      if (held === null) await tellWaiters(tables, ports, pull, project);
      return true;
    }
  }
  await tables.locks.wait(project, key, now);
  // A free lock with a line means that the first one's wake-up was lost or is on its way: send it again.
  if (someoneIsFirst) await grantNext(tables, ports, pull.repo, project);
  return false;
};

/** Boards of those in line name the holder, and that is somebody else now. */
const tellWaiters = async (
  tables: StoreTables,
  ports: Ports,
  pull: PullRef,
  project: ProjectKey,
): Promise<void> => {
  for (const { pullNumber } of await tables.locks.waiters(project))
    await wantBoard({ store: tables, clock: ports.clock }, { repo: pull.repo, number: pullNumber });
};
