import type { Octokit, RestEndpointMethodTypes } from '@octokit/rest';
import { z } from 'zod';
import type { Clock } from '../../clock/port.ts';
import { sha } from '../../domain/ids.ts';
import { type MergeMethod, type MergeWay, mergeMethods } from '../../domain/merging.ts';
import type { PullRef } from '../../domain/pull.ts';
import { type Forge, ForgeError } from '../port.ts';
import type { Connection } from './connection.ts';
import { ask } from './graphql.ts';
import { pages } from './pages.ts';

type RuleAnswer = RestEndpointMethodTypes['repos']['getBranchRules']['response']['data'][number];

const wayDocument = /* GraphQL */ `
  query MergeWay($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) {
      databaseId
      mergeCommitAllowed
      squashMergeAllowed
      rebaseMergeAllowed
      pullRequest(number: $number) {
        id
        headRefOid
        baseRefName
        isMergeQueueEnabled
        isInMergeQueue
        baseRef {
          refUpdateRule { requiresLinearHistory }
        }
      }
    }
  }
`;

const wayShape = z.object({
  repository: z.object({
    databaseId: z.number(),
    mergeCommitAllowed: z.boolean(),
    squashMergeAllowed: z.boolean(),
    rebaseMergeAllowed: z.boolean(),
    pullRequest: z.object({
      id: z.string(),
      headRefOid: z.string(),
      baseRefName: z.string(),
      isMergeQueueEnabled: z.boolean(),
      isInMergeQueue: z.boolean(),
      baseRef: z
        .object({ refUpdateRule: z.object({ requiresLinearHistory: z.boolean() }).nullable() })
        .nullable(),
    }),
  }),
});

const queueDocument = /* GraphQL */ `
  mutation Enqueue($pullRequestId: ID!, $expectedHeadOid: GitObjectID!) {
    enqueuePullRequest(input: { pullRequestId: $pullRequestId, expectedHeadOid: $expectedHeadOid }) {
      mergeQueueEntry { state }
    }
  }
`;

const queueShape = z.object({
  enqueuePullRequest: z.object({ mergeQueueEntry: z.object({ state: z.string() }).nullable() }),
});

const linear: ReadonlySet<MergeMethod> = new Set(['squash', 'rebase']);

/** What a rule of a ruleset lets through; a rule that speaks of something else lets everything. */
const allowedBy = (rule: RuleAnswer): ReadonlySet<MergeMethod> => {
  if (rule.type === 'required_linear_history') return linear;
  const named = rule.type === 'pull_request' ? rule.parameters?.allowed_merge_methods : undefined;
  return new Set(mergeMethods.filter((method) => named === undefined || named.includes(method)));
};

/** How a pull request is merged, and merging it. See the port for what it costs and what it needs. */
export const createMerging = (
  connection: Connection,
  clock: Pick<Clock, 'now'>,
): Pick<Forge, 'mergeWay' | 'merge'> => {
  const askWay = async (api: Octokit, { repo, number }: PullRef) => {
    const { owner, name } = repo;
    const variables = { owner, name, number };
    const { repository } = await ask(
      api,
      { document: wayDocument, variables, shape: wayShape, mayRefuse: ['refUpdateRule'] },
      clock.now(),
    );
    if (repository.databaseId !== repo.id)
      throw new ForgeError('gone', `${owner}/${name} is another repository by now`);
    return repository;
  };

  const rulesOf = async (api: Octokit, { repo }: PullRef, branch: string) => {
    const at = { owner: repo.owner, repo: repo.name, per_page: 100, branch };
    const found: ReadonlySet<MergeMethod>[] = [];
    for await (const rules of pages((page) => api.rest.repos.getBranchRules({ ...at, page })))
      found.push(...rules.map(allowedBy));
    return found;
  };

  /** A refusal is an answer here. */
  const orRefused = async <T>(work: Promise<T>) => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof ForgeError) || error.failure !== 'refused') throw error;
      return { kind: 'refused', reason: error.words ?? error.message } as const;
    }
  };

  return {
    async mergeWay(ref) {
      const api = connection.api(ref.repo);
      const repository = await askWay(api, ref);
      const { pullRequest: pull } = repository;
      const allowed: Record<MergeMethod, boolean> = {
        merge: repository.mergeCommitAllowed,
        squash: repository.squashMergeAllowed,
        rebase: repository.rebaseMergeAllowed,
      };
      const rules = await rulesOf(api, ref, pull.baseRefName);
      if (pull.baseRef?.refUpdateRule?.requiresLinearHistory === true) rules.push(linear);
      return {
        headSha: sha(pull.headRefOid),
        methods: mergeMethods.filter(
          (method) => allowed[method] && rules.every((methods) => methods.has(method)),
        ),
        queue: queueOf(pull),
      };
    },

    async merge(ref, { headSha, method }) {
      const { repo, number } = ref;
      const api = connection.api(repo);
      const { pullRequest: pull } = await askWay(api, ref);
      const queue = queueOf(pull);
      if (queue === 'waiting') return { kind: 'queued' };
      if (queue === 'required') {
        const variables = { pullRequestId: pull.id, expectedHeadOid: headSha };
        const question = { document: queueDocument, variables, shape: queueShape };
        const answer = await orRefused(ask(api, question, clock.now()));
        return 'kind' in answer ? answer : { kind: 'queued' };
      }
      const answer = await orRefused(
        api.rest.pulls.merge({
          owner: repo.owner,
          repo: repo.name,
          pull_number: number,
          sha: headSha,
          merge_method: method,
        }),
      );
      return 'kind' in answer ? answer : { kind: 'merged', commit: sha(answer.data.sha) };
    },
  };
};

const queueOf = (pull: {
  readonly isMergeQueueEnabled: boolean;
  readonly isInMergeQueue: boolean;
}): MergeWay['queue'] => (pull.isInMergeQueue ? 'waiting' : pull.isMergeQueueEnabled ? 'required' : 'none');
