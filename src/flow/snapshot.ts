import { changeMatcher } from '../config/projects.ts';
import { laidOutFor } from '../config/reads.ts';
import type { FoundProject, RepositoryFile } from '../config/types.ts';
import { sourcesByDefault } from '../domain/early/called.ts';
import type { InputsDigest, TreeId } from '../domain/ids.ts';
import { digestInputs, inputObjects } from '../domain/inputs.ts';
import { type Links, lentFolders, type ModuleGraph, resolveSource, through } from '../domain/modules.ts';
import { fullNameOf, type RepoRef } from '../domain/pull.ts';
import { parseRepoPath, type RepoPath } from '../domain/repo-path.ts';
import type { Run } from '../domain/run.ts';
import { readByTool } from '../domain/tool-files.ts';
import { follow } from '../domain/trust/links.ts';
import type { TreeEntry } from '../git/port.ts';
import type { FileFacts, Runner } from '../runner/port.ts';
import { blobTexts } from './blob-texts.ts';
import { closureIn } from './closure.ts';
import { type EarlyTree, readEarly } from './early.ts';
import type { Looked } from './generate.ts';
import { laidOutTree } from './lay-out.ts';
import { readOtherFiles } from './other-files.ts';
import type { FlowPorts } from './ports.ts';
import { readRepositoryFile } from './repository-file.ts';
import { filesIn, viewIn } from './views.ts';

/** What the code of a project asks of its tool. */
export interface RequiredVersion {
  readonly text: string;
  /** Path in the repository. */
  readonly file: string;
}

/** What one tree says: its configuration file, its project folders, its local modules. */
export interface Snapshot {
  readonly tree: TreeId;
  readonly entries: readonly TreeEntry[];
  readonly file: RepositoryFile | null;
  readonly found: readonly FoundProject[];
  /** What every file of configuration says, by path. */
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly links: Links;
  /** By what is written alone; what a project's tool makes of it: `views.ts`. */
  readonly modules: ModuleGraph['closure'];
  /** Null: no tool evaluates anything of it before it starts. */
  readonly early: EarlyTree | null;
}

type ReadPorts = Pick<FlowPorts, 'git' | 'configuration' | 'runners' | 'snapshots'>;
type LookPorts = ReadPorts & Pick<FlowPorts, 'operator'>;
type Ports = LookPorts & Pick<FlowPorts, 'repositoryFiles' | 'generator'>;

/** The same without what its file says, which is read by the name of the repository as well. */
export type Look = Omit<Snapshot, 'file'>;

/**
 * Throws UserError `config-invalid` or `generator-failed` with the place (`where`) in its sentence. `code` is the tree whose
 * programs the operator's command is, where there is one: the base branch's.
 */
export const snapshotOf = async (
  ports: Ports,
  repo: RepoRef,
  { tree, code, where }: Looked,
): Promise<Snapshot> => {
  const { git, snapshots, operator } = ports;
  const name = fullNameOf(repo);
  const reader = operator.generator(name) === null ? name : `${name} ${code}`;
  const known = snapshots.of(repo.id, tree);
  const read = known === null ? undefined : snapshots.fileOf(known, reader);
  if (known !== null && read !== undefined) return { ...known, file: read };
  // Beside the listing: most of a first look is its start and what it reads.
  if (known === null) ports.configuration.wake();
  const entries = known?.entries ?? (await git.entries(repo.id, tree));
  const load = (ids: readonly string[]) => git.blobs(repo.id, ids);
  const looking = known === null ? lookInto(ports, repo.id, tree, entries) : Promise.resolve(known);
  const [file, look] = await Promise.all([
    readRepositoryFile(ports, { repo, tree, code, entries, load, where }, async () => (await looking).found),
    looking,
  ]);
  return { ...look, file: snapshots.keepFile(look, reader, file) };
};

const lookInto = async (
  ports: ReadPorts,
  repositoryId: number,
  tree: TreeId,
  entries: readonly TreeEntry[],
): Promise<Look> => {
  const load = (ids: readonly string[]) => ports.git.blobs(repositoryId, ids);
  const { folders, files, links, others, lent } = await readFolders(ports, repositoryId, entries, load);
  const early = await readEarly(ports, repositoryId, { entries, files, folders, links });
  const apart = new Set([...lent, ...calledByDefault(early, links)]);
  const { graph, found } = ports.snapshots.graph(repositoryId, folders, links, others, apart);
  const look = { tree, entries, found, files, links, early, modules: graph.closure };
  return ports.snapshots.keep(repositoryId, tree, look);
};

/** Folders that others call as modules by an expression: no projects, as those that are called by plain text. */
const calledByDefault = (early: EarlyTree | null, links: Links): readonly RepoPath[] =>
  [...(early?.folders ?? [])].flatMap(([folder, files]) => {
    const from = parseRepoPath(folder);
    if ('refused' in from) return [];
    const read = new Set(readByTool(files.map(({ name }) => name)));
    const own = files.filter(({ name }) => read.has(name));
    return sourcesByDefault(folder, own).flatMap((source) => {
      const target = resolveSource(from.path, source);
      const real = target === null ? null : through(links, target).real;
      return real === null || real === from.path ? [] : [real];
    });
  });

