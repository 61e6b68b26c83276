import type { MergeGroups } from '../port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createMergeGroups = ({ mergeGroups }: MemoryTables, enter: Enter): MergeGroups => {
  const all = () => [...mergeGroups.values()];
  return {
    add: (group) =>
      enter(() => {
        const name = `${group.repo.id} ${group.commit}`;
        if (mergeGroups.has(name)) return 'known';
        mergeGroups.set(name, asStored(group));
        return 'new';
      }),
    get: (repositoryId, commit) => enter(() => mergeGroups.get(`${repositoryId} ${commit}`) ?? null),
    latest: ({ repositoryId, pullNumber }) =>
      enter(
        () =>
          all().findLast(({ repo, ...one }) => repo.id === repositoryId && one.pullNumber === pullNumber) ??
          null,
      ),
    checking: () => enter(() => all().filter(({ state }) => state === 'checking')),
    answer: (repositoryId, commit, answer) =>
      enter(() => {
        const name = `${repositoryId} ${commit}`;
        const group = mergeGroups.get(name);
        if (group?.state !== 'checking') return false;
        mergeGroups.set(name, asStored({ ...group, ...answer }));
        return true;
      }),
  };
};
