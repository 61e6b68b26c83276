import { historyLength, type TrackedRows } from '../tracked/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createTracked = ({ tracked, trackedHistory }: MemoryTables, enter: Enter): TrackedRows => {
  const all = () => [...tracked.values()].toSorted((one, other) => (one.key < other.key ? -1 : 1));
  return {
    get: (project) => enter(() => tracked.get(project) ?? null),
    ofRepository: (repositoryId) => enter(() => all().filter(({ repo }) => repo.id === repositoryId)),
    all: () => enter(all),
    awaiting: () => enter(() => all().filter(({ merged }) => merged !== null)),
    put: (one) => enter(() => void tracked.set(one.key, asStored(one))),
    history: (project) => enter(() => (trackedHistory.get(project) ?? []).toReversed()),
    note: (project, entry) =>
      enter(() => {
        const entries = [...(trackedHistory.get(project) ?? []), asStored(entry)];
        trackedHistory.set(project, entries.slice(-historyLength));
      }),
  };
};
