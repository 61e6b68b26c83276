import type { Sha, TreeId } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import { looksLikeState } from '../local/state-file.ts';
import { type Change, FetchFailed, type Git, type OwnCommit, type WrittenFile } from '../port.ts';
import type { Folders, Laid } from './folders.ts';
import { mergeBaseOf, mergeFiles } from './merge.ts';
import { createObjects, type Files, type Leaf, type Objects, type Tree } from './objects.ts';

export interface MemoryGit {
  readonly git: Git;
  /** A commit that holds exactly these files; nothing else. */
  commit(repositoryId: number, files: Files, parents?: readonly Sha[]): Sha;
  /** What the forge would do at a merge: null where the two conflict. */
  merge(repositoryId: number, base: Sha, head: Sha): Sha | null;
  /** Null: there is none of that name any more. */
  branch(repositoryId: number, name: string, commit: Sha | null): void;
  pull(repositoryId: number, number: number, commit: Sha): void;
  /** Null: there is none of that name any more. */
  tag(repositoryId: number, name: string, commit: Sha | null): void;
}

interface Repository {
  readonly objects: Objects;
  readonly branches: Map<string, Sha>;
  readonly pulls: Map<number, Sha>;
  readonly tags: Map<string, Sha>;
}

const largestBlob = 5 * 1024 * 1024;
const largestAnswer = 64 * 1024 * 1024;

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

const put = (refs: Map<string, Sha>, name: string, commit: Sha | null): void => {
  if (commit === null) refs.delete(name);
  else refs.set(name, commit);
};

const laidOf = (objects: Objects, { mode, id }: Leaf): Laid => {
  if (mode === '160000') return { kind: 'folder' };
  const bytes = objects.blobs.get(id) ?? Buffer.alloc(0);
  return mode === '120000'
    ? { kind: 'link', target: bytes.toString() }
    : { kind: 'file', bytes, executable: mode === '100755' };
};

const sameLaid = (a: Laid, b: Laid): boolean => {
  if (a.kind === 'file' && b.kind === 'file') return a.executable === b.executable && a.bytes.equals(b.bytes);
  return a.kind === b.kind && (a.kind !== 'link' || b.kind !== 'link' || a.target === b.target);
};

const changes = (from: Tree, to: Tree): readonly Change[] => {
  const result: Change[] = [];
  for (const [path, leaf] of to.leaves) {
    const was = from.leaves.get(path);
    if (was === undefined) result.push({ path, kind: 'added' });
    else if (was.id !== leaf.id || was.mode !== leaf.mode) result.push({ path, kind: 'modified' });
  }
  for (const path of from.leaves.keys()) if (!to.leaves.has(path)) result.push({ path, kind: 'deleted' });
  return result.sort(byPath);
};

/**
 * Git without Git: the forge's repositories, the mirrors and the checkouts in this process, with Git's own
 * ids. Held to the same contract suite. It differs where that suite says so: merges go by whole files, a fetch
 * brings no copy (what was committed is there at once), and no attribute, hook or configuration exists.
 */
