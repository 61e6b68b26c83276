import type { components } from '@octokit/openapi-types';
import { associationOf } from '../access.ts';
import { conversationOf } from '../conversation.ts';
import type { Comment, HubState, Reaction, reactionContents } from '../state.ts';
import { accountJson, isoTime, nodeId } from './account.ts';
import { appJson } from './app.ts';
import { conversationHtml } from './pull.ts';
import { repoApi } from './repo.ts';

type Schemas = components['schemas'];

export const rollup = (url: string, reactions: readonly Reaction[]): Schemas['reaction-rollup'] => {
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
    html_url: `${conversationHtml(state, conversationOf(comment.repo, comment.number))}#issuecomment-${comment.id}`,
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
