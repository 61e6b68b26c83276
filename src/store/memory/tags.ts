import type { Sha } from '../../domain/ids.ts';
import type { TagRows } from '../tags/port.ts';
import { asStored, type Enter, type MemoryTables } from './tables.ts';

export const createTags = ({ keptTags, tagged }: MemoryTables, enter: Enter): TagRows => ({
  kept: (repositoryId) => enter(() => new Map(keptTags.get(repositoryId) ?? [])),
  keep: (repositoryId, tag, commit) =>
    enter(() => {
      const kept: readonly (readonly [string, Sha])[] = keptTags.get(repositoryId) ?? [];
      if (kept.some(([name]) => name === tag)) return;
      keptTags.set(
        repositoryId,
        [...kept, [tag, commit] as const].toSorted(([one], [other]) => (one < other ? -1 : 1)),
      );
    }),
  get: (project) => enter(() => tagged.get(project) ?? null),
  ofRepository: (repositoryId) =>
    enter(() =>
      [...tagged.values()]
        .filter(({ repo }) => repo.id === repositoryId)
        .toSorted((one, other) => (one.project < other.project ? -1 : 1)),
    ),
  put: (one) => enter(() => void tagged.set(one.project, asStored(one))),
  remove: (project) => enter(() => void tagged.delete(project)),
});
