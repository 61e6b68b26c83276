import { UserError } from '../domain/problem.ts';
import { quoted } from '../domain/quote.ts';
import { circle } from './dependencies.ts';
import { compileGlob } from './globs.ts';
import { nameFor } from './project-name.ts';
import type { DeclaredProject, FileFormat, FoundProject, RepositoryFile } from './types.ts';

/**
 * Does a `dir` stand for every folder that it matches? Brackets and braces are what folders are called too; in a file of Atlantis
 * they are globs all the same.
 */
export const isGlob = (dir: string, format: FileFormat): boolean =>
  (format === 'atlantis' ? /[*?[\]{}]/ : /[*?]/).test(dir);

/** Could an entry with this dir make a project of this name? */
export const mayBeNamed = (
  { dir, workspace }: Pick<DeclaredProject, 'dir' | 'workspace'>,
  name: string,
  format: FileFormat,
): boolean => {
  if (!isGlob(dir, format)) return false;
  const end = workspace === 'default' ? '' : `/${workspace}`;
  return name.endsWith(end) && compileGlob(dir)(name.slice(0, name.length - end.length));
};

const refuse = (sentence: string, where: string): never => {
  throw new UserError({
    code: 'config-invalid',
    sentence: `${sentence} (${where})`,
    advice:
      'Correct `depends_on`; an entry whose `dir` is a glob makes a project of each folder with configuration that it matches.',
  });
};

type Entry = Pick<DeclaredProject, 'name' | 'workspace' | 'dependsOn'> & { readonly dir: string };

/**
 * A project for each folder with configuration (`found`) that its dir is a glob of, and that no other entry names: entries
 * without a glob first, then in their order.
 */
export const expandDirs = <Dir extends string, Project extends Entry & { readonly dir: Dir }>(
  projects: readonly Project[],
  found: readonly Dir[],
  format: FileFormat,
): readonly Project[] => {
  const placeOf = ({ dir, workspace }: Pick<Entry, 'dir' | 'workspace'>) => `${dir}\0${workspace}`;
  const taken = new Set(projects.filter(({ dir }) => !isGlob(dir, format)).map(placeOf));
  const namesOf = new Map<string, readonly string[]>();
  const all = projects.flatMap((project): readonly Project[] => {
    if (!isGlob(project.dir, format)) return [project];
    const matches = compileGlob(project.dir);
    const { workspace } = project;
    const here = [...new Set(found)].filter((dir) => matches(dir) && !taken.has(placeOf({ dir, workspace })));
    const made = here.map((dir) => ({ ...project, dir, name: nameFor(dir, workspace) }));
    for (const one of made) taken.add(placeOf(one));
    namesOf.set(
      project.name,
      made.map(({ name }) => name),
    );
    return made;
  });
  return all.map((project) => ({
    ...project,
    // Of the folders of one glob the others may need one, which does not need itself.
    dependsOn: project.dependsOn
      .flatMap((need) => (namesOf.get(need.name) ?? [need.name]).map((name) => ({ ...need, name })))
      .filter(({ name }) => name !== project.name),
  }));
};

/**
 * The projects of a file with its dirs that are globs. Throws UserError `config-invalid`, with whose tree it is (`where`), where
 * two have one name, or one depends on a project that there is not, or on itself by way of others.
 */
export const withDirs = (
  { projects, format }: Pick<RepositoryFile, 'projects' | 'format'>,
  found: readonly FoundProject[],
  where: string,
): readonly DeclaredProject[] | null => {
  if (projects === null || !projects.some(({ dir }) => isGlob(dir, format))) return projects;
  const dirs = found.map(({ dir }) => dir);
  const expanded = expandDirs(projects, dirs, format);
  const needs = new Map(
    expanded.map(({ name, dependsOn }) => [name, dependsOn.map((need) => need.name)] as const),
  );
  if (needs.size < expanded.length) {
    const twice = expanded.find(({ name }, at) => expanded.findIndex((one) => one.name === name) < at);
    return refuse(`Two projects have the name ${quoted(twice?.name ?? '')}.`, where);
  }
  for (const [name, dependsOn] of needs) {
    const unknown = dependsOn.find((need) => !needs.has(need));
    if (unknown !== undefined)
      return refuse(
        `${quoted(name)} depends on ${quoted(unknown)}, and there is no project of that name.`,
        where,
      );
  }
  const round = circle(needs);
  return round === null
    ? expanded
    : refuse(
        `Projects depend on each other in a circle: ${round.slice(0, 20).map(quoted).join(' -> ')}.`,
        where,
      );
};
