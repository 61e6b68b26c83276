import { withDirs } from '../expand-dirs.ts';
import type { DeclaredProject, FoundProject, ProjectRule, RepositoryFile } from '../types.ts';

/** The tree that an `atlantis.yaml` stands in. */
export interface AtlantisTree {
  readonly found: readonly FoundProject[];
  /** For sentences: whose tree it is. */
  readonly where: string;
  /** Is there a plain file at this path of the repository? */
  hasFile(path: string): boolean;
}

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
  const projects = withDirs(file, tree.found, tree.where);
  return {
    ...file,
    projects: projects?.map((project) => withVariables(project, tree)) ?? null,
    rules: [...file.rules, ...variablesOfFound(projects ?? [], tree)],
  };
};
