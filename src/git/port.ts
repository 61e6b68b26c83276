import type { Sha, TreeId } from '../domain/ids.ts';
import type { RepoRef } from '../domain/pull.ts';

export interface FetchWish {
  /** Smart HTTP address without credentials. */
  readonly url: string;
  readonly token: string;
  readonly pullNumber: number;
  /** Branch name of the base, without `refs/heads/`. */
  readonly baseRef: string;
}

/** What is asked for where only the places of refs matter. */
export type TipsWish = Omit<FetchWish, 'pullNumber'> & { readonly pullNumber: number | null };

/** Why a fetch failed: the server is away, said no, has it not, sent us elsewhere; or this machine's disk. */
export type FetchFailure =
  | 'unreachable'
  | 'timed-out'
  | 'denied'
  | 'not-found'
  | 'moved'
  | 'no-such-ref'
  | 'local';

/** A commit of a branch's own line, and the one before it there; null for the very first. */
export interface OwnCommit {
  readonly commit: Sha;
  readonly parent: Sha | null;
}

/** How a ref that was to be made at the server stands there now. */
export type PushAnswer =
  /** At that commit, by this or by an earlier call. */
  | { readonly kind: 'there' }
  /** It is at another commit, which is somebody else's. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'not-permitted' }
  /** The server says no, in its own words. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The message is for people and holds no credential. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
  readonly reason: FetchFailure;

  constructor(reason: FetchFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Paths are as Git stores them: `/` between names, relative to the repository. A rename is a delete and an add. */
export interface Change {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'deleted';
}

export interface TreeEntry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  /** Object id: of the blob, the tree, or the submodule's commit. */
  readonly id: string;
}

/** A file a tool left in a checkout that is not in the tree. */
export interface WrittenFile {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'deleted';
}

/** What is put into a tree at a path that it does not have: a tree of a mirror, or a file. */
export type Graft = { readonly path: string } & (
  | { readonly repositoryId: number; readonly tree: TreeId }
  | { readonly bytes: Buffer }
);

