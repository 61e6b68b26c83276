import { askIdOf } from '../../domain/asked.ts';
import type { Batch } from '../../domain/batch.ts';
import type { Batches } from '../port.ts';
import { type Enter, isOf, type MemoryTables } from './tables.ts';

export const createBatches = ({ batches }: MemoryTables, enter: Enter): Batches => ({
  add: (wanted) =>
    enter(() => {
      const asked = askIdOf(wanted);
      const sameWord = [...batches.values()].some(
        (batch) => asked !== null && askIdOf(batch) === asked && batch.repositoryId === wanted.repositoryId,
      );
      if (sameWord || batches.has(wanted.id)) return 'known';
      batches.set(wanted.id, wanted);
      return 'new';
    }),
  widen: (id, affected) =>
    enter(() => {
      const batch = batches.get(id);
      if (batch !== undefined) batches.set(id, { ...batch, affected });
    }),
  get: (id) => enter(() => batches.get(id) ?? null),
  repositories: () =>
    enter(() => {
      const newest = new Map<number, Batch>();
      for (const batch of batches.values())
        if (batch.pullNumber >= (newest.get(batch.repositoryId)?.pullNumber ?? 0))
          newest.set(batch.repositoryId, batch);
      return [...newest.values()].map(({ repo }) => repo).toSorted((one, other) => one.id - other.id);
    }),
  heads: (pull, limit) =>
    enter(() => {
      const plans = [...batches.values()].filter((batch) => batch.verb === 'plan' && isOf(pull, batch));
      return [...new Set(plans.reverse().map(({ headSha }) => headSha))].slice(0, limit);
    }),
  latest: (pull, verb) =>
    enter(() => [...batches.values()].findLast((batch) => batch.verb === verb && isOf(pull, batch)) ?? null),
  latestSound: (pull, headSha) =>
    enter(
      () =>
        [...batches.values()].findLast(
          (batch) =>
            batch.verb === 'plan' && batch.headSha === headSha && batch.problem === null && isOf(pull, batch),
        ) ?? null,
    ),
});
