import type { components } from '@octokit/openapi-types';
import { associationOf } from '../access.ts';
import { mergeableState } from '../mergeability.ts';
import {
  type Conversation,
  type HubState,
  isPull,
  type Label,
  type Pull,
  type Repo,
  type Review,
} from '../state.ts';
import { accountJson, isoTime, nodeId } from './account.ts';
import { repoApi, repoHtml, repoPayload } from './repo.ts';

type Schemas = components['schemas'];

const time = (at: number | null): string | null => (at === null ? null : isoTime(at));

export const labelJson = (state: HubState, repo: Repo, label: Label): Schemas['label'] => ({
  id: label.id,
  node_id: nodeId('LA', label.id),
  url: `${repoApi(state, repo)}/labels/${encodeURIComponent(label.name)}`,
  name: label.name,
  color: label.color,
  default: false,
  description: null,
});

const pullHtml = (state: HubState, pull: Pull): string => `${repoHtml(state, pull.repo)}/pull/${pull.number}`;

/** The page of a pull request, or of an issue. */
export const conversationHtml = (state: HubState, one: Conversation): string =>
  isPull(one) ? pullHtml(state, one) : `${repoHtml(state, one.repo)}/issues/${one.number}`;

const side = (state: HubState, repo: Repo, ref: string, sha: string) => ({
  label: `${repo.owner.login}:${ref}`,
  ref,
  sha,
  user: accountJson(state, repo.owner),
  repo: repoPayload(state, repo),
});

/** A pull request as lists carry it. */
export const pullSimpleJson = (state: HubState, pull: Pull) => {
  const api = repoApi(state, pull.repo);
  const url = `${api}/pulls/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  const html = pullHtml(state, pull);
  const statuses = `${api}/statuses/${pull.head.sha}`;
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: accountJson(state, pull.author),
    body: pull.body,
    created_at: isoTime(pull.createdAt),
    updated_at: isoTime(pull.updatedAt),
    closed_at: time(pull.closedAt),
    merged_at: time(pull.mergedAt),
    merge_commit_sha: pull.mergeCommit ?? pull.facts?.testMerge ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [...pull.labels].map((label) => {
      const { description, ...rest } = labelJson(state, pull.repo, label);
      return { ...rest, description: description ?? '' };
    }),
    milestone: null,
    draft: pull.draft,
    head: side(state, pull.head.repo, pull.head.ref, pull.head.sha),
    base: side(state, pull.repo, pull.base.ref, pull.base.sha),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: associationOf(pull.repo, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  } satisfies Schemas['pull-request-simple'];
};

/** A pull request asked for by its number, and the one of its own events. */
export const pullJson = (state: HubState, pull: Pull): Schemas['pull-request'] => {
  const simple = pullSimpleJson(state, pull);
  const mergeable = pull.mergedAt === null && pull.mergeableKnown ? (pull.facts?.mergeable ?? null) : null;
  return {
    ...simple,
    user: accountJson(state, pull.author),
    head: { ...simple.head, user: accountJson(state, pull.head.repo.owner) },
    base: { ...simple.base, user: accountJson(state, pull.repo.owner) },
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeableState(pull),
    merged_by: pull.mergedBy === null ? null : accountJson(state, pull.mergedBy),
    comments: [...pull.repo.comments.values()].filter(({ number }) => number === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: pull.facts?.commits ?? 0,
    additions: pull.facts?.additions ?? 0,
    deletions: pull.facts?.deletions ?? 0,
    changed_files: pull.facts?.changedFiles ?? 0,
  };
};

/** The pull request of a check run: no more than where it goes from and to. */
export const pullMinimalJson = (state: HubState, pull: Pull): Schemas['pull-request-minimal'] => {
  const repo = (of: Repo) => ({ id: of.id, url: repoApi(state, of), name: of.name });
  return {
    id: pull.id,
    number: pull.number,
    url: `${repoApi(state, pull.repo)}/pulls/${pull.number}`,
    head: { ref: pull.head.ref, sha: pull.head.sha, repo: repo(pull.head.repo) },
    base: { ref: pull.base.ref, sha: pull.base.sha, repo: repo(pull.repo) },
  };
};

export const reviewJson = (state: HubState, pull: Pull, review: Review): Schemas['pull-request-review'] => {
  const html = `${pullHtml(state, pull)}#pullrequestreview-${review.id}`;
  const url = `${repoApi(state, pull.repo)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: accountJson(state, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: url,
    author_association: associationOf(pull.repo, review.author),
    _links: { html: { href: html }, pull_request: { href: url } },
    commit_id: review.commit,
    ...(review.state === 'PENDING' ? {} : { submitted_at: isoTime(review.submittedAt) }),
  };
};
