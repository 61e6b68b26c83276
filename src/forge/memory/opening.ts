import { createHash } from 'node:crypto';
import { type Sha, sha } from '../../domain/ids.ts';
import type { OpenAnswer, OpenWish } from '../../domain/own-pull.ts';
import type { Actor, Pull, PullRef, RepoRef } from '../../domain/pull.ts';
import { type Forge, ForgeError } from '../port.ts';
import { nextNumber } from './issues.ts';
import type { Repository } from './repository.ts';

/** What happens in Git when a pull request of our own is opened. */
export interface MemoryBranches {
  /** A commit on top of a branch that changes no file; null: there is no such branch. */
  commit(repo: RepoRef, onto: string): Sha | null;
  /** It has this head now. */
  opened(pull: Pull): void;
}

export interface MemoryOpening {
  /** Without it commits are of nothing, and every branch is there. */
  setBranches(branches: MemoryBranches): void;
  /** A branch that somebody made. */
  addBranch(repo: RepoRef, name: string, at: Sha): void;
  branches(repo: RepoRef): ReadonlyMap<string, Sha>;
  /** Of our own, by their full names. */
  refs(repo: RepoRef): ReadonlyMap<string, Sha>;
  /** What a pull request of our own says. */
  bodyOf(pull: PullRef): string;
  /** What the forge says when the next pull request is to be opened. */
  refuseNext(reason: string): void;
}

interface Opening extends MemoryOpening {
  emptyCommit(...args: Parameters<Forge['emptyCommit']>): Sha | 'not-permitted';
  openPull(...args: Parameters<Forge['openPull']>): OpenAnswer;
  changePull(...args: Parameters<Forge['changePull']>): boolean;
  dropBranch(...args: Parameters<Forge['dropBranch']>): void;
}

export interface OpeningOptions {
  readonly by: Actor;
  readonly of: (repo: RepoRef) => Repository;
  readonly isPermitted: (permission: 'contents' | 'pull_requests') => boolean;
}

export const createMemoryOpening = ({ by, of, isPermitted }: OpeningOptions): Opening => {
  let git: MemoryBranches = {
    commit: (_repo, onto) => sha(createHash('sha1').update(`${onto} ${made}`).digest('hex')),
    opened: () => {},
  };
  let made = 0;
  const refusals: string[] = [];
  const bodies = new Map<string, string>();
  const nameOf = ({ repo, number }: PullRef): string => `${repo.id}/${number}`;

  const newPull = (repo: RepoRef, { commit, branch, base, title }: OpenWish): Pull => {
    const number = nextNumber(of(repo));
    return {
      ref: { repo, number },
      title,
      url: `https://forge.example/${repo.owner}/${repo.name}/pull/${number}`,
      state: 'open',
      merged: null,
      draft: false,
      author: by,
      head: { sha: commit, ref: branch, repoId: repo.id },
      base: { sha: commit, ref: base, isDefault: base === 'main' },
    };
  };

  return {
    setBranches: (branches) => {
      git = branches;
    },
    addBranch: (repo, name, at) => void of(repo).branches.set(name, at),
    branches: (repo) => of(repo).branches,
    refs: (repo) => of(repo).refs,
    bodyOf: (pull) => bodies.get(nameOf(pull)) ?? '',
    refuseNext: (reason) => void refusals.push(reason),
    emptyCommit: (repo, { onto }) => {
      if (!isPermitted('contents')) return 'not-permitted';
      made += 1;
      const commit = git.commit(repo, onto);
      if (commit === null) throw new ForgeError('gone', `there is no branch ${onto}`);
      of(repo).commits.add(commit);
      return commit;
    },
    openPull: (repo, wish) => {
      if (!isPermitted('contents')) return { kind: 'not-permitted' };
      const { pulls, branches, commits } = of(repo);
      const { branch, commit, base } = wish;
      const there = branches.get(branch);
      if (there !== undefined && there !== commit) return { kind: 'taken' };
      // What was pushed is there by its branch.
      if (there === undefined && !commits.has(commit))
        throw new ForgeError('refused', 'Object does not exist');
      branches.set(branch, commit);
      const known = [...pulls.values()].find(
        ({ state, head, base: into }) => state === 'open' && head.ref === branch && into.ref === base,
      );
      if (known !== undefined && known.author.kind === 'bot' && known.head.sha === commit)
        return { kind: 'opened', number: known.ref.number };
      const reason =
        known === undefined ? refusals.shift() : `A pull request already exists for ${repo.owner}:${branch}.`;
      if (reason !== undefined || !isPermitted('pull_requests')) {
        branches.delete(branch);
        return reason === undefined ? { kind: 'not-permitted' } : { kind: 'refused', reason };
      }
      const pull = newPull(repo, wish);
      pulls.set(pull.ref.number, pull);
      bodies.set(nameOf(pull.ref), wish.body);
      git.opened(pull);
      return { kind: 'opened', number: pull.ref.number };
    },
    dropBranch: (repo, { branch, commit }) => {
      const { branches } = of(repo);
      if (isPermitted('contents') && branches.get(branch) === commit) branches.delete(branch);
    },
    changePull: (ref, { title, body, state }) => {
      const { pulls } = of(ref.repo);
      const known = pulls.get(ref.number);
      if (known === undefined || !isPermitted('pull_requests')) return false;
      pulls.set(ref.number, { ...known, title, state: state === 'closed' ? state : known.state });
      bodies.set(nameOf(ref), body);
      return true;
    },
  };
};
