import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { PullRef } from '../../domain/pull.ts';
import { ForgeError } from '../port.ts';
import { ask } from './graphql.ts';
import type { ProtectionDetails } from './merge-rules.ts';

/** What only GraphQL tells. */
const document = /* GraphQL */ `
  query MergeFacts($owner: String!, $name: String!, $number: Int!, $commits: String, $threads: String) {
    repository(owner: $owner, name: $name) {
      databaseId
      pullRequest(number: $number) {
        headRefOid
        reviewDecision
        isMergeQueueEnabled
        commits(first: 100, after: $commits) {
          pageInfo { hasNextPage endCursor }
          nodes { commit { signature { isValid } } }
        }
        reviewThreads(first: 100, after: $threads) {
          pageInfo { hasNextPage endCursor }
          nodes { isResolved }
        }
        baseRef {
          refUpdateRule { requiredApprovingReviewCount requiresSignatures requiresConversationResolution }
          branchProtectionRule {
            requiresStrictStatusChecks
            requiresCommitSignatures
            requiresConversationResolution
            requiresDeployments
            lockBranch
          }
        }
      }
    }
  }
`;

const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
const shape = z.object({
  repository: z.object({
    databaseId: z.number(),
    pullRequest: z.object({
      headRefOid: z.string(),
      // Text, so that a word that GitHub invents later can be read.
      reviewDecision: z.string().nullable(),
      isMergeQueueEnabled: z.boolean(),
      commits: z.object({
        pageInfo,
        nodes: z.array(
          z.object({ commit: z.object({ signature: z.object({ isValid: z.boolean() }).nullable() }) }),
        ),
      }),
      reviewThreads: z.object({ pageInfo, nodes: z.array(z.object({ isResolved: z.boolean() })) }),
      baseRef: z
        .object({
          refUpdateRule: z
            .object({
              requiredApprovingReviewCount: z.number().nullable(),
              requiresSignatures: z.boolean(),
              requiresConversationResolution: z.boolean(),
            })
            .nullable(),
          branchProtectionRule: z
            .object({
              requiresStrictStatusChecks: z.boolean(),
              requiresCommitSignatures: z.boolean(),
              requiresConversationResolution: z.boolean(),
              requiresDeployments: z.boolean(),
              lockBranch: z.boolean(),
            })
            .nullable(),
        })
        .nullable(),
    }),
  }),
});

/** How many there are among those that were looked at. */
export interface Counted {
  readonly count: number;
  /** False: there are more than were looked at. */
  readonly complete: boolean;
}

export interface MergeAnswer {
  readonly headSha: string;
  readonly decision: string | null;
  /** A merge queue brings the head up to date by itself. */
  readonly isQueued: boolean;
  readonly unsigned: Counted;
  readonly unresolved: Counted;
  readonly protection: ProtectionDetails;
}

/** Three hundred commits and as many conversations: GitHub shows 250 commits of a pull request. */
const mostPages = 3;

interface Cursor {
  readonly pageInfo: z.infer<typeof pageInfo>;
}

/** @throws {ForgeError} `gone` when the name belongs to another repository by now. */
export const askMerge = async (
  octokit: Octokit,
  { repo, number }: PullRef,
  now: number,
): Promise<MergeAnswer> => {
  const pageOf = async (commits: string | null, threads: string | null) => {
    const { repository } = await ask(
      octokit,
      {
        document,
        variables: { owner: repo.owner, name: repo.name, number, commits, threads },
        shape,
        mayRefuse: ['branchProtectionRule', 'refUpdateRule'],
      },
      now,
    );
    if (repository.databaseId !== repo.id)
      throw new ForgeError('gone', `${repo.owner}/${repo.name} is another repository by now`);
    return repository.pullRequest;
  };
  const first = await pageOf(null, null);
  const after = ({ pageInfo: { hasNextPage, endCursor } }: Cursor) => (hasNextPage ? endCursor : null);
  const unsignedOf = ({ commits }: typeof first): number =>
    commits.nodes.filter(({ commit }) => commit.signature?.isValid !== true).length;
  const openOf = ({ reviewThreads }: typeof first): number =>
    reviewThreads.nodes.filter(({ isResolved }) => !isResolved).length;
  let [commits, threads] = [after(first.commits), after(first.reviewThreads)];
  let [unsigned, unresolved] = [unsignedOf(first), openOf(first)];
  for (let page = 1; page < mostPages && (commits !== null || threads !== null); page += 1) {
    const next = await pageOf(commits, threads);
    // Where one list has ended, the first page of it comes once more.
    if (commits !== null) unsigned += unsignedOf(next);
    if (threads !== null) unresolved += openOf(next);
    commits = commits === null ? null : after(next.commits);
    threads = threads === null ? null : after(next.reviewThreads);
  }
  return {
    headSha: first.headRefOid,
    decision: first.reviewDecision,
    isQueued: first.isMergeQueueEnabled,
    unsigned: { count: unsigned, complete: commits === null },
    unresolved: { count: unresolved, complete: threads === null },
    protection: first.baseRef ?? { refUpdateRule: null, branchProtectionRule: null },
  };
};
