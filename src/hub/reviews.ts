import { isSelf, requirePermission } from './access.ts';
import { requirementsOf } from './branch-rules.ts';
import { checkBody } from './comments.ts';
import { HubError, invalid } from './errors.ts';
import { emit } from './events.ts';
import { resolve } from './git/read.ts';
import { pullSimpleJson, reviewJson } from './shape/pull.ts';
import type { Actor, HubState, Pull, Review, ReviewState } from './state.ts';

const states: Readonly<Record<string, ReviewState>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export interface ReviewWish {
  /** `APPROVE`, `REQUEST_CHANGES` or `COMMENT`. */
  readonly event: string;
  readonly body?: string | null;
  /** The commit that was looked at; the head when absent. */
  readonly commit?: string;
}

const say = (state: HubState, pull: Pull, review: Review, actor: Actor, action: string): void => {
  const shown = reviewJson(state, pull, review);
  emit(state, {
    repo: pull.repo,
    event: 'pull_request_review',
    action,
    sender: actor.account,
    payload: {
      // Payloads have the state in lower case, the API in upper case.
      review: { ...shown, state: review.state.toLowerCase() },
      pull_request: pullSimpleJson(state, pull),
    },
  });
};

export const submitReview = async (
  state: HubState,
  pull: Pull,
  actor: Actor,
  wish: ReviewWish,
): Promise<Review> => {
  requirePermission(pull.repo, actor, 'read');
  const reviewState = states[wish.event];
  if (reviewState === undefined) throw invalid('PullRequestReview', 'event', 'invalid');
  if (isSelf(actor, pull.author) && reviewState !== 'COMMENTED')
    throw new HubError(422, 'Unprocessable Entity', [
      `Can not ${reviewState === 'APPROVED' ? 'approve' : 'request changes on'} your own pull request`,
    ]);
  const body = wish.body ?? '';
  if (reviewState !== 'APPROVED' || body !== '') checkBody('PullRequestReview', body);
  const commit = wish.commit === undefined ? pull.head.sha : await resolve(pull.repo.folder, wish.commit);
  if (commit === null) throw invalid('PullRequestReview', 'commit_id', 'invalid');
  const at = state.clock.now();
  const review: Review = {
    id: state.nextId(),
    author: actor.account,
    body,
    state: reviewState,
    commit,
    submittedAt: at,
  };
  pull.reviews.push(review);
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: actor.account, kind: 'review', reviewId: review.id });
  say(state, pull, review, actor, 'submitted');
  return review;
};

/** What a push does where the base branch takes approvals of older commits away. Requests for changes stay. */
export const dismissStale = (state: HubState, pull: Pull, actor: Actor): void => {
  const { protection, ruleset } = requirementsOf(pull.repo, pull.base.ref);
  if (!protection.dismissStale && !ruleset.dismissStale) return;
  for (const review of pull.reviews.filter((one) => one.state === 'APPROVED')) {
    review.state = 'DISMISSED';
    say(state, pull, review, actor, 'dismissed');
  }
};

/** Only approvals and requests for changes can be dismissed, by those who may write. */
export const dismissReview = (
  state: HubState,
  pull: Pull,
  review: Review,
  actor: Actor,
  message: unknown,
): void => {
  requirePermission(pull.repo, actor, 'write');
  if (typeof message !== 'string' || message.trim() === '')
    throw invalid('PullRequestReview', 'message', 'missing_field');
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
    throw new HubError(422, 'Unprocessable Entity', ['Can not dismiss a commented pull request review']);
  const at = state.clock.now();
  review.state = 'DISMISSED';
  pull.updatedAt = at;
  pull.timeline.push({ at, actor: actor.account, kind: 'dismissed', reviewId: review.id, message });
  say(state, pull, review, actor, 'dismissed');
};
