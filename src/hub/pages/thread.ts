import { atLeast, permissionOf } from '../access.ts';
import type { LeaveReason } from '../queue/state.ts';
import {
  type Comment,
  type Conversation,
  type HubState,
  isPull,
  type Pull,
  type Reaction,
  type Review,
  type TimelineEvent,
} from '../state.ts';
import { type Html, markup } from './html.ts';
import { avatar, sha, time, who } from './layout.ts';

/** One exchangeable piece of a page: the script replaces a piece when its markup differs. */
export interface Item {
  readonly id: string;
  readonly html: Html;
}

export type Render = (text: string) => Html;

const faces: Readonly<Record<Reaction['content'], string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

const reactionsOf = (comment: Comment): Html | null => {
  if (comment.reactions.length === 0) return null;
  const kinds = [...new Set(comment.reactions.map(({ content }) => content))];
  return markup`<ul class="reactions">${kinds.map((content) => {
    const names = comment.reactions
      .filter((one) => one.content === content)
      .map(({ account }) => account.login);
    return markup`<li title="${names.join(', ')}">${faces[content]} ${names.length}</li>`;
  })}</ul>`;
};

const bubble = (
  author: Html,
  face: Html,
  at: number,
  words: string,
  body: Html | null,
  more: Html | null,
): Html => markup`${face}<article class="bubble"><header>${author} <span>${words} ${time(at)}</span></header>
${body === null ? null : markup`<div class="markdown">${body}</div>`}${more}</article>`;

const commentItem = (comment: Comment, render: Render): Item => ({
  id: `issuecomment-${comment.id}`,
  html: bubble(
    who(comment.author, comment.app),
    avatar(comment.author),
    comment.createdAt,
    comment.updatedAt > comment.createdAt ? 'commented, edited since,' : 'commented',
    render(comment.body),
    reactionsOf(comment),
  ),
});

const verdicts: Readonly<Record<Review['state'], { readonly words: string; readonly look: string }>> = {
  APPROVED: { words: 'approved these changes', look: 'good' },
  CHANGES_REQUESTED: { words: 'asked for changes', look: 'bad' },
  COMMENTED: { words: 'reviewed', look: 'none' },
  DISMISSED: { words: 'gave a review that was dismissed', look: 'none' },
  PENDING: { words: 'is reviewing', look: 'none' },
};

const line = (look: string, words: Html): Html =>
  markup`<p class="event"><span class="dot ${look}" aria-hidden="true"></span><span>${words}</span></p>`;

/**
 * GitHub counts the reviews of those who may write:
 * https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/about-pull-request-reviews
 */
export const counts = (pull: Pull, review: Review): boolean =>
  atLeast(permissionOf(pull.repo, review.author), 'write');

const reviewItem = (pull: Pull, review: Review, render: Render): Item => {
  const { words } = verdicts[review.state];
  const look = counts(pull, review) ? verdicts[review.state].look : 'none';
  const said = markup`${who(review.author)} ${words} at ${sha(review.commit)} ${time(review.submittedAt)}`;
  return {
    id: `pullrequestreview-${review.id}`,
    html:
      review.body.trim() === ''
        ? line(look, said)
        : markup`${line(look, said)}${bubble(who(review.author), avatar(review.author), review.submittedAt, 'said', render(review.body), null)}`,
  };
};

const leaveWords: Readonly<Record<LeaveReason, string>> = {
  UNKNOWN_REMOVAL_REASON: 'it is not what was put in any more',
  MANUAL: 'by hand',
  MERGE: 'it was merged',
  MERGE_CONFLICT: 'it conflicts with what is before it',
  CI_FAILURE: 'a required check failed',
  CI_TIMEOUT: 'a required check was not reported in time',
  ALREADY_MERGED: 'it was merged already',
  QUEUE_CLEARED: 'there is no queue any more',
  ROLL_BACK: 'it was rolled back',
  BRANCH_PROTECTIONS: 'the branch asks for more',
  GIT_TREE_INVALID: 'its files cannot be merged',
  INVALID_MERGE_COMMIT: 'its merge cannot be made',
};

const eventWords = (
  event: TimelineEvent,
  one: Conversation,
): { readonly words: Html; readonly look: string } | null => {
  const base = isPull(one) ? one.base.ref : '';
  switch (event.kind) {
    case 'comment':
    case 'review':
      return null;
    case 'pushed':
      return {
        look: 'none',
        words: event.forced
          ? markup`force-pushed from ${sha(event.before)} to ${sha(event.after)}`
          : markup`pushed ${sha(event.after)}`,
      };
    case 'merged':
      return {
        look: 'merged',
        words: markup`merged ${sha(event.commit)} into <code>${base}</code>`,
      };
    case 'closed':
      return { look: 'bad', words: markup`closed this` };
    case 'reopened':
      return { look: 'good', words: markup`reopened this` };
    case 'ready':
      return { look: 'good', words: markup`marked this ready for review` };
    case 'draft':
      return { look: 'none', words: markup`turned this into a draft` };
    case 'renamed':
      return {
        look: 'none',
        words: markup`changed the title from <em>${event.from}</em> to <em>${event.to}</em>`,
      };
    case 'base':
      return {
        look: 'none',
        words: markup`changed the base from <code>${event.from}</code> to <code>${event.to}</code>`,
      };
    case 'labeled':
      return { look: 'none', words: markup`added the label <span class="tag">${event.label}</span>` };
    case 'unlabeled':
      return { look: 'none', words: markup`removed the label <span class="tag">${event.label}</span>` };
    case 'dismissed':
      return { look: 'none', words: markup`dismissed a review: ${event.message}` };
    case 'queued':
      return { look: 'busy', words: markup`added this to the merge queue of <code>${base}</code>` };
    case 'unqueued':
      return event.reason === 'MERGE'
        ? null
        : { look: 'bad', words: markup`removed this from the merge queue: ${leaveWords[event.reason]}` };
    case 'branch-deleted':
      return { look: 'none', words: markup`deleted the branch <code>${event.ref}</code>` };
    default: {
      const never: never = event;
      return never;
    }
  }
};

const eventItem = (state: HubState, event: TimelineEvent, index: number, one: Conversation): Item | null => {
  const said = eventWords(event, one);
  if (said === null) return null;
  const app = [...state.apps.values()].find(({ bot }) => bot === event.actor) ?? null;
  return {
    id: `event-${index}`,
    html: line(said.look, markup`${who(event.actor, app)} ${said.words} ${time(event.at)}`),
  };
};

/** The description and everything that happened since, oldest first. */
export const thread = (state: HubState, one: Conversation, render: Render): readonly Item[] => {
  const description = one.body ?? '';
  const opening: Item = {
    id: 'description',
    html: bubble(
      who(one.author, one.app),
      avatar(one.author),
      one.createdAt,
      'opened this',
      description.trim() === '' ? markup`<p class="empty">No description.</p>` : render(description),
      null,
    ),
  };
  const rest = one.timeline.map((event, index): Item | null => {
    if (event.kind === 'comment') {
      const comment = one.repo.comments.get(event.commentId);
      return comment === undefined ? null : commentItem(comment, render);
    }
    if (event.kind === 'review') {
      if (!isPull(one)) return null;
      const review = one.reviews.find(({ id }) => id === event.reviewId);
      return review === undefined ? null : reviewItem(one, review, render);
    }
    return eventItem(state, event, index, one);
  });
  return [opening, ...rest.filter((item) => item !== null)];
};
