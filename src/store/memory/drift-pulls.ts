import type { DriftPulls } from '../drift-pulls/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createDriftPulls = ({ driftPulls }: MemoryTables, enter: Enter): DriftPulls => ({
  put: (one) => enter(() => void driftPulls.set(`${one.project} ${one.attempt}`, asStored(one))),
  ofProject: (project) =>
    enter(() =>
      [...driftPulls.values()]
        .filter((one) => one.project === project)
        .toSorted((one, other) => other.attempt - one.attempt),
    ),
  of: ({ repositoryId, pullNumber }, head) =>
    enter(() => {
      const own = [...driftPulls.values()].filter(({ repo }) => repo.id === repositoryId);
      return (
        own.find(({ number }) => number === pullNumber) ??
        own.find((one) => one.number === null && one.head !== null && one.head === head) ??
        null
      );
    }),
  drop: (project, attempt) => enter(() => void driftPulls.delete(`${project} ${attempt}`)),
});
