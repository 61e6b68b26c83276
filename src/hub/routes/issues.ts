import {
  addReaction,
  commentsOf,
  createComment,
  deleteComment,
  editComment,
  removeReaction,
} from '../comments.ts';
import { addLabels, removeLabel } from '../pulls.ts';
import { commentJson, reactionJson } from '../shape/comment.ts';
import { labelJson } from '../shape/pull.ts';
import {
  type Answer,
  type Call,
  commentOf,
  created,
  list,
  nothing,
  ok,
  page,
  pullOf,
  type Route,
} from './route.ts';

const comments = (call: Call): Answer => {
  const since = Date.parse(call.query.get('since') ?? '');
  const found = commentsOf(pullOf(call)).filter(
    (comment) => Number.isNaN(since) || comment.updatedAt >= since,
  );
  return page(call, found, (comment) => commentJson(call.state, comment));
};

/** Of all pull requests, by creation unless asked otherwise. */
const repoComments = (call: Call): Answer => {
  const since = Date.parse(call.query.get('since') ?? '');
  const found = [...call.repo().comments.values()].filter(
    // Compared as they are written: in whole seconds.
    ({ updatedAt }) => Number.isNaN(since) || Math.floor(updatedAt / 1000) >= Math.floor(since / 1000),
  );
  if (call.query.get('sort') === 'updated') found.sort((one, other) => one.updatedAt - other.updatedAt);
  // Without `sort`, GitHub ignores the direction.
  if (call.query.has('sort') && call.query.get('direction') === 'desc') found.reverse();
  return page(call, found, (one) => commentJson(call.state, one));
};

const create = (call: Call): Answer =>
  created(commentJson(call.state, createComment(call.state, pullOf(call), call.actor(), call.body['body'])));

const edit = (call: Call): Answer => {
  const comment = commentOf(call);
  editComment(call.state, comment, call.actor(), call.body['body']);
  return ok(commentJson(call.state, comment));
};

const remove = (call: Call): Answer => {
  deleteComment(call.state, commentOf(call), call.actor());
  return nothing;
};

const react = (call: Call): Answer => {
  const { reaction, added } = addReaction(call.state, commentOf(call), call.actor(), call.body['content']);
  return { status: added ? 201 : 200, body: reactionJson(call.state, reaction) };
};

const reactions = (call: Call): Answer => {
  const content = call.query.get('content');
  const found = commentOf(call).reactions.filter((one) => content === null || one.content === content);
  return page(call, found, (reaction) => reactionJson(call.state, reaction));
};

const unreact = (call: Call): Answer => {
  removeReaction(commentOf(call), call.actor(), call.id('reaction'));
  return nothing;
};

const labels = (call: Call): Answer => {
  const pull = pullOf(call);
  return page(call, [...pull.labels], (label) => labelJson(call.state, pull.repo, label));
};

const addSome = (call: Call): Answer => {
  addLabels(call.state, pullOf(call), call.actor(), (list(call.body, 'labels') ?? []).map(String));
  return labels(call);
};

const removeOne = (call: Call): Answer => {
  removeLabel(call.state, pullOf(call), call.actor(), call.param('label'));
  return labels(call);
};

const base = '/repos/:owner/:repo/issues';
const comment = `${base}/comments/:comment`;
// A pull request's conversation may be read and written through either permission.
const read = { who: 'anyone', needs: ['issues:read', 'pull_requests:read'] } as const;
const write = { who: 'token', needs: ['issues:write', 'pull_requests:write'] } as const;

export const issueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${base}/comments`,
    doc: 'issues/comments#list-issue-comments-for-a-repository',
    ...read,
    handle: repoComments,
  },
  {
    method: 'GET',
    path: `${base}/:number/comments`,
    doc: 'issues/comments#list-issue-comments',
    ...read,
    handle: comments,
  },
  {
    method: 'POST',
    path: `${base}/:number/comments`,
    doc: 'issues/comments#create-an-issue-comment',
    ...write,
    creates: true,
    handle: create,
  },
  {
    method: 'GET',
    path: comment,
    doc: 'issues/comments#get-an-issue-comment',
    ...read,
    handle: (call) => ok(commentJson(call.state, commentOf(call))),
  },
  {
    method: 'PATCH',
    path: comment,
    doc: 'issues/comments#update-an-issue-comment',
    ...write,
    creates: true,
    handle: edit,
  },
  {
    method: 'DELETE',
    path: comment,
    doc: 'issues/comments#delete-an-issue-comment',
    ...write,
    handle: remove,
  },
  {
    method: 'GET',
    path: `${comment}/reactions`,
    doc: 'reactions/reactions#list-reactions-for-an-issue-comment',
    ...read,
    handle: reactions,
  },
  {
    method: 'POST',
    path: `${comment}/reactions`,
    doc: 'reactions/reactions#create-reaction-for-an-issue-comment',
    ...write,
    creates: true,
    handle: react,
  },
  {
    method: 'DELETE',
    path: `${comment}/reactions/:reaction`,
    doc: 'reactions/reactions#delete-an-issue-comment-reaction',
    ...write,
    handle: unreact,
  },
  {
    method: 'GET',
    path: `${base}/:number/labels`,
    doc: 'issues/labels#list-labels-for-an-issue',
    ...read,
    handle: labels,
  },
  {
    method: 'POST',
    path: `${base}/:number/labels`,
    doc: 'issues/labels#add-labels-to-an-issue',
    ...write,
    handle: addSome,
  },
  {
    method: 'DELETE',
    path: `${base}/:number/labels/:label`,
    doc: 'issues/labels#remove-a-label-from-an-issue',
    ...write,
    handle: removeOne,
  },
];
