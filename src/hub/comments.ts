import { isSelf, requirePermission } from './access.ts';
import { conversationOf } from './conversation.ts';
import { HubError, invalid } from './errors.ts';
import { emit } from './events.ts';
import { commentJson } from './shape/comment.ts';
import { issueJson } from './shape/issue.ts';
import {
  type Actor,
  type Comment,
  type Conversation,
  type HubState,
  isPull,
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

const say = (
  state: HubState,
  comment: Comment,
  actor: Actor,
  action: string,
  more: Readonly<Record<string, unknown>> = {},
): void => {
  const on = conversationOf(comment.repo, comment.number);
  emit(state, {
    repo: comment.repo,
    event: 'issue_comment',
    action,
    sender: actor.account,
    // The permission for pull requests reaches no issue.
    ...(isPull(on) ? {} : { needs: 'issues:read' }),
    payload: { ...more, issue: issueJson(state, on), comment: commentJson(state, comment) },
  });
};

/** Comments of a pull request or issue, oldest first. */
export const commentsOf = ({ repo, number }: Conversation): Comment[] =>
  [...repo.comments.values()].filter((comment) => comment.number === number);

export const createComment = (state: HubState, on: Conversation, actor: Actor, body: unknown): Comment => {
  requirePermission(on.repo, actor, 'read');
  const at = state.clock.now();
  const comment: Comment = {
    id: state.nextId(),
    repo: on.repo,
    number: on.number,
    author: actor.account,
    app: actor.app,
    body: checkBody('IssueComment', body),
    createdAt: at,
    updatedAt: at,
    reactions: [],
  };
  on.repo.comments.set(comment.id, comment);
  on.updatedAt = at;
  on.timeline.push({ at, actor: actor.account, kind: 'comment', commentId: comment.id });
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
  const { timeline } = conversationOf(comment.repo, comment.number);
  comment.repo.comments.delete(comment.id);
  const at = timeline.findIndex((one) => one.kind === 'comment' && one.commentId === comment.id);
  if (at >= 0) timeline.splice(at, 1);
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
