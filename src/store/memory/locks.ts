import type { ProjectKey } from '../../domain/ids.ts';
import type { Lock } from '../../domain/lock.ts';
import type { Locks, PullKey } from '../port.ts';
import { type Enter, isOf, type MemoryTables, nameOf, sortedBy } from './tables.ts';

const byProject = (locks: readonly Lock[]): readonly Lock[] =>
  locks.toSorted((one, other) => (one.project < other.project ? -1 : 1));

export const createLocks = ({ locks, waiters }: MemoryTables, enter: Enter): Locks => {
  const held = (project: ProjectKey, pull: PullKey): Lock | null => {
    const lock = locks.get(project);
    return lock !== undefined && isOf(pull, lock) ? lock : null;
  };
  const place = (project: ProjectKey, pull: PullKey): string => `${project} ${nameOf(pull)}`;
  // Who has waited as long stays as they came.
  const line = () => sortedBy([...waiters.values()], ({ since }) => since);

  return {
    get: (project) => enter(() => locks.get(project) ?? null),
    ofPull: (pull) => enter(() => byProject([...locks.values()].filter((lock) => isOf(pull, lock)))),
    all: () => enter(() => byProject([...locks.values()])),
    acquire: (project, { repositoryId, pullNumber }, at) =>
      enter(() => {
        const lock = locks.get(project) ?? {
          project,
          repositoryId,
          pullNumber,
          since: at,
          releaseAtEnd: false,
        };
        locks.set(project, lock);
        return lock;
      }),
    release: (project, pull) => enter(() => held(project, pull) !== null && locks.delete(project)),
    releaseAtEnd: (project, pull) =>
      enter(() => {
        const lock = held(project, pull);
        if (lock !== null) locks.set(project, { ...lock, releaseAtEnd: true });
      }),
    wait: (project, { repositoryId, pullNumber }, at) =>
      enter(() => {
        const key = place(project, { repositoryId, pullNumber });
        if (!waiters.has(key)) waiters.set(key, { project, repositoryId, pullNumber, since: at });
      }),
    waiters: (project) => enter(() => line().filter((waiter) => waiter.project === project)),
    waitsOf: (pull) => enter(() => line().filter((waiter) => isOf(pull, waiter))),
    leave: (project, pull) => enter(() => void waiters.delete(place(project, pull))),
    counts: () => enter(() => ({ held: locks.size(), waiting: waiters.size() })),
  };
};
