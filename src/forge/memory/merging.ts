import { createHash } from 'node:crypto';
import { sha } from '../../domain/ids.ts';
import { type MergeAnswer, type MergeMethod, type MergeWay, mergeMethods } from '../../domain/merging.ts';
import type { Actor, Pull, PullRef } from '../../domain/pull.ts';

/** What tests say of how a pull request is merged; where they say nothing, every method is let through and nobody refuses. */
export interface MemoryMerging {
  /** Takes the place of what was said of that pull request before. */
  setMergeWay(
    ref: PullRef,
    way: Partial<Omit<MergeWay, 'headSha'>> & {
      /** What the forge says when it is to be merged; null: it merges. */
      readonly refusal?: string | null;
    },
  ): void;
}

interface Merging extends MemoryMerging {
  mergeWay(pull: Pull): MergeWay;
  /** `close` is given what the pull request is by then. */
  merge(
    pull: Pull,
    wish: { readonly headSha: string; readonly method: MergeMethod },
    close: (merged: Pull) => void,
  ): MergeAnswer;
}

const refused = (reason: string): MergeAnswer => ({ kind: 'refused', reason });

/** Merging without Git: the pull request is closed and has a commit, the base branch is for the caller to move. */
export const createMemoryMerging = (by: Actor, now: () => number): Merging => {
  const ways = new Map<string, Parameters<MemoryMerging['setMergeWay']>[1]>();
  const keyOf = ({ repo, number }: PullRef): string => `${repo.id} ${number}`;
  const wayOf = (ref: PullRef) => ({
    methods: mergeMethods,
    queue: 'none' as const,
    refusal: null,
    ...ways.get(keyOf(ref)),
  });
  return {
    setMergeWay: (ref, way) => void ways.set(keyOf(ref), way),
    mergeWay: ({ ref, head }) => {
      const { methods, queue } = wayOf(ref);
      return { headSha: head.sha, methods, queue };
    },
    merge: (pull, { headSha, method }, close) => {
      const { methods, queue, refusal } = wayOf(pull.ref);
      if (queue === 'waiting') return { kind: 'queued' };
      if (pull.state === 'closed') return refused('Pull Request is not mergeable');
      if (pull.draft) return refused('Pull Request is still a draft');
      if (pull.head.sha !== headSha)
        return refused('Head branch was modified. Review and try the merge again.');
      if (refusal !== null) return refused(refusal);
      if (queue === 'required') {
        ways.set(keyOf(pull.ref), { ...ways.get(keyOf(pull.ref)), queue: 'waiting' });
        return { kind: 'queued' };
      }
      if (!methods.includes(method)) return refused(`${method} is not allowed on this repository.`);
      const commit = sha(createHash('sha1').update(`merge ${headSha}`).digest('hex'));
      close({ ...pull, state: 'closed', merged: { commit, by, at: now() } });
      return { kind: 'merged', commit };
    },
  };
};
