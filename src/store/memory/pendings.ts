import type { Pendings } from '../pendings/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createPendings = ({ pendings }: MemoryTables, enter: Enter): Pendings => {
  const nameOf = (repositoryId: number, commit: string, project: string): string =>
    `${repositoryId} ${commit} ${project}`;
  const open = () => [...pendings.values()].filter(({ ended }) => ended === null);
  return {
    add: (pending) =>
      enter(() => {
        const name = nameOf(pending.repo.id, pending.commit, pending.project);
        const known = pendings.get(name);
        if (known !== undefined && known.ended !== 'gone') return 'known';
        pendings.set(name, asStored(pending));
        return 'new';
      }),
    ofCommit: (repositoryId, commit) =>
      enter(() =>
        [...pendings.values()].filter((one) => one.repo.id === repositoryId && one.commit === commit),
      ),
    open: (repositoryId) =>
      enter(() => open().filter(({ repo }) => repositoryId === null || repo.id === repositoryId)),
    openOf: (projects) => enter(() => open().filter(({ project }) => projects.includes(project))),
    end: (repositoryId, commit, project, ending) =>
      enter(() => {
        const name = nameOf(repositoryId, commit, project);
        const pending = pendings.get(name);
        if (pending === undefined || pending.ended !== null) return false;
        pendings.set(name, asStored({ ...pending, ended: ending }));
        return true;
      }),
  };
};
