import type { Octokit } from '@octokit/rest';
import type { Hub } from '../../src/hub/hub.ts';
import { nodeId } from '../../src/hub/shape/account.ts';

const idOf = (hub: Hub, number: number): string =>
  nodeId('PR', hub.repo('acme/infra').pulls.get(number)?.id ?? 0);

/** Puts a pull request into the queue of its base branch, as GitHub's GraphQL does. */
export const enqueue = (
  octokit: Octokit,
  hub: Hub,
  number: number,
  wish: { readonly expectedHeadOid?: string; readonly jump?: boolean } = {},
) =>
  octokit.graphql(
    `mutation Enqueue($pullRequestId: ID!, $expectedHeadOid: GitObjectID, $jump: Boolean) {
      enqueuePullRequest(input: { pullRequestId: $pullRequestId, expectedHeadOid: $expectedHeadOid, jump: $jump }) {
        mergeQueueEntry { position state }
      }
    }`,
    { pullRequestId: idOf(hub, number), ...wish },
  );

export const dequeue = (octokit: Octokit, hub: Hub, number: number) =>
  octokit.graphql(
    `mutation Dequeue($id: ID!) { dequeuePullRequest(input: { id: $id }) { mergeQueueEntry { position } } }`,
    { id: idOf(hub, number) },
  );
