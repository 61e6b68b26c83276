import type { Corrections } from '../corrections/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createCorrections = ({ corrections }: MemoryTables, enter: Enter): Corrections => ({
  get: (project) => enter(() => corrections.get(project) ?? null),
  waking: (now) =>
    enter(() =>
      [...corrections.values()]
        .filter(({ wakeAt }) => wakeAt !== null && wakeAt <= now)
        .toSorted((one, other) => (one.wakeAt ?? 0) - (other.wakeAt ?? 0)),
    ),
  put: (one) => enter(() => void corrections.set(one.project, asStored(one))),
});
