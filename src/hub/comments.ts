import { isSelf, requirePermission } from './access.ts';
import { HubError, invalid } from './errors.ts';
import { emit } from './events.ts';
import { commentJson, issuePayload } from './shape/comment.ts';
import {
  type Actor,
  type Comment,
  type HubState,
  type Pull,
  type Reaction,
  type ReactionContent,
  reactionContents,
} from './state.ts';

/** What GitHub stores at most; counted in characters, as people see them. */
const bodyLimit = 65_536;

export const checkBody = (resource: string, body: unknown): string => {
  if (typeof body !== 'string') throw invalid(resource, 'body', 'missing_field');
  if (body.trim() === '') throw invalid(resource, 'body', 'missing_field', 'body cannot be blank');
  if ([...body].length > bodyLimit)
    throw invalid(resource, 'body', 'custom', `body is too long (maximum is ${bodyLimit} characters)`);
  return body;
};

const pullOf = (comment: Comment): Pull => {
  const pull = comment.repo.pulls.get(comment.number);
  if (pull === undefined) throw new HubError(404, 'Not Found');
  return pull;
};

const say = (
  state: HubState,
  comment: Comment,
  actor: Actor,
  action: string,
  more: Readonly<Record<string, unknown>> = {},
): void =>
  emit(state, {
    repo: comment.repo,
    event: 'issue_comment',
    action,
    sender: actor.account,
    payload: { ...more, issue: issuePayload(state, pullOf(comment)), comment: commentJson(state, comment) },
  });

/** Comments of a pull request, oldest first. */
export const commentsOf = (pull: Pull): Comment[] =>
  [...pull.repo.comments.values()].filter((comment) => comment.number === pull.number);

export const createComment = (state: HubState, pull: Pull, actor: Actor, body: unknown): Comment => {
  requirePermission(pull.repo, actor, 'read');
  const at = state.clock.now();
  const comment: Comment = {
    id: state.nextId(),
    repo: pull.repo,
    number: pull.number,
    author: actor.account,
    app: actor.app,
    body: checkBody('IssueComment', body),
    createdAt: at,
    updatedAt: at,
    reactions: [],
  };
  pull.repo.comments.set(comment.id, comment);
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: actor.account, kind: 'comment', commentId: comment.id });
  say(state, comment, actor, 'created');
  return comment;
};

const requireOwn = (comment: Comment, actor: Actor): void => {
  if (isSelf(actor, comment.author)) return;
  if (actor.app !== null) return;
  requirePermission(comment.repo, actor, 'write');
};

export const editComment = (state: HubState, comment: Comment, actor: Actor, body: unknown): void => {
  requireOwn(comment, actor);
  const text = checkBody('IssueComment', body);
  const from = comment.body;
  comment.body = text;
  comment.updatedAt = state.clock.now();
  say(state, comment, actor, 'edited', { changes: { body: { from } } });
};

export const deleteComment = (state: HubState, comment: Comment, actor: Actor): void => {
  requireOwn(comment, actor);
  const pull = pullOf(comment);
  comment.repo.comments.delete(comment.id);
  const at = pull.timeline.findIndex((one) => one.kind === 'comment' && one.commentId === comment.id);
  if (at >= 0) pull.timeline.splice(at, 1);
  say(state, comment, actor, 'deleted');
};

const isReaction = (text: unknown): text is ReactionContent =>
  reactionContents.some((content) => content === text);

/** Adding the same reaction twice is one reaction. */
export const addReaction = (
  state: HubState,
  comment: Comment,
  actor: Actor,
  content: unknown,
): { readonly reaction: Reaction; readonly added: boolean } => {
  requirePermission(comment.repo, actor, 'read');
  if (!isReaction(content)) throw invalid('Reaction', 'content', 'invalid');
  const known = comment.reactions.find((one) => one.account === actor.account && one.content === content);
  if (known !== undefined) return { reaction: known, added: false };
  const reaction: Reaction = {
    id: state.nextId(),
    account: actor.account,
    content,
    createdAt: state.clock.now(),
  };
  comment.reactions.push(reaction);
  return { reaction, added: true };
};

/** One's own only. */
export const removeReaction = (comment: Comment, actor: Actor, id: number): void => {
  const at = comment.reactions.findIndex((one) => one.id === id && one.account === actor.account);
  if (at < 0) throw new HubError(404, 'Not Found');
  comment.reactions.splice(at, 1);
};
