import type { FolderFile } from '../domain/declared/folder.ts';
import { type FileOutline, noOutline } from '../domain/declared/outline.ts';
import type { TreeId } from '../domain/ids.ts';
import { type RepoPath, root } from '../domain/repo-path.ts';
import { readByTool } from '../domain/tool-files.ts';
import { type Entry, folderOf, follow, type LinkedTree, nameOf } from '../domain/trust/links.ts';
import { blobTexts } from './blob-texts.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'git' | 'configuration'>;

/** More files than this are not read for the sake of lines. */
const mostFiles = 2_000;

/** A file of a tree, under the name that a folder has for it. */
interface Named {
  readonly name: string;
  /** Where it really is. */
  readonly path: string;
  readonly blob: string;
}

export interface OutlineTree {
  /** Files of a folder, as the tool finds them: links followed. */
  readonly files: (folder: RepoPath, isWanted: (name: string) => boolean) => readonly Named[];
  readonly blobAt: (path: string) => string | null;
}

export const outlineTree = async (ports: Ports, repositoryId: number, tree: TreeId): Promise<OutlineTree> => {
  const all = await ports.git.entries(repositoryId, tree);
  const links = await blobTexts(
    ports,
    repositoryId,
    all.filter(({ kind }) => kind === 'link'),
  );
  const entries = new Map<string, Entry>(all.map(({ path, kind, id }) => [path, { kind, id }]));
  const linked: LinkedTree = { entries, links };
  const byFolder = Map.groupBy(all, ({ path }) => folderOf(path));
  const folderAt = (folder: RepoPath): string | null => {
    const there = follow(linked, '', folder === root ? '' : folder);
    return typeof there === 'string' ? null : there.path;
  };
  return {
    files: (folder, isWanted) => {
      const at = folderAt(folder);
      const here = (at === null ? undefined : byFolder.get(at)) ?? [];
      const named = here.flatMap(({ path }) => {
        const there = isWanted(nameOf(path)) ? follow(linked, '', path) : 'missing';
        if (typeof there === 'string') return [];
        const entry = entries.get(there.path);
        return entry?.kind === 'file' ? [{ name: nameOf(path), path: there.path, blob: entry.id }] : [];
      });
      const kept = new Set(readByTool(named.map(({ name }) => name)));
      return named.filter(({ name }) => kept.has(name));
    },
    blobAt: (path) => {
      const entry = entries.get(path);
      return entry?.kind === 'file' ? entry.id : null;
    },
  };
};

/**
 * Outlines of files, in their order.
 *
 * @param isWanted what of a file's text makes it worth reading; others are taken for empty
 */
export type ReadOutlines = (
  files: readonly Named[],
  isWanted?: (text: string) => boolean,
) => Promise<readonly FolderFile[]>;

const nothingIn: FileOutline = { blocks: [], arguments: [], error: null };

/** Each text is read once, whatever tree and path it is in. */
export const createOutlines = (ports: Ports, repositoryId: number): ReadOutlines => {
  const { git, configuration } = ports;
  const known = new Map<string, FileOutline>();
  const keyOf = ({ name, blob }: Pick<Named, 'name' | 'blob'>): string =>
    `${blob}${name.endsWith('.json') ? '.json' : ''}`;
  return async (files, isWanted) => {
    const missing = new Map(
      files.filter((file) => !known.has(keyOf(file))).map((file) => [keyOf(file), file.blob]),
    );
    const passedOver = new Set<string>();
    if (isWanted !== undefined) {
      const texts = await blobTexts(
        ports,
        repositoryId,
        [...missing].map(([path, id]) => ({ path, id })),
      );
      // What is too large for a text is asked of the reader, which says so.
      for (const [key, text] of texts) if (!isWanted(text) && missing.delete(key)) passedOver.add(key);
    }
    if (known.size + missing.size > mostFiles) throw new Error('too many files');
    if (missing.size > 0) {
      const read = await configuration.outlines(
        [...missing].map(([path, blob]) => ({ path, blob })),
        (ids) => git.blobs(repositoryId, ids),
      );
      for (const [key, outline] of read) known.set(key, outline);
    }
    return files.map((file) => ({
      name: file.name,
      path: file.path,
      outline: known.get(keyOf(file)) ?? (passedOver.has(keyOf(file)) ? nothingIn : noOutline('not read')),
    }));
  };
};
