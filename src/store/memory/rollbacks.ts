import type { Rollbacks } from '../rollbacks/port.ts';
import { asStored, type Enter, isOf, type MemoryTables, nameOf } from './tables.ts';

export const createRollbacks = ({ rollbacks }: MemoryTables, enter: Enter): Rollbacks => ({
  put: (one) => enter(() => void rollbacks.set(nameOf(one), asStored(one))),
  get: (merged) => enter(() => [...rollbacks.values()].find((one) => isOf(merged, one)) ?? null),
  of: ({ repositoryId, pullNumber }, head) =>
    enter(() => {
      const own = [...rollbacks.values()].filter((one) => one.repositoryId === repositoryId);
      return (
        own.find(({ number }) => number === pullNumber) ??
        own.find((one) => one.number === null && one.head !== null && one.head === head) ??
        null
      );
    }),
  drop: (merged) => enter(() => void rollbacks.delete(nameOf(merged))),
});
