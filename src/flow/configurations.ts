import { matchesGlob } from '../config/globs.ts';
import { type Configuration, unread } from '../domain/declared/chain.ts';
import type { FolderFile } from '../domain/declared/folder.ts';
import { type Lines, linesIn, type Spot } from '../domain/declared/spot.ts';
import { walk } from '../domain/declared/walk.ts';
import { resolveSource } from '../domain/modules.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import type { Run } from '../domain/run.ts';
import type { FlowPorts } from './ports.ts';
import { createOutlines, type OutlineTree, outlineTree, type ReadOutlines } from './tree-outlines.ts';

type Ports = Pick<FlowPorts, 'git' | 'configuration' | 'operator' | 'runners'>;

export type ConfiguredRun = Pick<
  Run,
  'id' | 'repositoryId' | 'tree' | 'headSha' | 'baseSha' | 'project' | 'extra'
>;

/** The tree that was planned, the head's own, and that of the base branch. */
export type Which = 'now' | 'head' | 'base';

/** Configuration of a run's project in three trees. */
export interface Configurations {
  tree(which: Which): Promise<OutlineTree>;
  /** Files of a folder that the run's tool reads. */
  files(which: Which, folder: RepoPath): Promise<ReturnType<OutlineTree['files']>>;
  /** These folders. */
  ofFolders(which: Which, folders: readonly RepoPath[]): Promise<Configuration>;
  /** All folders that these modules lead through. */
  along(which: Which, modules: readonly (readonly string[])[]): Promise<Configuration>;
  /**
   * All folders that the project's module calls lead to.
   *
   * @param isWanted what of a file's text makes it worth reading; others are taken for empty
   */
  whole(which: Which, isWanted?: (text: string) => boolean): Promise<Configuration>;
  /** On which lines of the head these stand that were found in the tree that was planned; null: not there, or not sure. */
  atHead(spots: readonly Spot[]): Promise<ReadonlyMap<Spot, Lines | null>>;
}

/** Each file is read once, whoever asks, and none before somebody does. */
export const configurationsOf = (ports: Ports, run: ConfiguredRun): Configurations => {
  const { git, runners, operator } = ports;
  const { repositoryId, project } = run;
  const read = createOutlines(ports, repositoryId);
  const trees = new Map<Which, Promise<OutlineTree>>();
  const runner = runners.get(project.settings.runner);
  // What is no configuration of Terraform has no blocks that anything could come from.
  const detects = (name: string) => runner?.inputs === 'terraform-modules' && runner.detects(name);

  const load = async (which: Which): Promise<OutlineTree> => {
    const id =
      which === 'now'
        ? run.tree
        : await git.treeOf(repositoryId, which === 'head' ? run.headSha : run.baseSha);
    return outlineTree(ports, repositoryId, id);
  };

  const tree = (which: Which): Promise<OutlineTree> => {
    const known = trees.get(which) ?? load(which);
    trees.set(which, known);
    return known;
  };

  const foldersIn = async (
    which: Which,
    folders: readonly RepoPath[],
    isWanted?: (text: string) => boolean,
  ): Promise<ReadonlyMap<RepoPath, readonly FolderFile[]>> => {
    const at = await tree(which);
    const named = folders.map((folder) => ({ folder, files: at.files(folder, detects) }));
    const all = named.flatMap(({ files }) => files);
    const outlines = await read(all, isWanted);
    let done = 0;
    return new Map(
      named.map(({ folder, files }) => {
        done += files.length;
        return [folder, outlines.slice(done - files.length, done)];
      }),
    );
  };

  const ofFolders: Configurations['ofFolders'] = async (which, folders) => ({
    root: project.dir,
    folders: await foldersIn(which, folders),
    variables: await variablesIn(run, await tree(which), read),
    mayBeSet: (name) => {
      const variable = `TF_VAR_${name}`;
      return (
        Object.hasOwn(project.settings.env, variable) ||
        operator.env.plan.some((glob) => matchesGlob(glob, variable))
      );
    },
  });

  /** Reads folder after folder, until there is none that is missing. */
  const follow = async (
    which: Which,
    missing: (configuration: Configuration) => ReadonlySet<RepoPath>,
    isWanted?: (text: string) => boolean,
  ): Promise<Configuration> => {
    let configuration = await ofFolders(which, []);
    for (;;) {
      const next = missing(configuration);
      if (next.size === 0) return configuration;
      const more = await foldersIn(which, [...next], isWanted);
      configuration = { ...configuration, folders: new Map([...configuration.folders, ...more]) };
    }
  };

  return {
    tree,
    files: async (which, folder) => (await tree(which)).files(folder, detects),
    ofFolders,
    along: (which, modules) => follow(which, (configuration) => unread(configuration, modules)),
    whole: (which, isWanted) => follow(which, (configuration) => walk(configuration).unread, isWanted),
    atHead: async (spots) => {
      const [now, head] = await Promise.all([tree('now'), tree('head')]);
      // At the head a file may be another one than in the merge.
      const moved = new Map(
        spots.flatMap(({ part: { file } }) => {
          const blob = head.blobAt(file.path);
          const isSame = blob === now.blobAt(file.path);
          return blob === null || isSame ? [] : [[file.path, { ...file, blob }] as const];
        }),
      );
      const there = new Map((await read([...moved.values()])).map((file) => [file.path, file]));
      return new Map(
        spots.map((spot) => {
          const { path } = spot.part.file;
          const lines = head.blobAt(path) === null ? null : linesIn(spot, there.get(path)?.outline ?? null);
          return [spot, lines];
        }),
      );
    },
  };
};

const automatic = /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/;

/** `terraform.tfvars` first, then `*.auto.tfvars` by name, then those that the project names. https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence */
const variablesIn = async (
  { project, extra }: ConfiguredRun,
  tree: OutlineTree,
  read: ReadOutlines,
): Promise<readonly FolderFile[] | null> => {
  // What a command gives counts more than any file.
  if (extra.length > 0) return null;
  const rank = (name: string): string => `${name.startsWith('terraform.tfvars') ? 0 : 1}${name}`;
  const own = tree
    .files(project.dir, (name) => automatic.test(name))
    .toSorted((one, other) => (rank(one.name) < rank(other.name) ? -1 : 1));
  const named = project.settings.varFiles.flatMap((file) => {
    const path = resolveSource(project.dir, file);
    const blob = path === null ? null : tree.blobAt(path);
    return path === null || blob === null ? [] : [{ name: file, path, blob }];
  });
  const files = [...own, ...named];
  // An object in JSON may be a value, which has no line of its own then.
  if (files.some(({ name }) => name.endsWith('.json')) || named.length < project.settings.varFiles.length)
    return null;
  return read(files);
};
