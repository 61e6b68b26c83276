import {
  addReaction,
  commentsOf,
  createComment,
  deleteComment,
  editComment,
  removeReaction,
} from '../comments.ts';
import { conversationOf } from '../conversation.ts';
import { HubError, notFound } from '../errors.ts';
import { grants } from '../identity.ts';
import { openIssue, updateIssue } from '../issues.ts';
import { addLabels, removeLabel } from '../pulls.ts';
import { commentJson, reactionJson } from '../shape/comment.ts';
import { issueJson } from '../shape/issue.ts';
import { labelJson } from '../shape/pull.ts';
import { type Comment, type Conversation, type Issue, isPull } from '../state.ts';
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
  requiredText,
  text,
} from './route.ts';

/** The permission for pull requests reaches no issue. */
const within = ({ identity }: Call, one: Conversation, access: 'read' | 'write'): void => {
  if (isPull(one) || identity.kind !== 'token' || identity.token.kind !== 'installation') return;
  if (!grants(identity.token.permissions, `issues:${access}`))
    throw new HubError(403, 'Resource not accessible by integration');
};

const talkOf = (call: Call, access: 'read' | 'write'): Conversation => {
  const one = conversationOf(call.repo(), call.id('number'));
  within(call, one, access);
  return one;
};

const commentFor = (call: Call, access: 'read' | 'write'): Comment => {
  const comment = commentOf(call);
  within(call, conversationOf(comment.repo, comment.number), access);
  return comment;
};

const comments = (call: Call): Answer => {
  const since = Date.parse(call.query.get('since') ?? '');
  const found = commentsOf(talkOf(call, 'read')).filter(
    (comment) => Number.isNaN(since) || comment.updatedAt >= since,
  );
  return page(call, found, (comment) => commentJson(call.state, comment));
};

/** Of all pull requests and issues, by creation unless asked otherwise. */
const repoComments = (call: Call): Answer => {
  const since = Date.parse(call.query.get('since') ?? '');
  const { identity } = call;
  const all =
    identity.kind !== 'token' ||
    identity.token.kind !== 'installation' ||
    grants(identity.token.permissions, 'issues:read');
  const found = [...call.repo().comments.values()].filter(
    // Compared as they are written: in whole seconds.
    ({ repo, number, updatedAt }) =>
      (all || repo.pulls.has(number)) &&
      (Number.isNaN(since) || Math.floor(updatedAt / 1000) >= Math.floor(since / 1000)),
  );
  if (call.query.get('sort') === 'updated') found.sort((one, other) => one.updatedAt - other.updatedAt);
  // Without `sort`, GitHub ignores the direction.
  if (call.query.has('sort') && call.query.get('direction') === 'desc') found.reverse();
  return page(call, found, (one) => commentJson(call.state, one));
};

const create = (call: Call): Answer =>
  created(
    commentJson(
      call.state,
      createComment(call.state, talkOf(call, 'write'), call.actor(), call.body['body']),
    ),
  );

const edit = (call: Call): Answer => {
  const comment = commentFor(call, 'write');
  editComment(call.state, comment, call.actor(), call.body['body']);
  return ok(commentJson(call.state, comment));
};

const remove = (call: Call): Answer => {
  deleteComment(call.state, commentFor(call, 'write'), call.actor());
  return nothing;
};

const react = (call: Call): Answer => {
  const { reaction, added } = addReaction(
    call.state,
    commentFor(call, 'write'),
    call.actor(),
    call.body['content'],
  );
  return { status: added ? 201 : 200, body: reactionJson(call.state, reaction) };
};

const reactions = (call: Call): Answer => {
  const content = call.query.get('content');
  const found = commentFor(call, 'read').reactions.filter(
    (one) => content === null || one.content === content,
  );
  return page(call, found, (reaction) => reactionJson(call.state, reaction));
};

const unreact = (call: Call): Answer => {
  removeReaction(commentFor(call, 'write'), call.actor(), call.id('reaction'));
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

const repoIssues = (call: Call): Answer => {
  const { query } = call;
  const state = query.get('state') ?? 'open';
  const creator = query.get('creator');
  const { pulls, issues } = call.repo();
  const found = [...pulls.values(), ...issues.values()].filter(
    (one) => (state === 'all' || one.state === state) && (creator === null || one.author.login === creator),
  );
  const by = (one: Conversation): number =>
    query.get('sort') === 'updated' ? one.updatedAt : one.createdAt + one.number / 1e6;
  const sign = query.get('direction') === 'asc' ? 1 : -1;
  found.sort((one, other) => sign * (by(one) - by(other)));
  return page(call, found, (one) => issueJson(call.state, one));
};

const open = (call: Call): Answer => {
  const { body } = call;
  const wish = { title: requiredText(body, 'title'), body: text(body, 'body') ?? null };
  return created(issueJson(call.state, openIssue(call.state, call.repo(), call.actor(), wish)));
};

/** Through this route a pull request is changed by `PATCH …/pulls/:number` alone. */
const issueOf = (call: Call): Issue => {
  const issue = call.repo().issues.get(call.id('number'));
  if (issue === undefined) throw notFound();
  return issue;
};

const isState = (value: string): value is 'open' | 'closed' => value === 'open' || value === 'closed';
const reasons = ['completed', 'not_planned', 'reopened'] as const;

const change = (call: Call): Answer => {
  const issue = issueOf(call);
  const { body } = call;
  const [title, words, state] = ['title', 'body', 'state'].map((name) => text(body, name));
  const reason = reasons.find((one) => one === body['state_reason']);
  if (state !== undefined && !isState(state))
    throw new HubError(422, 'Validation Failed', [{ resource: 'Issue', field: 'state', code: 'invalid' }]);
  updateIssue(call.state, issue, call.actor(), {
    ...(title === undefined ? {} : { title }),
    ...(words === undefined ? {} : { body: words }),
    ...(state === undefined ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
  });
  return ok(issueJson(call.state, issue));
};

const base = '/repos/:owner/:repo/issues';
const comment = `${base}/comments/:comment`;
// A pull request's conversation may be read and written through either permission.
const read = { who: 'anyone', needs: ['issues:read', 'pull_requests:read'] } as const;
const write = { who: 'token', needs: ['issues:write', 'pull_requests:write'] } as const;

export const issueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: base,
    doc: 'issues/issues#list-repository-issues',
    who: 'anyone',
    needs: ['issues:read'],
    handle: repoIssues,
  },
  {
    method: 'POST',
    path: base,
    doc: 'issues/issues#create-an-issue',
    who: 'token',
    needs: ['issues:write'],
    creates: true,
    handle: open,
  },
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
    handle: (call) => ok(commentJson(call.state, commentFor(call, 'read'))),
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
  // Behind `comments`, which is no number.
  {
    method: 'GET',
    path: `${base}/:number`,
    doc: 'issues/issues#get-an-issue',
    ...read,
    handle: (call) => ok(issueJson(call.state, talkOf(call, 'read'))),
  },
  {
    method: 'PATCH',
    path: `${base}/:number`,
    doc: 'issues/issues#update-an-issue',
    who: 'token',
    needs: ['issues:write'],
    creates: true,
    handle: change,
  },
];