/** Bare mirrors, one per repository id, and checkouts laid out from them. */
export interface Git {
  /**
   * Brings base branch and pull request head into the mirror and tells where they are now. The
   * forge's own `base.sha` is as old as the last push, so the tip counts. Single flight: callers that
   * come while a fetch runs share the next one.
   */
  fetch(repo: RepoRef, wish: FetchWish): Promise<{ readonly base: Sha; readonly head: Sha }>;
  /** The same of a branch alone. */
  fetchBranch(repo: RepoRef, wish: Omit<FetchWish, 'pullNumber'>): Promise<Sha>;
  /**
   * Where a base branch and the head of a pull request are at the server now; null where there is no such ref. Nothing of them is brought
   * here, and no fetch is waited for. `pullNumber` null: only the branch is asked for.
   */
  tips(repo: RepoRef, wish: TipsWish): Promise<{ readonly base: Sha | null; readonly head: Sha | null }>;
  /**
   * Where the tags of the server are now, by their names without `refs/tags/`: the object that each leads to in the end, which
   * need not be a commit. Nothing of them is brought here. Left out is a name that is no UTF-8.
   */
  tags(repo: RepoRef, wish: Pick<FetchWish, 'url' | 'token'>): Promise<ReadonlyMap<string, Sha>>;
  /**
   * Brings every file of these commits and trees, so that nothing that is done with them wants a server. `fetch` has done so for what
   * it answers with and for the merge of both; this is for others. `open` is called only where files are missing.
   */
  complete(
    repo: RepoRef,
    of: readonly (Sha | TreeId)[],
    open: () => Promise<{ readonly url: string; readonly token: string; done(): void }>,
  ): Promise<void>;
  hasCommit(repositoryId: number, commit: Sha): Promise<boolean>;
  /**
   * The commits of a branch's own line (first parents) from `tip` on that are no part of `known`, newest first, at most `most`.
   * Null: there is nothing known.
   */
  ownCommits(repositoryId: number, tip: Sha, known: Sha | null, most: number): Promise<readonly OwnCommit[]>;
  /** The tree that merging head into base would give, without touching any branch. */
  mergeOf(
    repositoryId: number,
    base: Sha,
    head: Sha,
  ): Promise<{ tree: TreeId } | { conflicts: readonly string[] }>;
  /**
   * The tree that undoing all from `before` (not included) to `merged` would leave at `tip`, of which `merged` is a part. No branch
   * is moved.
   */
  revertOf(
    repositoryId: number,
    tip: Sha,
    undone: { readonly before: Sha; readonly merged: Sha },
  ): Promise<{ tree: TreeId } | { conflicts: readonly string[] }>;
  /** A commit of our own on top of another; no branch is moved. `at`: Unix milliseconds. The same wish gives the same commit. */
  commit(
    repositoryId: number,
    wish: { readonly tree: TreeId; readonly parent: Sha; readonly message: string; readonly at: number },
  ): Promise<Sha>;
  /**
   * Makes a branch at the server that holds a commit of the mirror. One that is there is never moved.
   *
   * @throws {FetchFailed} where the server does not answer: it may be there.
   */
  push(
    repo: RepoRef,
    wish: { readonly url: string; readonly token: string; readonly branch: string; readonly commit: Sha },
  ): Promise<PushAnswer>;
  mergeBase(repositoryId: number, base: Sha, head: Sha): Promise<Sha | null>;
  /**
   * Where the base branch was right before a merge brought `head` to it, however the forge merges; `merged` is the commit that it
   * was left at. Null where there is nothing before it.
   */
  beforeMerge(repositoryId: number, merged: Sha, head: Sha): Promise<Sha | null>;
  /** What changed between two commits or trees; never a forge's file list. */
  changed(repositoryId: number, from: Sha | TreeId, to: Sha | TreeId): Promise<readonly Change[]>;
  treeOf(repositoryId: number, commit: Sha): Promise<TreeId>;
  /**
   * A tree with all that `tree` has and these besides; no branch is moved by it. What comes from another mirror is copied. Throws
   * where a path is there already.
   */
  graft(repositoryId: number, tree: TreeId, grafts: readonly Graft[]): Promise<TreeId>;
  /**
   * A tree with those files of `tree` alone whose path `keeps` says yes to, each as it is, and the folders that they need; no branch is
   * moved by it. The same files give the same tree. Links and submodules are files here. Throws as
   * `checkout` where a path among them may not be laid out.
   */
  part(repositoryId: number, tree: TreeId, keeps: (path: string) => boolean): Promise<TreeId>;
  /** Everything below the tree, folders included. */
  entries(repositoryId: number, tree: TreeId): Promise<readonly TreeEntry[]>;
  /**
   * Contents by object id; ids that are not blobs, and blobs above 5 MB, are missing in the result. So is
   * what goes over 64 MB together: ask again for the rest. The first blob is always
   * there. A file that was never brought here is no blob that is missing: it throws. The bytes are the caller's own.
   */
  blobs(repositoryId: number, ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /**
   * Makes `folder` (absolute) hold exactly the tree: no more, no less, no `.git`. Before any file
   * that looks like Terraform state is removed or overwritten, `rescue` is awaited with its path (in the
   * folder) and bytes; when that fails nothing is removed. Bytes that Git itself holds, as a commit's
   * file, are not lost and not rescued. No attribute changes a byte: no `eol`, `ident`, filter or LFS.
   * Throws UserError `path-refused` for a tree with a path such as `.GIT/config`.
   */
  checkout(
    repositoryId: number,
    tree: TreeId,
    folder: string,
    rescue: (path: string, bytes: Buffer) => Promise<void>,
  ): Promise<void>;
  /** Removes a checkout and what belongs to it, after `rescue` was awaited for state files as in `checkout`. Missing is fine. */
  removeCheckout(
    repositoryId: number,
    folder: string,
    rescue: (path: string, bytes: Buffer) => Promise<void>,
  ): Promise<void>;
  /** Folders on disk exactly `depth` levels below `folder` (absolute); none where there is no such folder. */
  foldersBelow(folder: string, depth: number): Promise<readonly string[]>;
  /** The mirrors there are, when each was last fetched into (Unix milliseconds, by the file system), and all that belongs to it. */
  mirrors(): Promise<
    readonly {
      readonly repositoryId: number;
      readonly usedAt: number;
      readonly folders: readonly string[];
    }[]
  >;
  /** What is below a folder takes on the disk; none where there is no such folder. */
  bytesOf(folder: string): Promise<number>;
  /** Tidies a mirror up where it needs it, and gives way to whoever fetches. Nothing that was ever in it is lost. */
  tend(repositoryId: number): Promise<void>;
  /** Removes a mirror and its spare checkout; the next fetch builds it anew. False, with nothing done, while a fetch is under way. */
  removeMirror(repositoryId: number): Promise<boolean>;
  /** What a tool wrote into a folder since `checkout` laid it out. `.gitignore` has no say. */
  written(repositoryId: number, tree: TreeId, folder: string): Promise<readonly WrittenFile[]>;
}
