import type { ListedProject } from './listed-projects.ts';

/** How a project is told apart at its place: by nothing, by a name, or not at all before the merge. */
export type PlaceKey = { readonly name: string | null } | 'deferred';

const placeOf = ({ dir, workspace }: ListedProject): string => `${dir}\0${workspace}`;

/**
 * Who shares a dir and a workspace is for the base branch to say. If the head could, a pull request
 * would get out of a lock that another one holds on the same state, by naming the place twice. So a
 * project that joins a place which the base knows as another's is put off until it is merged.
 */
export const placeKeys = (
  listed: readonly ListedProject[],
  base: readonly ListedProject[],
  originOf: (project: ListedProject) => ListedProject | undefined,
): ReadonlyMap<ListedProject, PlaceKey> => {
  const keys = new Map<ListedProject, PlaceKey>();
  const [listedAt, baseAt] = [Map.groupBy(listed, placeOf), Map.groupBy(base, placeOf)];
  for (const project of listed) {
    if (keys.has(project)) continue;
    const place = placeOf(project);
    const here = listedAt.get(place) ?? [];
    const before = baseAt.get(place) ?? [];
    for (const one of here) keys.set(one, 'deferred');
    if (before.length === 0) {
      // A place that is new: nobody can hold a lock of it by another key yet.
      for (const one of here) keys.set(one, { name: here.length > 1 ? one.name : null });
    } else if (before.length === 1) {
      const own = here.find((one) => originOf(one) === before[0]) ?? project;
      keys.set(own, { name: null });
    } else {
      for (const one of before) {
        const own = here.find((candidate) => originOf(candidate) === one);
        if (own !== undefined) keys.set(own, { name: one.name });
      }
    }
  }
  return keys;
};
