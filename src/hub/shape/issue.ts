import { associationOf } from '../access.ts';
import { type Conversation, type HubState, isPull } from '../state.ts';
import { accountJson, isoTime, nodeId } from './account.ts';
import { appJson } from './app.ts';
import { rollup } from './comment.ts';
import { conversationHtml, labelJson } from './pull.ts';
import { repoApi } from './repo.ts';

/** An issue, or a pull request seen as one: of issue routes, and of `issues` and `issue_comment` payloads. */
export const issueJson = (state: HubState, one: Conversation) => {
  const repository = repoApi(state, one.repo);
  const url = `${repository}/issues/${one.number}`;
  const html = conversationHtml(state, one);
  const comments = [...one.repo.comments.values()].filter(({ number }) => number === one.number);
  return {
    url,
    repository_url: repository,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    id: one.id,
    node_id: nodeId(isPull(one) ? 'PR' : 'I', one.id),
    number: one.number,
    title: one.title,
    user: accountJson(state, one.author),
    labels: [...one.labels].map((label) => labelJson(state, one.repo, label)),
    state: one.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: comments.length,
    created_at: isoTime(one.createdAt),
    updated_at: isoTime(one.updatedAt),
    closed_at: one.closedAt === null ? null : isoTime(one.closedAt),
    author_association: associationOf(one.repo, one.author),
    active_lock_reason: null,
    draft: isPull(one) && one.draft,
    ...(isPull(one)
      ? {
          pull_request: {
            url: `${repository}/pulls/${one.number}`,
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: one.mergedAt === null ? null : isoTime(one.mergedAt),
          },
        }
      : {}),
    body: one.body,
    reactions: rollup(url, []),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: one.app === null ? null : appJson(state, one.app),
    state_reason: isPull(one) ? null : one.stateReason,
  };
};
