import { changeMatcher } from '../config/projects.ts';
import type { FoundProject, RepositoryFile } from '../config/types.ts';
import { type InputsDigest, short, type TreeId } from '../domain/ids.ts';
import { digestInputs, inputObjects } from '../domain/inputs.ts';
import type { FolderFacts, Links, ModuleClosure } from '../domain/modules.ts';
import { UserError } from '../domain/problem.ts';
import { parseRepoPath, type RepoPath } from '../domain/repo-path.ts';
import type { Run } from '../domain/run.ts';
import { follow } from '../domain/trust/links.ts';
import type { TreeEntry } from '../git/port.ts';
import type { FileFacts, Runner } from '../runner/port.ts';
import { blobTexts } from './blob-texts.ts';
import type { FlowPorts } from './ports.ts';

export const repositoryFileName = 'tidegate.yaml';

/** What the code of a project asks of its tool. */
export interface RequiredVersion {
  readonly text: string;
  /** Path in the repository. */
  readonly file: string;
}

/** What one tree says: its configuration file, its project folders, its local modules. */
export interface Snapshot {
  readonly entries: readonly TreeEntry[];
  readonly file: RepositoryFile | null;
  readonly found: readonly FoundProject[];
  /** What every file of configuration says, by path. */
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly modules: (dir: RepoPath) => ModuleClosure;
}

type Ports = Pick<FlowPorts, 'git' | 'configuration' | 'repositoryFiles' | 'runners' | 'snapshots'>;

/** Throws UserError `config-invalid` with the place (`where`) in its sentence. */
export const snapshotOf = async (
  ports: Ports,
  repositoryId: number,
  tree: TreeId,
  where: string,
): Promise<Snapshot> =>
  ports.snapshots.of(repositoryId, tree) ??
  ports.snapshots.keep(repositoryId, tree, await readSnapshot(ports, repositoryId, tree, where));

const readSnapshot = async (
  ports: Ports,
  repositoryId: number,
  tree: TreeId,
  where: string,
): Promise<Snapshot> => {
  const { git } = ports;
  const entries = await git.entries(repositoryId, tree);
  const load = (ids: readonly string[]) => git.blobs(repositoryId, ids);
  const [file, { folders, files, links, others }] = await Promise.all([
    readRepositoryFile(ports, entries, load, where),
    readFolders(ports, repositoryId, entries, load),
  ]);
  const { graph, found } = ports.snapshots.graph(repositoryId, folders, links, others);
  return { entries, file, found, files, modules: graph.closure };
};

