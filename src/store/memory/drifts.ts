import type { Drift } from '../../domain/drift/drift.ts';
import type { ProjectKey } from '../../domain/ids.ts';
import type { Drifts } from '../drifts/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

const byKey = (all: Iterable<Drift>): readonly Drift[] =>
  [...all].sort((one, other) => (one.project < other.project ? -1 : 1));

export const createDrifts = ({ drifts }: MemoryTables, enter: Enter): Drifts => {
  const change = (project: ProjectKey, more: Partial<Drift>): boolean => {
    const row = drifts.get(project);
    if (row === undefined) return false;
    drifts.set(project, asStored({ ...row, ...more }));
    return true;
  };
  return {
    get: (project) => enter(() => drifts.get(project) ?? null),
    ofRepository: (repositoryId) =>
      enter(() => byKey(drifts.values()).filter(({ repo }) => repo.id === repositoryId)),
    times: () =>
      enter(() =>
        byKey(drifts.values()).map(
          ({ project, repo, ref, status, since, tickAt, dueAt, askedAt, underWay, putOff }) => ({
            ...{ project, repo, ref, status, since, tickAt, dueAt, askedAt, underWay, putOff },
          }),
        ),
      ),
    counts: () =>
      enter(() => {
        const rows = [...drifts.values()];
        const ages = rows.flatMap(({ checkedAt }) => (checkedAt === null ? [] : [checkedAt]));
        const grouped = Object.entries(Object.groupBy(rows, ({ status }) => status));
        return {
          byStatus: Object.fromEntries(grouped.map(([status, some]) => [status, some.length])),
          oldestAt: ages.length === 0 ? null : Math.min(...ages),
        };
      }),
    put: (drift) =>
      enter(() => {
        drifts.set(drift.project, asStored(drift));
      }),
    remove: (project) =>
      enter(() => {
        drifts.delete(project);
      }),
    begin: (before, tickAt, underWay) =>
      enter(() => {
        const row = drifts.get(before.project);
        if (row === undefined || row.underWay !== null || row.tickAt !== before.tickAt) return false;
        return change(before.project, { tickAt, underWay, askedAt: null, putOff: null });
      }),
    ask: (project, askedAt) => enter(() => change(project, { askedAt, putOff: null })),
    putOff: (project, putOff) =>
      enter(() => {
        change(project, { putOff });
      }),
    mendTick: (project, tickAt) =>
      enter(() => {
        change(project, { tickAt });
      }),
    noteDue: (project, dueAt) =>
      enter(() => {
        change(project, { dueAt });
      }),
  };
};
