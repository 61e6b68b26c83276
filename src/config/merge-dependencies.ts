import type { Dependency } from '../domain/project.ts';
import { joinDependencies, pathBetween } from './dependencies.ts';
import type { ListedProject } from './listed-projects.ts';

/** The project of the base that one of the head is. */
export type Origins = ReadonlyMap<ListedProject, ListedProject>;

/**
 * The base's dependencies, under the names of the head, and those the head adds; of one that both name, all outputs that either
 * may use. One that would close a circle with the base's is left out: nothing in the circle could ever be applied.
 */
export const mergeDependencies = (
  listed: readonly ListedProject[],
  origins: Origins,
): { readonly of: ReadonlyMap<string, readonly Dependency[]>; readonly notTaken: ReadonlySet<string> } => {
  const namesNow = new Map<string, string[]>();
  for (const project of listed) {
    const origin = origins.get(project);
    if (origin === undefined) continue;
    namesNow.set(origin.name, [...(namesNow.get(origin.name) ?? []), project.name]);
  }
  const of = new Map<string, readonly Dependency[]>();
  for (const project of listed) {
    const needs = (origins.get(project)?.dependsOn ?? []).flatMap(({ name, outputs }) =>
      (namesNow.get(name) ?? []).map((now) => ({ name: now, outputs })),
    );
    of.set(project.name, joinDependencies(needs.filter(({ name }) => name !== project.name)));
  }
  const names = new Map([...of].map(([name, needs]) => [name, needs.map((need) => need.name)] as const));
  for (const { name, dependsOn } of listed) {
    const before = names.get(name) ?? [];
    const added = dependsOn.filter(
      (need) =>
        before.includes(need.name) || (of.has(need.name) && pathBetween(need.name, name, names) === null),
    );
    const needs = joinDependencies([...(of.get(name) ?? []), ...added]);
    of.set(name, needs);
    names.set(
      name,
      needs.map((need) => need.name),
    );
  }
  const said = (needs: readonly Dependency[]): string =>
    JSON.stringify(needs.filter(({ name }) => of.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1)));
  const notTaken = listed.filter(({ name, dependsOn }) => said(of.get(name) ?? []) !== said(dependsOn));
  return { of, notTaken: new Set(notTaken.map(({ name }) => name)) };
};