type Load = (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;

/** A link with the name of a file of configuration is read as what it leads to, as the tool does. */
const readFolders = async (
  ports: ReadPorts,
  repositoryId: number,
  entries: readonly TreeEntry[],
  load: Load,
): Promise<{
  readonly folders: ReadonlyMap<RepoPath, readonly FileFacts[]>;
  readonly files: Snapshot['files'];
  readonly links: Links;
  /** Folders that only another runner than the usual one reads, with its name. */
  readonly others: ReadonlyMap<RepoPath, string>;
  readonly lent: ReadonlySet<RepoPath>;
}> => {
  const runners = ports.runners.names.flatMap((name) => ports.runners.get(name) ?? []);
  const usual = ports.runners.get('terraform');
  // A repository has the same few names of files in each of its folders.
  const detected = new Map<string, boolean>();
  const detects = ({ path }: TreeEntry): boolean => {
    const name = baseName(path);
    const known = detected.get(name) ?? runners.some((runner) => runner.detects(name));
    detected.set(name, known);
    return known;
  };
  const links = await linksOf(ports, repositoryId, entries);
  const plainFiles = entries.filter(({ kind }) => kind === 'file');
  const linked = entries.filter((entry) => entry.kind === 'link' && detects(entry));
  const byPath = new Map(linked.length === 0 ? [] : entries.map((entry) => [entry.path, entry]));
  const files = [
    ...plainFiles.filter(detects),
    ...linked.flatMap(({ path }) => {
      const target = byPath.get(links.get(path) ?? '');
      return target?.kind === 'file' ? [{ path, id: target.id }] : [];
    }),
  ];
  const reading = runners.filter(({ inputs }) => inputs === 'terraform-modules');
  const isRead = ({ path }: { readonly path: string }) =>
    reading.some((runner) => runner.detects(baseName(path)));
  const [configured, other] = await Promise.all([
    ports.configuration.facts(
      files.filter(isRead).map(({ path, id }) => ({ path, blob: id })),
      load,
    ),
    readOtherFiles(
      files.filter((file) => !isRead(file)),
      plainFiles,
      runners,
      load,
    ),
  ]);
  const facts = new Map([...configured, ...other.facts]);
  // In the order of the tree, so that the next one can be held against it.
  const known = [...new Set([...files.map(({ path }) => path), ...other.facts.keys()])].flatMap((path) => {
    const fact = facts.get(path);
    return fact === undefined ? [] : [{ path, fact }];
  });
  const inFolders = Map.groupBy(known, ({ path }) => folderOf(path));
  const folders = new Map<RepoPath, readonly FileFacts[]>();
  const others = new Map<RepoPath, string>();
  const names = new Map<RepoPath, readonly string[]>();
  for (const [name, all] of inFolders) {
    // Git stores names that no project may have; what is in such a folder is nobody's project.
    const dir = parseRepoPath(name);
    if ('refused' in dir) continue;
    folders.set(
      dir.path,
      all.map(({ fact }) => fact),
    );
    if (linked.length > 0)
      names.set(
        dir.path,
        all.map(({ path }) => path),
      );
    const reads = ({ detects }: Runner) => all.some(({ path }) => detects(baseName(path)));
    const other = usual !== null && reads(usual) ? undefined : runners.find(reads);
    if (other !== undefined) others.set(dir.path, other.name);
  }
  const lent = new Set([...lentFolders(names, links), ...other.lent]);
  return { folders, files: facts, links, others, lent };
};

const linksOf = async (
  ports: ReadPorts,
  repositoryId: number,
  entries: readonly TreeEntry[],
): Promise<Links> => {
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

/** Once the tool's version is known, and of a project that is fed outputs of others the digest of their values (`Fed.digest`). */
type InputsWith = (toolVersion: string, fed?: string | null) => InputsDigest;

/**
 * Digest of everything that can change the plan of this run's project, in the tree it is laid out
 * from. Depends on nothing but the tree, the project, the tool and what it is fed, so it can be made again any time.
 */
export const inputsOf = async (
  ports: LookPorts,
  run: Pick<Run, 'repositoryId' | 'tree' | 'project'>,
): Promise<InputsWith> => (await seenBy(ports, run)).inputsWith;

/** What a tree says, without the file of the repository. */
export const lookOf = async (ports: ReadPorts, repositoryId: number, tree: TreeId): Promise<Look> =>
  ports.snapshots.of(repositoryId, tree) ??
  (await lookInto(ports, repositoryId, tree, await ports.git.entries(repositoryId, tree)));

/** What the tree says of a run's project before its tool is started. */
export const seenBy = async (
  ports: LookPorts,
  run: Pick<Run, 'repositoryId' | 'tree' | 'project'>,
): Promise<{
  /** See `inputsOf`. */
  readonly inputsWith: InputsWith;
  /** `required_version` of the files in the project's own folder, each with its file. */
  readonly requires: readonly RequiredVersion[];
  /** How many of its files are not laid out. */
  readonly filesAway: number;
}> => {
  const { project, tree } = run;
  const { repositoryId: id } = run;
  const look = await lookOf(ports, id, tree);
  const modules = closureIn(look, ports)(project);
  const objects = inputObjects({
    tree,
    laidOut: await laidOutTree(ports, run),
    entries: look.entries,
    project,
    folders: modules.sure ? [project.dir, ...modules.folders] : null,
    watches: changeMatcher(project),
  });
  const requires = [...filesIn(look, viewIn(look, ports)(project))].flatMap(([file, { requiredVersions }]) =>
    folderOf(file) === project.dir ? requiredVersions.map((text) => ({ text, file })) : [],
  );
  const keeps = laidOutFor(project);
  const away =
    keeps === null ? [] : look.entries.filter(({ path, kind }) => kind !== 'folder' && !keeps(path));
  return {
    inputsWith: (toolVersion, fed) => digestInputs(objects, project, toolVersion, fed),
    requires,
    filesAway: away.length,
  };
};
