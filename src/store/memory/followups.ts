import type { Followups } from '../followups/port.ts';
import { asStored, type Enter, isOf, type MemoryTables, nameOf, sortedBy } from './tables.ts';

export const createFollowups = ({ followups }: MemoryTables, enter: Enter): Followups => ({
  put: (one) => enter(() => void followups.set(`${nameOf(one)} ${one.attempt}`, asStored(one))),
  latest: (merged) =>
    enter(
      () =>
        sortedBy(
          [...followups.values()].filter((one) => isOf(merged, one)),
          ({ attempt }) => attempt,
        ).at(-1) ?? null,
    ),
  of: ({ repositoryId, pullNumber }, head) =>
    enter(() => {
      const own = [...followups.values()].filter((one) => one.repositoryId === repositoryId);
      return (
        own.find(({ number }) => number === pullNumber) ??
        own.find((one) => one.number === null && one.head !== null && one.head === head) ??
        null
      );
    }),
  drop: (merged, attempt) => enter(() => void followups.delete(`${nameOf(merged)} ${attempt}`)),
});
