import type { AppliedCommits, Dues } from '../port.ts';
import { asStored, type Enter, isOf, type MemoryTables, nameOf, sortedBy } from './tables.ts';

export const createDues = ({ dues }: MemoryTables, enter: Enter): Dues => ({
  add: (due) =>
    enter(() => {
      const name = `${nameOf(due)} ${due.project}`;
      if (dues.has(name)) return 'known';
      dues.set(name, asStored(due));
      return 'new';
    }),
  ofPull: (pull) =>
    enter(() =>
      [...dues.values()]
        .filter((due) => isOf(pull, due))
        .toSorted((one, other) => (one.project < other.project ? -1 : 1)),
    ),
  open: (project) =>
    enter(() =>
      sortedBy(
        sortedBy(
          [...dues.values()].filter(
            (due) => (project === null || due.project === project) && due.ended === null,
          ),
          ({ pullNumber }) => pullNumber,
        ),
        ({ mergedAt }) => mergedAt,
      ),
    ),
  end: (pull, project, ended) =>
    enter(() => {
      const name = `${nameOf(pull)} ${project}`;
      const due = dues.get(name);
      if (due === undefined || due.ended !== null) return false;
      dues.set(name, { ...due, ended });
      return true;
    }),
});

/** Both tables hold the same: what was applied, and what was begun. */
export const createAppliedCommits = (
  commits: MemoryTables['appliedCommits' | 'begunCommits'],
  enter: Enter,
): AppliedCommits => ({
  get: (project) => enter(() => commits.get(project) ?? null),
  put: (applied) => enter(() => void commits.set(applied.project, asStored(applied))),
});
