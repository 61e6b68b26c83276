import type { FolderFile } from '../domain/declared/folder.ts';
import { type FileOutline, noOutline } from '../domain/declared/outline.ts';
import type { Written } from '../domain/early/definitions.ts';
import { jsonVariables } from '../domain/early/json-variables.ts';
import { isLocal, type Links, resolveSource, through } from '../domain/modules.ts';
import type { RepoPath } from '../domain/repo-path.ts';
import { isEarly } from '../domain/trust/code-facts.ts';
import { folderOf, nameOf } from '../domain/trust/links.ts';
import type { TreeEntry } from '../git/port.ts';
import type { FileFacts } from '../runner/port.ts';
import { blobTexts } from './blob-texts.ts';
import type { FlowPorts } from './ports.ts';

/** What is read of a tree besides the facts of its files, where a tool evaluates expressions before it starts. */
export interface EarlyTree {
  /**
   * Files of folders that have such expressions, and of all that call them, whichever tool reads them; by folder, links not followed. A
   * folder that is missing has none, and calls none that has.
   */
  readonly folders: ReadonlyMap<string, readonly FolderFile[]>;
  /** What files of variables say, by path; null: they could not be read. */
  readonly variables: ReadonlyMap<string, ReadonlyMap<string, Written> | null>;
}

/** What the facts of a tree's files say. */
export interface ReadTree {
  readonly entries: readonly TreeEntry[];
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly folders: ReadonlyMap<RepoPath, readonly FileFacts[]>;
  readonly links: Links;
}

/** More files than this are not read for their values. */
const mostFiles = 2_000;

const isConfiguration = (path: string): boolean => /\.(?:tf|tofu)(?:\.json)?$/.test(path);
const isVariableFile = (path: string): boolean => /\.tfvars(?:\.json)?$/.test(path);

/** Folders that have such expressions, and those whose calls lead to one: they give its variables. */
const wantedFolders = ({ folders, links }: Pick<ReadTree, 'folders' | 'links'>): ReadonlySet<RepoPath> => {
  const wanted = new Set<RepoPath>();
  for (const [folder, files] of folders) if (files.some(({ code }) => isEarly(code))) wanted.add(folder);
  if (wanted.size === 0) return wanted;
  const callers = new Map<RepoPath, RepoPath[]>();
  for (const [folder, files] of folders)
    for (const source of files.flatMap(({ moduleSources }) => moduleSources)) {
      const target = isLocal(source) ? resolveSource(folder, source) : null;
      const real = target === null ? null : through(links, target).real;
      if (real === null) continue;
      const known = callers.get(real);
      if (known === undefined) callers.set(real, [folder]);
      else known.push(folder);
    }
  // A set may grow while it is walked: new members are visited too.
  for (const folder of wanted) for (const caller of callers.get(folder) ?? []) wanted.add(caller);
  return wanted;
};

interface Place {
  readonly path: string;
  readonly id: string;
}

/** Where the contents of files are, those behind links too. */
const placesIn = ({ entries, links }: Pick<ReadTree, 'entries' | 'links'>) => {
  const blobs = new Map(entries.flatMap(({ path, kind, id }) => (kind === 'file' ? [[path, id]] : [])));
  return (path: string): Place | null => {
    const id = blobs.get(links.get(path) ?? path);
    return id === undefined ? null : { path, id };
  };
};

const given = (
  outline: FileOutline,
): EarlyTree['variables'] extends ReadonlyMap<string, infer T> ? T : never => {
  const names = outline.arguments.map(({ name }) => name);
  if (outline.error !== null || new Set(names).size < names.length) return null;
  return new Map(outline.arguments.map((argument) => [argument.name, { argument, isJson: false }]));
};

/** Null: no file of the tree has any, and nothing is read. */
export const readEarly = async (
  ports: Pick<FlowPorts, 'git' | 'configuration'>,
  repositoryId: number,
  tree: ReadTree,
): Promise<EarlyTree | null> => {
  const wanted: ReadonlySet<string> = wantedFolders(tree);
  if (wanted.size === 0) return null;
  const place = placesIn(tree);
  const inFolder = (path: string) => folderOf(path) || '.';
  const configured = [...tree.files.keys()].filter(
    (path) => isConfiguration(path) && wanted.has(inFolder(path)),
  );
  const variables = tree.entries.map(({ path }) => path).filter(isVariableFile);
  const all = [...configured, ...variables.filter((path) => !path.endsWith('.json'))]
    .flatMap((path) => place(path) ?? [])
    .slice(0, mostFiles);
  const texts = variables
    .filter((path) => path.endsWith('.json'))
    .flatMap((path) => place(path) ?? [])
    .slice(0, mostFiles);
  const [outlines, json] = await Promise.all([
    ports.configuration.outlines(
      all.map(({ path, id }) => ({ path, blob: id })),
      (ids) => ports.git.blobs(repositoryId, ids),
    ),
    blobTexts(ports, repositoryId, texts),
  ]);
  const read = (path: string): FolderFile => ({
    name: nameOf(path),
    path,
    outline: outlines.get(path) ?? noOutline('not read'),
  });
  return {
    folders: Map.groupBy(configured.map(read), ({ path }) => inFolder(path)),
    variables: new Map(
      variables.map((path) => {
        const text = json.get(path);
        if (path.endsWith('.json')) return [path, text === undefined ? null : jsonVariables(text)];
        return [path, given(outlines.get(path) ?? noOutline('not read'))];
      }),
    ),
  };
};

/** Was all of it read that can be? */
export const isWhole = ({ folders, variables }: EarlyTree): boolean =>
  [...folders.values()].flat().every(({ outline }) => outline.error === null) &&
  [...variables.values()].every((values) => values !== null);
