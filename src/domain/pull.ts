import type { ProjectKey, Sha } from './ids.ts';

/** A repository as its installation sees it. The numeric id is the identity; names change. */
export interface RepoRef {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly installationId: number;
}

/** `owner/name`, as the operator's allow-list is asked about it. */
export const fullNameOf = ({ owner, name }: RepoRef): string => `${owner}/${name}`;

/** Where a pull request is. Everything else about it is read fresh. */
export interface PullRef {
  readonly repo: RepoRef;
  readonly number: number;
}

/** The number of no pull request: what is of a branch of the repository itself goes by it. */
export const noPull = 0;

/** The repository itself, where a pull request is asked for. */
export const ofRepository = (repo: RepoRef): PullRef => ({ repo, number: noPull });

export interface Actor {
  readonly id: number;
  readonly login: string;
  readonly kind: 'user' | 'bot';
}

/** Whose word a delivery of our own is. */
export const ourselves: Actor = { id: 0, login: 'tidegate', kind: 'bot' };

/** No account has that id: whoever has that name elsewhere is somebody else. */
export const isOurselves = ({ id, kind }: Actor): boolean => id === ourselves.id && kind === 'bot';

export interface Merged {
  /** The commit on the base branch that brought it: the merge, the squashed one, or the last of those put on top. */
  readonly commit: Sha;
  /** Null where the account is gone. */
  readonly by: Actor | null;
  /** Unix milliseconds by the forge's clock. */
  readonly at: number;
}

/** A pull request as the forge describes it at this moment. */
export interface Pull {
  /** With the repository's name of now: whoever asked may have known it by an older one. */
  readonly ref: PullRef;
  readonly title: string;
  readonly url: string;
  readonly state: 'open' | 'closed';
  /** How it was merged; null where it was not. */
  readonly merged: Merged | null;
  readonly draft: boolean;
  readonly author: Actor;
  readonly head: { readonly sha: Sha; readonly ref: string; readonly repoId: number | null };
  readonly base: {
    readonly sha: Sha;
    readonly ref: string;
    /** Is it the repository's default branch? */
    readonly isDefault: boolean;
  };
  /**
   * It is the issue that tells of this project's drift: head and base are the tip of its branch, nothing is merged, and exactly this
   * project is planned.
   */
  readonly drift?: ProjectKey;
  /** Of such an issue: its project follows tags. Head and base are the tag's commit, and the base branch is the default branch. */
  readonly isOfTag?: true;
}

/** A fork: the head lives in another repository, or in one that is gone (null). Same organisation or not. */
export const isFork = (pull: Pull): boolean => pull.head.repoId !== pull.ref.repo.id;

export interface Review {
  readonly id: number;
  readonly author: Actor;
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed' | 'pending';
  readonly commit: Sha | null;
  /** Unix milliseconds. */
  readonly submittedAt: number;
}

/** Ordered from least to most. */
export const permissions = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Permission = (typeof permissions)[number];

export const atLeast = (have: Permission, need: Permission): boolean =>
  permissions.indexOf(have) >= permissions.indexOf(need);