type Load = (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

const readRepositoryFile = async (
  { repositoryFiles }: Ports,
  entries: readonly TreeEntry[],
  load: Load,
  where: string,
) => {
  const entry = entries.find((candidate) => candidate.path === repositoryFileName);
  const refuse = (sentence: string): never => {
    throw new UserError({
      code: 'config-invalid',
      sentence: `${sentence} (${where})`,
      advice: `Mend \`${repositoryFileName}\` and push; nothing was run.`,
    });
  };
  if (entry === undefined) {
    // Passed over in silence, rules that somebody wrote down would not hold.
    const misnamed = entries.find(({ path }) => /^\.?tidegate\.ya?ml$/i.test(path));
    if (misnamed === undefined) return null;
    return refuse(`The file is called \`${misnamed.path}\`; it has to be \`${repositoryFileName}\`.`);
  }
  if (entry.kind !== 'file') return refuse(`\`${repositoryFileName}\` is not a plain file.`);
  const bytes = (await load([entry.id])).get(entry.id);
  if (bytes === undefined) return refuse(`\`${repositoryFileName}\` is too large to be read.`);
  const parsed = await repositoryFiles.read(bytes.toString('utf8'), `${repositoryFileName} (${where})`);
  if ('problem' in parsed) throw new UserError(parsed.problem);
  return parsed.value;
};

/** A link with the name of a file of configuration is read as what it leads to, as the tool does. */
const readFolders = async (
  ports: Ports,
  repositoryId: number,
  entries: readonly TreeEntry[],
  load: Load,
): Promise<{
  readonly folders: FolderFacts;
  readonly files: Snapshot['files'];
  readonly links: Links;
  /** Folders that only another runner than the usual one reads, with its name. */
  readonly others: ReadonlyMap<RepoPath, string>;
}> => {
  const runners = ports.runners.names.flatMap((name) => ports.runners.get(name) ?? []);
  const usual = ports.runners.get('terraform');
  const detects = ({ path }: TreeEntry) => runners.some((runner) => runner.detects(baseName(path)));
  const links = await linksOf(ports, repositoryId, entries);
  const linked = entries.filter((entry) => entry.kind === 'link' && detects(entry));
  const byPath = new Map(linked.length === 0 ? [] : entries.map((entry) => [entry.path, entry]));
  const files = [
    ...entries.filter((entry) => entry.kind === 'file' && detects(entry)),
    ...linked.flatMap(({ path }) => {
      const target = byPath.get(links.get(path) ?? '');
      return target?.kind === 'file' ? [{ path, id: target.id }] : [];
    }),
  ];
  const facts = await ports.configuration.facts(
    files.map(({ path, id }) => ({ path, blob: id })),
    load,
  );
  // In the order of the tree, so that the next one can be held against it.
  const known = files.flatMap(({ path }) => {
    const fact = facts.get(path);
    return fact === undefined ? [] : [{ path, fact }];
  });
  const inFolders = Map.groupBy(known, ({ path }) => folderOf(path));
  const folders = new Map<RepoPath, readonly FileFacts[]>();
  const others = new Map<RepoPath, string>();
  for (const [name, all] of inFolders) {
    // Git stores names that no project may have; what is in such a folder is nobody's project.
    const dir = parseRepoPath(name);
    if ('refused' in dir) continue;
    folders.set(
      dir.path,
      all.map(({ fact }) => fact),
    );
    const reads = ({ detects }: Runner) => all.some(({ path }) => detects(baseName(path)));
    const other = usual !== null && reads(usual) ? undefined : runners.find(reads);
    if (other !== undefined) others.set(dir.path, other.name);
  }
  return { folders, files: facts, links, others };
};

const linksOf = async (ports: Ports, repositoryId: number, entries: readonly TreeEntry[]): Promise<Links> => {
  const links = entries.filter(({ kind }) => kind === 'link');
  if (links.length === 0) return new Map();
  const tree = {
    entries: new Map(entries.map((entry) => [entry.path, entry])),
    links: await blobTexts(ports, repositoryId, links),
  };
  return new Map(
    links.map(({ path }) => {
      const there = follow(tree, '', path);
      const target = typeof there === 'string' ? null : parseRepoPath(there.path === '' ? '.' : there.path);
      return [path, target !== null && 'path' in target ? target.path : null];
    }),
  );
};

const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Digest of everything that can change the plan of this run's project, in the tree it is laid out
 * from, once the tool's version is known. Depends on nothing but the tree, the project and the tool, so it can be made again any time.
 */
export const inputsOf = async (
  ports: Ports,
  run: Pick<Run, 'repositoryId' | 'tree' | 'project'>,
): Promise<(toolVersion: string) => InputsDigest> => (await seenBy(ports, run)).inputsWith;

/** What the tree says of a run's project before its tool is started. */
export const seenBy = async (
  ports: Ports,
  run: Pick<Run, 'repositoryId' | 'tree' | 'project'>,
): Promise<{
  /** See `inputsOf`. */
  readonly inputsWith: (toolVersion: string) => InputsDigest;
  /** `required_version` of the files in the project's own folder, each with its file. */
  readonly requires: readonly RequiredVersion[];
}> => {
  const { project, tree } = run;
  const snapshot = await snapshotOf(ports, run.repositoryId, tree, `tree ${short(tree)}`);
  const modules = snapshot.modules(project.dir);
  const objects = inputObjects({
    tree,
    entries: snapshot.entries,
    project,
    folders: modules.sure ? [project.dir, ...modules.folders] : null,
    watches: changeMatcher(project),
  });
  const requires = [...snapshot.files].flatMap(([file, { requiredVersions }]) =>
    folderOf(file) === project.dir ? requiredVersions.map((text) => ({ text, file })) : [],
  );
  return { inputsWith: (toolVersion) => digestInputs(objects, project, toolVersion), requires };
};
