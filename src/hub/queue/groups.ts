import { asUser } from '../access.ts';
import { emit } from '../events.ts';
import { commitOf } from '../git/read.ts';
import { deleteRef, setRef } from '../git/write.ts';
import { makeCommit } from '../merge.ts';
import { afterRefUpdates } from '../pushes.ts';
import { queueBot } from '../seed.ts';
import { simpleCommitJson } from '../shape/commit.ts';
import type { HubState, MergeMethod, Repo } from '../state.ts';
import type { MergeGroup, MergeQueue, QueueEntry } from './state.ts';

const say = async (
  state: HubState,
  repo: Repo,
  { branch }: MergeQueue,
  group: MergeGroup,
  what: { readonly action: 'checks_requested' } | { readonly action: 'destroyed'; readonly reason: GroupEnd },
): Promise<void> => {
  const commit = await commitOf(repo.folder, group.head);
  const { action, ...more } = what;
  emit(state, {
    repo,
    event: 'merge_group',
    action,
    sender: queueBot(state),
    payload: {
      ...more,
      merge_group: {
        head_sha: group.head,
        head_ref: group.ref,
        base_sha: group.base,
        base_ref: `refs/heads/${branch}`,
        head_commit: commit === null ? null : simpleCommitJson(commit),
      },
    },
  });
};

/** Makes the commit of an entry on `base`, shows it as a branch and asks for its checks. 405 where there are conflicts. */
export const buildGroup = async (
  state: HubState,
  repo: Repo,
  queue: MergeQueue,
  entry: QueueEntry,
  { base, method }: { readonly base: string; readonly method: MergeMethod },
): Promise<void> => {
  const { pull, by } = entry;
  // No two commits of a queue are the same one: what was reported on a group is not said of the next.
  const at = Math.max(state.clock.now(), queue.lastCommitAt + 1000);
  queue.lastCommitAt = at;
  const head = await makeCommit(state, pull, { account: by }, base, { method, at });
  const ref = `refs/heads/gh-readonly-queue/${queue.branch}/pr-${pull.number}-${base}`;
  await setRef(repo.folder, ref, head);
  const group: MergeGroup = { ref, base, head, isLate: false };
  entry.group = group;
  await afterRefUpdates(state, repo, asUser(queueBot(state)), [{ ref, before: null, after: head }]);
  await say(state, repo, queue, group, { action: 'checks_requested' });
};

/** Why a group is no more: `invalidated` where one before it left, or the base branch moved. */
export type GroupEnd = 'merged' | 'invalidated' | 'dequeued';

/** Takes the branch of a group away. */
export const destroyGroup = async (
  state: HubState,
  repo: Repo,
  queue: MergeQueue,
  group: MergeGroup,
  reason: GroupEnd,
): Promise<void> => {
  await deleteRef(repo.folder, group.ref);
  await say(state, repo, queue, group, { action: 'destroyed', reason });
  const { ref, head } = group;
  await afterRefUpdates(state, repo, asUser(queueBot(state)), [{ ref, before: head, after: null }]);
};