export const createMemoryGit = ({ folders }: { readonly folders: Folders }): MemoryGit => {
  const repositories = new Map<number, Repository>();

  const of = (id: number): Repository => {
    const known = repositories.get(id);
    if (known !== undefined) return known;
    const made: Repository = {
      objects: createObjects(),
      branches: new Map(),
      pulls: new Map(),
      tags: new Map(),
    };
    repositories.set(id, made);
    return made;
  };
  const treeIn = (repositoryId: number, id: Sha | TreeId): Tree => {
    const tree = of(repositoryId).objects.treeOf(id);
    if (tree === null) throw new Error(`ls-tree: ${id} is not a tree of repository ${repositoryId}`);
    return tree;
  };
  const merged = (repositoryId: number, base: Sha, head: Sha) => {
    const { objects } = of(repositoryId);
    const fork = mergeBaseOf(objects, base, head);
    if (fork === null) return { conflicts: [] };
    const [before, ours, theirs] = [fork, base, head].map((id) => treeIn(repositoryId, id).leaves);
    return mergeFiles(before ?? new Map(), ours ?? new Map(), theirs ?? new Map());
  };

  /** State files in the folder that Git itself does not hold. */
  const rescueFrom = async (
    repositoryId: number,
    folder: string,
    rescue: (path: string, bytes: Buffer) => Promise<void>,
  ): Promise<void> => {
    const { objects } = of(repositoryId);
    for (const [path, laid] of folders.read(folder) ?? [])
      if (laid.kind === 'file' && looksLikeState(path) && !objects.blobs.has(objects.idOf(laid.bytes)))
        await rescue(path, laid.bytes);
  };

  const git: Git = {
    fetch: async (repo, { pullNumber, baseRef }) => {
      const { branches, pulls } = of(repo.id);
      const base = branches.get(baseRef);
      const head = pulls.get(pullNumber);
      if (base !== undefined && head !== undefined) return { base, head };
      throw new FetchFailed('no-such-ref', `there is no branch ${baseRef}, or no pull request ${pullNumber}`);
    },
    fetchBranch: async (repo, { baseRef }) => {
      const tip = of(repo.id).branches.get(baseRef);
      if (tip === undefined) throw new FetchFailed('no-such-ref', `there is no branch ${baseRef}`);
      return tip;
    },
    tips: async (repo, { baseRef, pullNumber }) => {
      const { branches, pulls } = of(repo.id);
      return {
        base: branches.get(baseRef) ?? null,
        head: pullNumber === null ? null : (pulls.get(pullNumber) ?? null),
      };
    },
    tags: async (repo) => new Map(of(repo.id).tags),
    // All there is is here.
    complete: async () => {},
    ownCommits: async (repositoryId, tip, known, most) => {
      const { objects } = of(repositoryId);
      const own: OwnCommit[] = [];
      for (let commit: Sha | null = tip; commit !== null && own.length < most; ) {
        if (known !== null && mergeBaseOf(objects, commit, known) === commit) break;
        const parent: Sha | null = objects.commitOf(commit)?.parents[0] ?? null;
        own.push({ commit, parent });
        commit = parent;
      }
      return own;
    },
    hasCommit: async (repositoryId, commit) => of(repositoryId).objects.commitOf(commit) !== null,
    mergeOf: async (repositoryId, base, head) => {
      const outcome = merged(repositoryId, base, head);
      return 'conflicts' in outcome ? outcome : { tree: of(repositoryId).objects.tree(outcome.leaves).id };
    },
    revertOf: async (repositoryId, tip, undone) => {
      const { objects } = of(repositoryId);
      const undoing = objects.commit(treeIn(repositoryId, undone.before), [undone.merged]).id;
      const outcome = merged(repositoryId, tip, undoing);
      return 'conflicts' in outcome ? outcome : { tree: objects.tree(outcome.leaves).id };
    },
    commit: async (repositoryId, { tree, parent }) =>
      of(repositoryId).objects.commit(treeIn(repositoryId, tree), [parent]).id,
    push: async ({ id }, { branch, commit }) => {
      const { branches } = of(id);
      const there = branches.get(branch) ?? commit;
      if (there !== commit) return { kind: 'taken' };
      branches.set(branch, commit);
      return { kind: 'there' };
    },
    mergeBase: async (repositoryId, base, head) => mergeBaseOf(of(repositoryId).objects, base, head),
    beforeMerge: async (repositoryId, merged) =>
      of(repositoryId).objects.commitOf(merged)?.parents[0] ?? null,
    changed: async (repositoryId, from, to) => changes(treeIn(repositoryId, from), treeIn(repositoryId, to)),
    treeOf: async (repositoryId, commit) => treeIn(repositoryId, commit).id,
    graft: async (repositoryId, tree, grafts) => {
      const { objects } = of(repositoryId);
      const leaves = new Map(treeIn(repositoryId, tree).leaves);
      for (const graft of grafts) {
        const { path } = graft;
        const isThere = [...leaves.keys()].some(
          (one) => one === path || one.startsWith(`${path}/`) || path.startsWith(`${one}/`),
        );
        if (isThere) throw new Error(`${path} is there already`);
        if ('bytes' in graft) {
          leaves.set(path, objects.leaf(graft.bytes));
          continue;
        }
        const from = of(graft.repositoryId).objects;
        for (const [below, leaf] of treeIn(graft.repositoryId, graft.tree).leaves) {
          const bytes = from.blobs.get(leaf.id);
          if (bytes !== undefined) objects.leaf(bytes);
          leaves.set(`${path}/${below}`, leaf);
        }
      }
      return objects.tree(leaves).id;
    },
    part: async (repositoryId, tree, keeps) => {
      const leaves = [...treeIn(repositoryId, tree).leaves].filter(([path]) => keeps(path));
      return of(repositoryId).objects.tree(new Map(leaves)).id;
    },
    entries: async (repositoryId, tree) => treeIn(repositoryId, tree).entries,
    blobs: async (repositoryId, ids) => {
      const { objects } = of(repositoryId);
      const found = new Map<string, Buffer>();
      let total = 0;
      for (const id of ids) {
        const bytes = objects.blobs.get(id);
        if (bytes === undefined || bytes.length > largestBlob) continue;
        total += bytes.length;
        if (found.size > 0 && total > largestAnswer) break;
        found.set(id, Buffer.from(bytes));
      }
      return found;
    },
    checkout: async (repositoryId, tree, folder, rescue) => {
      const { leaves } = treeIn(repositoryId, tree);
      const hostile = [...leaves.keys()].find((path) =>
        path.split('/').some((name) => /^\.git$/i.test(name)),
      );
      if (hostile !== undefined)
        throw new UserError({
          code: 'path-refused',
          sentence: `The tree holds \`${hostile}\`, which Git itself would take for its own.`,
          advice: 'Remove it from the branch and push.',
        });
      await rescueFrom(repositoryId, folder, rescue);
      const { objects } = of(repositoryId);
      folders.lay(folder, new Map([...leaves].map(([path, leaf]) => [path, laidOf(objects, leaf)])));
    },
    // Gone with the process: there is nothing to take away.
    foldersBelow: async () => [],
    mirrors: async () => [],
    bytesOf: async () => 0,
    tend: async () => {},
    removeMirror: async () => false,
    removeCheckout: async (repositoryId, folder, rescue) => {
      await rescueFrom(repositoryId, folder, rescue);
      folders.remove(folder);
    },
    written: async (repositoryId, tree, folder) => {
      const found = folders.read(folder);
      if (found === null) throw new Error(`the folder was not laid out from tree ${tree}: ${folder}`);
      const { leaves } = treeIn(repositoryId, tree);
      const { objects } = of(repositoryId);
      const result: WrittenFile[] = [];
      for (const [path, laid] of found) {
        if (laid.kind === 'folder') continue;
        const leaf = leaves.get(path);
        if (leaf === undefined || leaf.mode === '160000') result.push({ path, kind: 'added' });
        else if (!sameLaid(laid, laidOf(objects, leaf))) result.push({ path, kind: 'modified' });
      }
      for (const [path, { mode }] of leaves) {
        const laid = found.get(path);
        if (mode !== '160000' && (laid === undefined || laid.kind === 'folder'))
          result.push({ path, kind: 'deleted' });
      }
      return result.sort(byPath);
    },
  };

  return {
    git,
    commit: (repositoryId, files, parents = []) => {
      const { objects } = of(repositoryId);
      const leaves = Object.entries(files).map(([path, content]) => [path, objects.leaf(content)] as const);
      return objects.commit(objects.tree(new Map(leaves)), parents).id;
    },
    merge: (repositoryId, base, head) => {
      const outcome = merged(repositoryId, base, head);
      if ('conflicts' in outcome) return null;
      const { objects } = of(repositoryId);
      return objects.commit(objects.tree(outcome.leaves), [base, head]).id;
    },
    branch: (repositoryId, name, commit) => put(of(repositoryId).branches, name, commit),
    pull: (repositoryId, number, commit) => void of(repositoryId).pulls.set(number, commit),
    tag: (repositoryId, name, commit) => put(of(repositoryId).tags, name, commit),
  };
};
