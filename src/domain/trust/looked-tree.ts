import type { CodeFacts } from './code-facts.ts';
import type { Finding, FindingKind } from './finding.ts';
import { folderOf, type LinkedTree } from './links.ts';

/** What a first look knows of one file of configuration. */
export interface LookedFile {
  /** Why nobody knows what is in it, with its line where that is known. */
  readonly error: string | null;
  readonly code: CodeFacts;
}

/** One tree, read as far as a first look goes. */
export interface LookedTree extends LinkedTree {
  /** Configuration and lock files by path; a link to one under its own name. */
  readonly files: ReadonlyMap<string, LookedFile>;
  /** The same by the folder they are in. */
  readonly folders: ReadonlyMap<string, readonly (readonly [string, LookedFile])[]>;
  /** `.gitattributes` that differ between the two trees; null: too large to be read. */
  readonly attributes: ReadonlyMap<string, string | null>;
}

export const byFolder = (files: ReadonlyMap<string, LookedFile>): LookedTree['folders'] => {
  const folders = new Map<string, (readonly [string, LookedFile])[]>();
  for (const [path, file] of files) {
    const known = folders.get(folderOf(path));
    if (known === undefined) folders.set(folderOf(path), [[path, file]]);
    else known.push([path, file]);
  }
  return folders;
};

/** Files that a project's tool reads otherwise than they are written, by path; null: it does not read them. */
export type ReadAs = ReadonlyMap<string, LookedFile | null>;

const readTreeAs = (tree: LookedTree, readAs: ReadAs): LookedTree => {
  if (readAs.size === 0) return tree;
  const files = new Map(tree.files);
  const folders = new Map(tree.folders);
  for (const [path, file] of readAs)
    if (file === null) files.delete(path);
    else files.set(path, file);
  for (const folder of new Set([...readAs.keys()].map(folderOf))) {
    const read = (tree.folders.get(folder) ?? []).flatMap(([path]) => {
      const file = files.get(path);
      return file === undefined ? [] : [[path, file] as const];
    });
    if (read.length === 0) folders.delete(folder);
    else folders.set(folder, read);
  }
  return { ...tree, files, folders };
};

/** Both trees as a project's tool reads them. */
export const readTreesAs = (
  trees: Trees,
  readAs: { readonly base: ReadAs; readonly head: ReadAs },
): Trees => ({
  ...trees,
  base: readTreeAs(trees.base, readAs.base),
  head: readTreeAs(trees.head, readAs.head),
});

/** The base branch's tree, which is trusted, and the tree that a merge would make. */
export interface Trees {
  readonly base: LookedTree;
  readonly head: LookedTree;
  /** Paths of the head that hold something else than on the base branch, by folder. */
  readonly changed: ReadonlyMap<string, readonly string[]>;
}

export const treesOf = (base: LookedTree, head: LookedTree): Trees => {
  const changed = new Map<string, string[]>();
  for (const [path, { kind, id }] of head.entries) {
    const before = base.entries.get(path);
    if (before?.kind === kind && before.id === id) continue;
    const folder = folderOf(path);
    const known = changed.get(folder);
    if (known === undefined) changed.set(folder, [path]);
    else known.push(path);
  }
  return { base, head, changed };
};

export const isChanged = ({ base, head }: Trees, path: string): boolean => {
  const [before, now] = [base.entries.get(path), head.entries.get(path)];
  return now !== undefined && (before?.kind !== now.kind || before.id !== now.id);
};

export const finding = (
  kind: FindingKind,
  path: string,
  line: number | null,
  subject: string,
  place: string | null = null,
): Finding => ({ kind, path, line, subject, place });
