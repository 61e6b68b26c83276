import { settleAtlantis } from '../config/atlantis/settle.ts';
import { isGlob, withDirs } from '../config/expand-dirs.ts';
import { withGenerated } from '../config/generate.ts';
import type { FoundProject, RepositoryFile } from '../config/types.ts';
import type { TreeId } from '../domain/ids.ts';
import { UserError } from '../domain/problem.ts';
import { fullNameOf, type RepoRef } from '../domain/pull.ts';
import { quoted } from '../domain/quote.ts';
import type { TreeEntry } from '../git/port.ts';
import type { FlowPorts } from './ports.ts';

export const repositoryFileName = 'tidegate.yaml';

/** What people who come from Atlantis have, whether it is read or not. */
const atlantisName = 'atlantis.yaml';

type Ports = Pick<FlowPorts, 'operator' | 'repositoryFiles' | 'generator'>;

/** Paths at which a repository (`OWNER/NAME`) may say its projects. */
export const repositoryFileNames = (
  { operator }: Pick<FlowPorts, 'operator'>,
  repository: string,
): readonly string[] => {
  const atlantis = operator.atlantisFile(repository);
  return atlantis === null ? [repositoryFileName] : [repositoryFileName, atlantis];
};

/** A tree that may have a file of the repository in it. */
export interface FileTree {
  readonly repo: RepoRef;
  readonly tree: TreeId;
  /** Of which tree the operator's command is, if there is one for the repository. */
  readonly code: TreeId;
  readonly entries: readonly TreeEntry[];
  readonly load: (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>;
  /** For sentences: whose tree it is. */
  readonly where: string;
}

const refuse = (sentence: string, where: string, advice: string): never => {
  throw new UserError({ code: 'config-invalid', sentence: `${sentence} (${where})`, advice });
};

const readAs = async (
  { repositoryFiles }: Ports,
  entry: TreeEntry,
  format: RepositoryFile['format'],
  { load, where }: FileTree,
): Promise<RepositoryFile> => {
  const name = entry.path;
  const advice = `Mend \`${name}\` and push; nothing was run.`;
  if (entry.kind !== 'file') return refuse(`\`${name}\` is not a plain file.`, where, advice);
  const bytes = (await load([entry.id])).get(entry.id);
  if (bytes === undefined) return refuse(`\`${name}\` is too large to be read.`, where, advice);
  const parsed = await repositoryFiles.read(bytes.toString('utf8'), `${name} (${where})`, format);
  if ('problem' in parsed) throw new UserError(parsed.problem);
  return parsed.value;
};

/**
 * What a tree says of its projects: its file, and what the operator's command says beside it. Throws UserError `config-invalid`,
 * or `generator-failed`.
 */
export const readRepositoryFile = async (
  ports: Ports,
  tree: FileTree,
  found: () => Promise<readonly FoundProject[]>,
): Promise<RepositoryFile | null> => {
  const own = await readOwnFile(ports, tree, found);
  const { operator, generator } = ports;
  const { repo, where } = tree;
  const printed = await generator.print(repo, tree);
  if (printed === null) return own;
  const name = `what the command printed that says the projects of this repository (${where})`;
  const read = await ports.repositoryFiles.read(printed.text, name, printed.format);
  if ('problem' in read) throw new UserError(read.problem);
  const file = await settled(read.value, tree, found);
  return withGenerated(own, file, { where, repository: fullNameOf(repo), operator });
};

const settled = async (
  file: RepositoryFile,
  { entries, where }: FileTree,
  found: () => Promise<readonly FoundProject[]>,
): Promise<RepositoryFile> => {
  const isPlain = !file.projects?.some(({ dir }) => isGlob(dir, file.format));
  if (file.format === 'tidegate')
    return isPlain ? file : { ...file, projects: withDirs(file, await found(), where) };
  const files = new Set(entries.filter(({ kind }) => kind === 'file').map(({ path }) => path));
  return settleAtlantis(file, { found: await found(), where, hasFile: (path) => files.has(path) });
};

/**
 * The file that a tree says its projects in: `tidegate.yaml`; where there is none, the file of Atlantis that the operator
 * named for this repository. What is asked for in a file of Atlantis that nobody allowed does not hold, and to go on as if it
 * were not there would tell nobody: so nothing is run then. Throws UserError `config-invalid`.
 */
const readOwnFile = async (
  ports: Ports,
  tree: FileTree,
  found: () => Promise<readonly FoundProject[]>,
): Promise<RepositoryFile | null> => {
  const { entries, where } = tree;
  const repository = fullNameOf(tree.repo);
  const at = (path: string) => entries.find((candidate) => candidate.path === path);
  const own = at(repositoryFileName);
  if (own !== undefined) return settled(await readAs(ports, own, 'tidegate', tree), tree, found);
  // Passed over in silence, rules that somebody wrote down would not hold.
  const misnamed = entries.find(({ path }) => /^\.?tidegate\.ya?ml$/i.test(path));
  if (misnamed !== undefined)
    return refuse(
      `The file is called \`${misnamed.path}\`; it has to be \`${repositoryFileName}\`.`,
      where,
      `Mend \`${repositoryFileName}\` and push; nothing was run.`,
    );
  const named = ports.operator.atlantisFile(repository);
  const theirs = at(named ?? atlantisName);
  if (theirs === undefined) return null;
  if (named === null)
    return refuse(
      `There is an \`${atlantisName}\` and no \`${repositoryFileName}\`, and the operator file does not let the one stand for the other.`,
      where,
      `Nothing was run, and nothing of \`${atlantisName}\` was used. Add a \`${repositoryFileName}\` (\`tidegate import-atlantis\` writes it), or ask the people who run Tidegate to list ${quoted(repository)} under \`atlantis\` in the operator file.`,
    );
  return settled(await readAs(ports, theirs, 'atlantis', tree), tree, found);
};
