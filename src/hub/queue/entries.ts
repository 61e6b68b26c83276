import { exclusively, requirePermission } from '../access.ts';
import { queueRuleOf } from '../branch-rules.ts';
import { HubError } from '../errors.ts';
import { emitPull } from '../events.ts';
import { refreshFacts } from '../facts.ts';
import { requireAllowed, requireReady } from '../merge.ts';
import { requiredVerdict } from '../mergeability.ts';
import type { Account, Actor, HubState, MergeMethod, Pull, Repo } from '../state.ts';
import type { LeaveReason, MergeQueue, QueueEntry } from './state.ts';

/** A merge queue's ways, in the words of the REST API. */
export const queueMethod = (rule: { readonly merge_method: string }): MergeMethod =>
  rule.merge_method === 'SQUASH' ? 'squash' : rule.merge_method === 'REBASE' ? 'rebase' : 'merge';

const queueOf = (repo: Repo, branch: string): MergeQueue => {
  const queue = repo.queues.get(branch) ?? {
    branch,
    entries: [],
    left: [],
    hasWaited: false,
    lastCommitAt: 0,
  };
  repo.queues.set(branch, queue);
  return queue;
};

export interface QueuePlace {
  /** The next one has 1. */
  readonly position: number;
  /** As GraphQL's `MergeQueueEntryState`. */
  readonly state: 'QUEUED' | 'AWAITING_CHECKS' | 'MERGEABLE' | 'UNMERGEABLE';
}

/** Where a pull request waits; null where it is in no queue. */
export const placeOf = (pull: Pull): QueuePlace | null => {
  const entries = pull.repo.queues.get(pull.base.ref)?.entries ?? [];
  const index = entries.findIndex((entry) => entry.pull === pull);
  const group = entries[index]?.group ?? null;
  if (index < 0) return null;
  const position = index + 1;
  if (group === null) return { position, state: 'QUEUED' };
  const verdict = requiredVerdict(pull.repo, pull.base.ref, group.head);
  const states = { passed: 'MERGEABLE', failed: 'UNMERGEABLE', waiting: 'AWAITING_CHECKS' } as const;
  return { position, state: states[verdict] };
};

/** Takes an entry out of the list and says so; its group is for the caller to take away. */
export const leave = (
  state: HubState,
  queue: MergeQueue,
  { pull }: QueueEntry,
  by: Account,
  reason: LeaveReason,
): void => {
  queue.entries = queue.entries.filter((entry) => entry.pull !== pull);
  const at = state.clock.now();
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: by, kind: 'unqueued', reason });
  emitPull(state, pull, 'dequeued', by, { reason });
};

export interface QueueWish {
  /** What the head must be. */
  readonly sha?: string;
  /** Before all others: what is being checked for them begins anew. */
  readonly jump?: boolean;
}

/**
 * Puts a pull request into the queue of its base branch. Everything that the branch asks for must hold by then, but that the head
 * has what the base has: the queue sees to that.
 */
export const enqueue = (state: HubState, pull: Pull, actor: Actor, wish: QueueWish = {}): Promise<void> =>
  exclusively(pull.repo, async () => {
    requirePermission(pull.repo, actor, 'write');
    const rule = queueRuleOf(pull.repo, pull.base.ref);
    if (rule === null) throw new HubError(405, 'Merge queue is not enabled on this branch.');
    if (placeOf(pull) !== null) throw new HubError(422, 'Pull request is already in the queue');
    requireReady(pull, wish.sha);
    await refreshFacts(state, pull);
    if (pull.facts?.mergeable === false) throw new HubError(405, 'Pull Request is not mergeable');
    requireAllowed(pull, actor, queueMethod(rule));
    const queue = queueOf(pull.repo, pull.base.ref);
    const entry: QueueEntry = { pull, by: actor.account, headSha: pull.head.sha, group: null };
    queue.entries = wish.jump === true ? [entry, ...queue.entries] : [...queue.entries, entry];
    const at = state.clock.now();
    pull.updatedAt = at;
    pull.timeline.push({ at, actor: actor.account, kind: 'queued' });
    emitPull(state, pull, 'enqueued', actor.account);
    state.touch(pull.repo);
  });

/** Takes a pull request out by hand. */
export const dequeue = (state: HubState, pull: Pull, actor: Actor): Promise<void> =>
  exclusively(pull.repo, async () => {
    requirePermission(pull.repo, actor, 'write');
    const queue = pull.repo.queues.get(pull.base.ref);
    const entry = queue?.entries.find((one) => one.pull === pull);
    if (queue === undefined || entry === undefined)
      throw new HubError(422, 'Pull request is not in the queue');
    if (entry.group !== null) queue.left = [...queue.left, entry.group];
    leave(state, queue, entry, actor.account, 'MANUAL');
    state.touch(pull.repo);
  });

/** The time is over for checks that were not reported, and for groups that wait to become larger. */
export const endQueueTime = (state: HubState, repo: Repo, branch: string): void => {
  const queue = queueOf(repo, branch);
  queue.hasWaited = true;
  for (const { group } of queue.entries) if (group !== null) group.isLate = true;
  state.touch(repo);
};
