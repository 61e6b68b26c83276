import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PullFile } from '../state.ts';
import { looseCommit } from './loose-commit.ts';
import { git, gitBase64, gitResult } from './run.ts';

const fullSha = /^[0-9a-f]{40}$/;

/**
 * A branch stands in a file of its own, which git replaces whole, and which is read a hundred times for each time it is written: that
 * needs no process. Null where it is not so simple (no such branch, packed, a symbolic one): git knows.
 */
const tipOf = async (folder: string, ref: string): Promise<string | null> => {
  if (!/^refs\/heads(?:\/[\w-][\w.-]*)+$/.test(ref)) return null;
  const text = await readFile(path.join(folder, ref), 'latin1').catch(() => '');
  return /^([0-9a-f]{40})\n$/.exec(text)?.[1] ?? null;
};

/** The commit a ref, branch or (short) id names; null when there is none. */
export const resolve = async (folder: string, name: string): Promise<string | null> => {
  // A leading dash would be read as an option, `..` and `^{` as revision syntax.
  if (name === '' || /^-|\.\.|[\^~:?*[\\\s\u0000-\u001f]/.test(name)) return null;
  const candidates = fullSha.test(name)
    ? [name]
    : name.startsWith('refs/')
      ? [name]
      : [`refs/heads/${name}`, `refs/tags/${name}`, ...(/^[0-9a-f]{7,40}$/.test(name) ? [name] : [])];
  for (const candidate of candidates) {
    if (fullSha.test(candidate)) return (await commitOf(folder, candidate))?.sha ?? null;
    const tip = await tipOf(folder, candidate);
    if (tip !== null) return tip;
    const found = await gitResult(folder, ['rev-parse', '--verify', '--quiet', `${candidate}^{commit}`]);
    if (found.code === 0) return found.out.trim();
  }
  return null;
};

/** Is there a tree of this id? */
export const hasTree = async (folder: string, id: string): Promise<boolean> =>
  (await gitResult(folder, ['cat-file', '-e', `${id}^{tree}`])).code === 0;

/** Every ref below `prefix` and the object it names. */
export const refs = async (folder: string, prefix = 'refs/heads/'): Promise<Map<string, string>> => {
  const out = await git(folder, ['for-each-ref', '--format=%(objectname) %(refname)', prefix]);
  const found = new Map<string, string>();
  for (const line of out.split('\n')) {
    const gap = line.indexOf(' ');
    if (gap > 0) found.set(line.slice(gap + 1), line.slice(0, gap));
  }
  return found;
};

export const mergeBase = async (folder: string, one: string, other: string): Promise<string | null> => {
  const found = await gitResult(folder, ['merge-base', one, other]);
  return found.code === 0 ? found.out.trim() : null;
};

export const isAncestor = async (folder: string, older: string, newer: string): Promise<boolean> =>
  (await gitResult(folder, ['merge-base', '--is-ancestor', older, newer])).code === 0;

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

const fields = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'];

const readCommits = (out: string): Commit[] => {
  // Two kinds of separators that no commit header can hold; NUL ends a record.
  const commits: Commit[] = [];
  for (const record of out.split('\0')) {
    const [sha, tree, parents, an, ae, ad, cn, ce, cd, ...message] = record.trimStart().split('\x1f');
    if (sha === undefined || !fullSha.test(sha)) continue;
    commits.push({
      sha,
      tree: tree ?? '',
      parents: (parents ?? '').split(' ').filter((id) => id !== ''),
      author: { name: an ?? '', email: ae ?? '', date: ad ?? '' },
      committer: { name: cn ?? '', email: ce ?? '', date: cd ?? '' },
      message: message.join('\x1f').replace(/\n+$/, ''),
    });
  }
  return commits;
};

const format = `--format=${fields.join('%x1f')}`;

/** Commits of a revision range such as `a..b`, oldest first unless told otherwise. */
export const commitsOf = async (
  folder: string,
  range: readonly string[],
  options: { readonly newestFirst?: boolean; readonly limit?: number } = {},
): Promise<Commit[]> => {
  const order = options.newestFirst ? [] : ['--reverse', '--topo-order'];
  const limit = options.limit === undefined ? [] : [`--max-count=${options.limit}`];
  return readCommits(await git(folder, ['log', '-z', ...order, ...limit, format, ...range, '--']));
};

/** Commits never change, nobody collects garbage here, and every answer of the API asks for some: by folder and id, oldest first. */
const known = new Map<string, Commit>();
const kept = 2_000;

const readByGit = async (folder: string, sha: string): Promise<Commit | undefined> => {
  const found = await gitResult(folder, ['log', '-z', '--no-walk', format, sha, '--']);
  return found.code === 0 ? readCommits(found.out)[0] : undefined;
};

/** One commit; null when the repository does not have it. */
export const commitOf = async (folder: string, sha: string): Promise<Commit | null> => {
  const key = `${folder} ${sha}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const commit =
    (fullSha.test(sha) ? await looseCommit(folder, sha) : null) ?? (await readByGit(folder, sha));
  // A name may mean another commit the next time.
  if (commit?.sha === sha) known.set(key, commit);
  const oldest = known.size > kept ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
  return commit ?? null;
};

const statusNames: Readonly<Record<string, PullFile['status']>> = {
  A: 'added',
  D: 'removed',
  R: 'renamed',
  M: 'modified',
  T: 'modified',
  C: 'added',
};

/** What changed between two commits or trees, renames found, in the order of paths. */
export const diffFiles = async (
  folder: string,
  from: string,
  to: string,
  options: { readonly patches: boolean },
): Promise<PullFile[]> => {
  const range = ['-M', from, to, '--'];
  const told = await git(folder, ['diff-tree', '-r', '-z', '--raw', '--numstat', '--no-abbrev', ...range]);
  const raw = told.split('\0');
  const patches = options.patches ? await patchTexts(folder, range) : new Map<string, string>();
  const files: Omit<PullFile, 'additions' | 'deletions'>[] = [];
  let at = 0;
  for (; raw[at]?.startsWith(':') === true; at++) {
    const head = raw[at] ?? '';
    const [, , before, after, letter] = head.split(' ');
    const renamed = letter?.startsWith('R') || letter?.startsWith('C');
    const first = raw[++at] ?? '';
    const path = renamed ? (raw[++at] ?? '') : first;
    const status = statusNames[letter?.charAt(0) ?? ''] ?? 'modified';
    files.push({
      path,
      previousPath: renamed ? first : null,
      status,
      blob: (status === 'removed' ? before : after) ?? '',
      patch: patches.get(path) ?? null,
    });
  }
  const counts = numbers(raw.slice(at));
  return files.map((file) => {
    const [additions, deletions] = counts.get(file.path) ?? [0, 0];
    return { ...file, additions, deletions };
  });
};

/** From the records of `--numstat`. */
const numbers = (parts: readonly string[]): Map<string, readonly [number, number]> => {
  const found = new Map<string, readonly [number, number]>();
  for (let at = 0; at < parts.length; at++) {
    const [added, deleted, path] = (parts[at] ?? '').split('\t');
    if (added === undefined || deleted === undefined || path === undefined) continue;
    // A rename has its two names in records of their own, behind an empty one.
    if (path === '') at += 2;
    const name = path === '' ? (parts[at] ?? '') : path;
    // `-` stands for a binary file.
    found.set(name, [Number(added) || 0, Number(deleted) || 0]);
  }
  return found;
};

/** Hunks by path as the API gives them: without the headers, absent for binary files. */
const patchTexts = async (folder: string, range: readonly string[]): Promise<Map<string, string>> => {
  const out = await git(folder, ['-c', 'core.quotePath=false', 'diff-tree', '-r', '-p', ...range]);
  const found = new Map<string, string>();
  for (const part of out.split(/^diff --git /m).slice(1)) {
    const hunk = part.search(/^@@ /m);
    if (hunk < 0) continue;
    const header = part.slice(0, hunk);
    const path = /^\+\+\+ "?b\/(.*?)"?\t?$/m.exec(header)?.[1] ?? /^--- "?a\/(.*?)"?\t?$/m.exec(header)?.[1];
    if (path !== undefined) found.set(path, part.slice(hunk).replace(/\n$/, ''));
  }
  return found;
};

export interface TreeItem {
  readonly mode: string;
  readonly kind: 'blob' | 'tree' | 'commit';
  readonly id: string;
  readonly size: number | null;
  readonly path: string;
}

/** Entries of one folder of a commit, or the one entry of a file; empty when there is nothing at the path. */
export const listTree = async (folder: string, commit: string, path: string): Promise<TreeItem[]> => {
  const where = path === '' ? [] : ['--', path];
  const items: TreeItem[] = [];
  for (const line of (await git(folder, ['ls-tree', '-z', '-l', '--full-tree', commit, ...where])).split(
    '\0',
  )) {
    const match = /^(\d+) (blob|tree|commit) ([0-9a-f]+) +(-|\d+)\t(.*)$/s.exec(line);
    if (match === null) continue;
    const [, mode = '', kind, id = '', size, name = ''] = match;
    if (kind !== 'blob' && kind !== 'tree' && kind !== 'commit') continue;
    items.push({ mode, kind, id, size: size === '-' ? null : Number(size), path: name });
  }
  return items;
};

/** Ids of the files at these paths of a commit; those that are no files are left out. */
export const blobsAt = async (
  folder: string,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const out = await git(folder, ['ls-tree', '-z', '--full-tree', commit, '--', ...paths]);
  const found = [...out.matchAll(/\d+ blob ([0-9a-f]+)\t([^\0]*)\0/g)];
  return new Map(found.map(([, id = '', path = '']) => [path, id]));
};

/** Contents of a blob, base64. */
export const blobBase64 = (folder: string, id: string): Promise<string> =>
  gitBase64(folder, ['cat-file', 'blob', id]);
