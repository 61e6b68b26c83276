import type { components } from '@octokit/openapi-types';
import { associationOf } from '../access.ts';
import type { Comment, HubState, Pull, Reaction, reactionContents } from '../state.ts';
import { accountJson, isoTime, nodeId } from './account.ts';
import { appJson } from './app.ts';
import { labelJson, pullHtml } from './pull.ts';
import { repoApi, repoHtml } from './repo.ts';

type Schemas = components['schemas'];

const rollup = (url: string, reactions: readonly Reaction[]): Schemas['reaction-rollup'] => {
  const count = (content: (typeof reactionContents)[number]): number =>
    reactions.filter((reaction) => reaction.content === content).length;
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    hooray: count('hooray'),
    confused: count('confused'),
    heart: count('heart'),
    rocket: count('rocket'),
    eyes: count('eyes'),
  };
};

export const commentJson = (state: HubState, comment: Comment): Schemas['issue-comment'] => {
  const api = repoApi(state, comment.repo);
  const url = `${api}/issues/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: `${repoHtml(state, comment.repo)}/pull/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.number}`,
    body: comment.body,
    user: accountJson(state, comment.author),
    created_at: isoTime(comment.createdAt),
    updated_at: isoTime(comment.updatedAt),
    author_association: associationOf(comment.repo, comment.author),
    reactions: rollup(url, comment.reactions),
    performed_via_github_app: comment.app === null ? null : appJson(state, comment.app),
  };
};

export const reactionJson = (state: HubState, reaction: Reaction): Schemas['reaction'] => ({
  id: reaction.id,
  node_id: nodeId('REA', reaction.id),
  user: accountJson(state, reaction.account),
  content: reaction.content,
  created_at: isoTime(reaction.createdAt),
});

/** The `issue` of an `issue_comment` payload: a pull request seen as an issue. */
export const issuePayload = (state: HubState, pull: Pull) => {
  const repository = repoApi(state, pull.repo);
  const url = `${repository}/issues/${pull.number}`;
  const html = pullHtml(state, pull);
  const comments = [...pull.repo.comments.values()].filter(({ number }) => number === pull.number);
  return {
    url,
    repository_url: repository,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    title: pull.title,
    user: accountJson(state, pull.author),
    labels: [...pull.labels].map((label) => labelJson(state, pull.repo, label)),
    state: pull.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: comments.length,
    created_at: isoTime(pull.createdAt),
    updated_at: isoTime(pull.updatedAt),
    closed_at: pull.closedAt === null ? null : isoTime(pull.closedAt),
    author_association: associationOf(pull.repo, pull.author),
    active_lock_reason: null,
    draft: pull.draft,
    pull_request: {
      url: `${repository}/pulls/${pull.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: pull.mergedAt === null ? null : isoTime(pull.mergedAt),
    },
    body: pull.body,
    reactions: rollup(url, []),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: pull.app === null ? null : appJson(state, pull.app),
    state_reason: null,
  };
};
