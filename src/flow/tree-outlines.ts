import { type FolderFile, readByTool } from '../domain/declared/folder.ts';
import { type FileOutline, noOutline } from '../domain/declared/outline.ts';
import type { TreeId } from '../domain/ids.ts';
import { type RepoPath, root } from '../domain/repo-path.ts';
import { type Entry, folderOf, follow, type LinkedTree, nameOf } from '../domain/trust/links.ts';
import { blobTexts } from './blob-texts.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'git' | 'configuration'>;

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

/** Reads outlines, each text once whatever tree and path it is in. */
export const createOutlines = ({ git, configuration }: Ports, repositoryId: number) => {
  const known = new Map<string, FileOutline>();
  const keyOf = ({ name, blob }: Pick<Named, 'name' | 'blob'>): string =>
    `${blob}${name.endsWith('.json') ? '.json' : ''}`;
  return async (files: readonly Named[]): Promise<readonly FolderFile[]> => {
    const missing = new Map(
      files.filter((file) => !known.has(keyOf(file))).map((file) => [keyOf(file), file.blob]),
    );
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
      outline: known.get(keyOf(file)) ?? noOutline('not read'),
    }));
  };
};
