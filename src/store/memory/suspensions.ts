import type { Suspension } from '../../domain/suspension.ts';
import type { Suspensions } from '../suspensions/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

const byEnd = (one: Suspension, other: Suspension): number =>
  one.until - other.until ||
  (one.project.key < other.project.key
    ? -1
    : one.project.key > other.project.key
      ? 1
      : one.commentId - other.commentId);

export const createSuspensions = ({ suspensions }: MemoryTables, enter: Enter): Suspensions => ({
  add: (one) =>
    enter(() => {
      const name = `${one.project.key} ${one.commentId}`;
      if (suspensions.get(name) !== undefined) return 'known';
      suspensions.set(name, asStored(one));
      return 'new';
    }),
  of: (project) =>
    enter(() => [...suspensions.values()].filter((one) => one.project.key === project).toSorted(byEnd)),
  all: () => enter(() => [...suspensions.values()].toSorted(byEnd)),
  remind: (project, commentId) =>
    enter(() => {
      const name = `${project} ${commentId}`;
      const one = suspensions.get(name);
      if (one !== undefined) suspensions.set(name, { ...one, reminded: true });
    }),
  end: (project, commentId) =>
    enter(() => {
      const name = `${project} ${commentId}`;
      if (suspensions.get(name) === undefined) return false;
      suspensions.delete(name);
      return true;
    }),
});
