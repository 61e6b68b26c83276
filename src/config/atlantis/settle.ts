import { compileGlob } from '../globs.ts';
import { nameFor } from '../project-name.ts';
import type { DeclaredProject, FoundProject, ProjectRule, RepositoryFile } from '../types.ts';

/** The tree that an `atlantis.yaml` stands in. */
export interface AtlantisTree {
  readonly found: readonly FoundProject[];
  /** Is there a plain file at this path of the repository? */
  hasFile(path: string): boolean;
}

export const isGlob = (dir: string): boolean => /[*?[\]{}]/.test(dir);

type Entry = Pick<DeclaredProject, 'name' | 'workspace' | 'dependsOn'> & { readonly dir: string };

/** A project for each folder with configuration that its dir is a glob of, and that no other entry names. */
export const expandDirs = <Dir extends string, Project extends Entry & { readonly dir: Dir }>(
  projects: readonly Project[],
  found: readonly Dir[],
): readonly Project[] => {
  const placeOf = ({ dir, workspace }: Pick<Entry, 'dir' | 'workspace'>) => `${dir}\0${workspace}`;
  const taken = new Set(projects.filter(({ dir }) => !isGlob(dir)).map(placeOf));
  const namesOf = new Map<string, readonly string[]>();
  const all = projects.flatMap((project): readonly Project[] => {
    if (!isGlob(project.dir)) return [project];
    const matches = compileGlob(project.dir);
    const { workspace } = project;
    const here = found.filter((dir) => matches(dir) && !taken.has(placeOf({ dir, workspace })));
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
    dependsOn: project.dependsOn.flatMap((need) =>
      (namesOf.get(need.name) ?? [need.name]).map((name) => ({ ...need, name })),
    ),
  }));
};

export const inFolder = (dir: string, file: string): string => (dir === '.' ? file : `${dir}/${file}`);

/** `env/WORKSPACE.tfvars`, which Atlantis hands to every plan without being asked. */
export const variablesOf = (workspace: string): string => `env/${workspace}.tfvars`;

const withVariables = (project: DeclaredProject, tree: AtlantisTree): DeclaredProject => {
  const file = variablesOf(project.workspace);
  const before = project.settings.varFiles ?? [];
  if (before.includes(file) || !tree.hasFile(inFolder(project.dir, file))) return project;
  return { ...project, settings: { ...project.settings, varFiles: [...before, file] } };
};

/** The same for folders that no entry names. */
const variablesOfFound = (
  projects: readonly DeclaredProject[],
  { found, hasFile }: AtlantisTree,
): readonly ProjectRule[] => {
  const file = variablesOf('default');
  const named = new Set<string>(projects.map(({ dir }) => dir));
  const dirs = new Set<string>(
    found.map(({ dir }) => dir).filter((dir) => !named.has(dir) && hasFile(inFolder(dir, file))),
  );
  if (dirs.size === 0) return [];
  return [
    {
      scope: JSON.stringify(['atlantis', file]),
      matches: (dir) => dirs.has(dir),
      inEnvironment: null,
      inRepository: null,
      varFiles: [file],
    },
  ];
};

/** What an `atlantis.yaml` says by the tree it stands in: dirs that are globs, and variable files that nobody names. */
export const settleAtlantis = (file: RepositoryFile, tree: AtlantisTree): RepositoryFile => {
  const dirs = tree.found.map(({ dir }) => dir);
  const projects = file.projects === null ? null : expandDirs(file.projects, dirs);
  return {
    ...file,
    projects: projects?.map((project) => withVariables(project, tree)) ?? null,
    rules: [...file.rules, ...variablesOfFound(projects ?? [], tree)],
  };
};
