import { asUser } from '../access.ts';
import { type QueueRule, queueRuleOf } from '../branch-rules.ts';
import { HubError } from '../errors.ts';
import { resolve } from '../git/read.ts';
import { setRef } from '../git/write.ts';
import { deleteMergedHead } from '../merge.ts';
import { requiredVerdict } from '../mergeability.ts';
import { afterRefUpdates, closePull } from '../pushes.ts';
import { queueBot } from '../seed.ts';
import type { HubState, Repo } from '../state.ts';
import { leave, queueMethod } from './entries.ts';
import { buildGroup, destroyGroup } from './groups.ts';
import type { LeaveReason, MergeGroup, MergeQueue, QueueEntry } from './state.ts';

/** One step of a queue: true where it did something, and everything is to be looked at anew. */
type Step = (state: HubState, repo: Repo, queue: MergeQueue, rule: QueueRule) => Promise<boolean>;

const eject = async (
  state: HubState,
  repo: Repo,
  queue: MergeQueue,
  entry: QueueEntry,
  reason: LeaveReason,
): Promise<void> => {
  leave(state, queue, entry, queueBot(state), reason);
  if (entry.group !== null) await destroyGroup(state, repo, queue, entry.group, 'dequeued');
};

const clearLeft: Step = async (state, repo, queue) => {
  const [group, ...rest] = queue.left;
  if (group === undefined) return false;
  queue.left = rest;
  await destroyGroup(state, repo, queue, group, 'dequeued');
  return true;
};

/** Those that are not any more what was put in. Which reason GitHub gives for most of these is not documented. */
const dropChanged: Step = async (state, repo, queue) => {
  const entry = queue.entries.find(
    ({ pull, headSha }) =>
      pull.state !== 'open' || pull.draft || pull.head.sha !== headSha || pull.base.ref !== queue.branch,
  );
  if (entry === undefined) return false;
  const reason = entry.pull.mergedAt === null ? 'UNKNOWN_REMOVAL_REASON' : 'ALREADY_MERGED';
  await eject(state, repo, queue, entry, reason);
  return true;
};

/** Each group stands on the one before it, the first on the base branch: the first that does not is made anew. */
const rebuild: Step = async (state, repo, queue, rule) => {
  let base = await resolve(repo.folder, `refs/heads/${queue.branch}`);
  if (base === null) return false;
  for (const [index, entry] of queue.entries.entries()) {
    if (entry.group?.base !== base) {
      if (entry.group !== null) {
        const { group } = entry;
        entry.group = null;
        await destroyGroup(state, repo, queue, group, 'invalidated');
        return true;
      }
      if (index >= rule.max_entries_to_build) return false;
      try {
        await buildGroup(state, repo, queue, entry, { base, method: queueMethod(rule) });
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        await eject(state, repo, queue, entry, 'MERGE_CONFLICT');
      }
      return true;
    }
    base = entry.group.head;
  }
  return false;
};

type Verdict = 'passed' | 'failed' | 'late' | 'waiting' | 'unbuilt';

const verdictOf = (repo: Repo, { branch }: MergeQueue, group: MergeGroup | null): Verdict => {
  if (group === null) return 'unbuilt';
  const verdict = requiredVerdict(repo, branch, group.head);
  return verdict === 'waiting' && group.isLate ? 'late' : verdict;
};

const windowOf = (repo: Repo, queue: MergeQueue, rule: QueueRule): readonly Verdict[] =>
  queue.entries.slice(0, rule.max_entries_to_merge).map(({ group }) => verdictOf(repo, queue, group));

/** One that failed leaves when it stands first, or all before it are green: else it may be their fault. */
const ejectFailed: Step = async (state, repo, queue, rule) => {
  const verdicts = windowOf(repo, queue, rule);
  const isOver = (verdict: Verdict): boolean => verdict === 'failed' || verdict === 'late';
  // With HEADGREEN a later one may be green for all before it, as long as one is to come.
  if (rule.grouping_strategy === 'HEADGREEN' && !verdicts.every(isOver)) return false;
  const index = verdicts.findIndex((verdict) => verdict !== 'passed');
  const [verdict, entry] = [verdicts[index], queue.entries[index]];
  if (verdict === undefined || entry === undefined || !isOver(verdict)) return false;
  await eject(state, repo, queue, entry, verdict === 'late' ? 'CI_TIMEOUT' : 'CI_FAILURE');
  return true;
};

/** How many of the first ones may be merged together. */
const readyCount = (repo: Repo, queue: MergeQueue, rule: QueueRule): number => {
  const verdicts = windowOf(repo, queue, rule);
  if (rule.grouping_strategy === 'HEADGREEN') return verdicts.lastIndexOf('passed') + 1;
  const first = verdicts.findIndex((verdict) => verdict !== 'passed');
  return first < 0 ? verdicts.length : first;
};

const mergeReady: Step = async (state, repo, queue, rule) => {
  const count = readyCount(repo, queue, rule);
  if (count === 0 || (count < rule.min_entries_to_merge && !queue.hasWaited)) return false;
  const merged = queue.entries.slice(0, count);
  const head = merged.at(-1)?.group?.head;
  const ref = `refs/heads/${queue.branch}`;
  const before = merged[0]?.group?.base;
  if (head === undefined || before === undefined || !(await setRef(repo.folder, ref, head, before)))
    return false;
  const bot = queueBot(state);
  queue.hasWaited = false;
  for (const entry of merged) {
    leave(state, queue, entry, bot, 'MERGE');
    closePull(state, entry.pull, asUser(bot), entry.group?.head ?? head);
  }
  await afterRefUpdates(state, repo, asUser(bot), [{ ref, before, after: head }], merged.at(-1)?.pull);
  for (const { pull, group } of merged) {
    if (group !== null) await destroyGroup(state, repo, queue, group, 'merged');
    await deleteMergedHead(state, pull, asUser(bot));
  }
  return true;
};

const steps: readonly Step[] = [clearLeft, dropChanged, rebuild, ejectFailed, mergeReady];

const advance = async (state: HubState, repo: Repo, queue: MergeQueue): Promise<boolean> => {
  const rule = queueRuleOf(repo, queue.branch);
  if (rule === null) {
    const [entry] = queue.entries;
    if (entry !== undefined) await eject(state, repo, queue, entry, 'QUEUE_CLEARED');
    return entry !== undefined;
  }
  for (const step of steps) if (await step(state, repo, queue, rule)) return true;
  return false;
};

/** Moves the queues of a repository on until nothing is left to do. The caller has the repository for itself. */
export const advanceQueues = async (state: HubState, repo: Repo): Promise<void> => {
  for (const queue of repo.queues.values()) while (await advance(state, repo, queue));
};
