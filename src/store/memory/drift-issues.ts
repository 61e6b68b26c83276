import type { DriftIssues } from '../drift-issues/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createDriftIssues = ({ driftIssues }: MemoryTables, enter: Enter): DriftIssues => ({
  get: (project) => enter(() => driftIssues.get(project) ?? null),
  ofNumber: ({ repositoryId, pullNumber }) =>
    enter(
      () =>
        [...driftIssues.values()].find(
          ({ repo, number }) => repo.id === repositoryId && number === pullNumber,
        ) ?? null,
    ),
  ofRepository: (repositoryId) =>
    enter(() =>
      [...driftIssues.values()]
        .filter(({ repo }) => repo.id === repositoryId)
        .toSorted((one, other) => (one.project < other.project ? -1 : 1)),
    ),
  put: (one) => enter(() => void driftIssues.set(one.project, asStored(one))),
});
