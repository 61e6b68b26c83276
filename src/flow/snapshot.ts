import { changeMatcher } from '../config/projects.ts';
import type { FoundProject, RepositoryFile } from '../config/types.ts';
import { type InputsDigest, short, type TreeId } from '../domain/ids.ts';
import { digestInputs, inputObjects } from '../domain/inputs.ts';
import { type FolderFacts, type ModuleClosure, moduleClosure, rootFolders } from '../domain/modules.ts';
import { UserError } from '../domain/problem.ts';
import { parseRepoPath, type RepoPath } from '../domain/repo-path.ts';
import type { Run } from '../domain/run.ts';
import type { TreeEntry } from '../git/port.ts';
import type { FileFacts } from '../runner/port.ts';
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

type Ports = Pick<FlowPorts, 'git' | 'configuration' | 'repositoryFiles' | 'runners'>;

/** Throws UserError `config-invalid` with the place (`where`) in its sentence. */
export const snapshotOf = async (
  ports: Ports,
  repositoryId: number,
  tree: TreeId,
  where: string,
): Promise<Snapshot> => {
  const { git } = ports;
  const entries = await git.entries(repositoryId, tree);
  const load = (ids: readonly string[]) => git.blobs(repositoryId, ids);
  const [file, { folders, files }] = await Promise.all([
    readRepositoryFile(ports, entries, load, where),
    readFolders(ports, entries, load),
  ]);
  const found = rootFolders(folders).map((dir) => ({ dir, runner: 'terraform' }));
  return { entries, file, found, files, modules: (dir) => moduleClosure(folders, dir) };
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

const readFolders = async (
  ports: Ports,
  entries: readonly TreeEntry[],
  load: Load,
): Promise<{ readonly folders: FolderFacts; readonly files: Snapshot['files'] }> => {
  const terraform = ports.runners.get('terraform');
  const files = entries
    .filter((entry) => entry.kind === 'file' && terraform?.detects(baseName(entry.path)) === true)
    .map((entry) => ({ path: entry.path, blob: entry.id }));
  const facts = await ports.configuration.facts(files, load);
  const folders = new Map<RepoPath, FileFacts[]>();
  for (const file of files) {
    const fact = facts.get(file.path);
    // Git stores names that no project may have; what is in such a folder is nobody's project.
    const dir = parseRepoPath(folderOf(file.path));
    if (fact === undefined || 'refused' in dir) continue;
    const others = folders.get(dir.path);
    if (others === undefined) folders.set(dir.path, [fact]);
    else others.push(fact);
  }
  return { folders, files: facts };
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
