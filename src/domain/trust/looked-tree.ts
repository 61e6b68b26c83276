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
