import { queueRuleOf, requirementsOf } from '../branch-rules.ts';
import { dequeue, enqueue, placeOf } from '../queue/entries.ts';
import type { Call } from '../routes/route.ts';
import { nodeId } from '../shape/account.ts';
import type { Pull } from '../state.ts';
import type { Operation } from './answer.ts';

/** How the pull request is merged: by whom, and where it waits. */
export const mergeWay: Operation = async (_call, pull) => {
  const { protection } = requirementsOf(pull.repo, pull.base.ref);
  return {
    pullRequest: {
      id: nodeId('PR', pull.id),
      headRefOid: pull.head.sha,
      baseRefName: pull.base.ref,
      isMergeQueueEnabled: queueRuleOf(pull.repo, pull.base.ref) !== null,
      isInMergeQueue: placeOf(pull) !== null,
      mergeQueueEntry: placeOf(pull),
      baseRef: { refUpdateRule: { requiresLinearHistory: protection.linearHistory } },
    },
  };
};

/** A change that somebody asks for. */
interface Mutation {
  /** GitHub's name for it. */
  readonly field: string;
  /** The variable with the pull request's node id. */
  readonly pull: string;
  run(call: Call, pull: Pull, variables: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** By the names of their documents. https://docs.github.com/en/graphql/reference/mutations#enqueuepullrequest */
export const mutations: ReadonlyMap<string, Mutation> = new Map<string, Mutation>([
  [
    'Enqueue',
    {
      field: 'enqueuePullRequest',
      pull: 'pullRequestId',
      run: async (call, pull, { expectedHeadOid, jump }) => {
        const sha = typeof expectedHeadOid === 'string' ? { sha: expectedHeadOid } : {};
        await enqueue(call.state, pull, call.actor(), { ...sha, jump: jump === true });
        return { mergeQueueEntry: placeOf(pull) };
      },
    },
  ],
  [
    'Dequeue',
    {
      field: 'dequeuePullRequest',
      pull: 'id',
      run: async (call, pull) => {
        const mergeQueueEntry = placeOf(pull);
        await dequeue(call.state, pull, call.actor());
        return { mergeQueueEntry };
      },
    },
  ],
]);
