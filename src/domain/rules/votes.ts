import type { PlanDigest, Sha } from '../ids.ts';
import { type Actor, atLeast, type Permission, type Review } from '../pull.ts';
import type { Authorship } from './merge-facts.ts';

/** From when on the comment showed a plan of a project. */
export interface Shown {
  /** Null: from then on it showed none. */
  readonly digest: PlanDigest | null;
  /**
   * When the forge had written it, by its own clock, Unix milliseconds. Null: the write was sent and nobody knows whether it
   * came to anything.
   */
  readonly at: number | null;
  /** When it was sent, by our clock. */
  readonly sentAt: number;
}

/** A time in which the comment held what somebody else had written. */
export interface Alteration {
  readonly from: number;
  /** Null: it still does. */
  readonly until: number | null;
}

/** What an approval is held against. */
export interface VoteFacts {
  readonly headSha: Sha;
  readonly author: Actor;
  readonly reviews: readonly Review[];
  readonly authorship: Authorship;
  /** Of whoever has reviewed; `none` for strangers. */
  readonly permissionOf: (login: string) => Permission;
  /** What approvals are bound to. */
  readonly bind: Bind;
  /** The operator answers for the author, a bot: nobody who may write makes it push words of theirs. */
  readonly vouched: boolean;
}

export interface BoundToPlan {
  readonly to: 'plan';
  readonly digest: PlanDigest;
  /** Oldest first. */
  readonly shown: readonly Shown[];
  readonly altered: readonly Alteration[];
}

export type Bind =
  | BoundToPlan
  | {
      readonly to: 'commit';
      /** The plan that they have to be of besides, where the commit alone does not say what is planned. */
      readonly plan: BoundToPlan | null;
    };

/** Why an approval does not count. */
export type Uncounted =
  | 'bot'
  | 'author'
  | 'co-author'
  | 'authors-unknown'
  | 'pusher'
  | 'pusher-unknown'
  | 'no-write'
  | 'other-commit'
  | 'before-plan'
  | 'other-plan'
  | 'altered';

export interface Vote {
  readonly actor: Actor;
  readonly review: Review;
  /** Null: it counts. */
  readonly uncounted: Uncounted | null;
  /** The plan that the comment showed when it was given; null: none, several within that second, or plans are not asked about. */
  readonly saw: PlanDigest | null;
}

/** A person's standing review: their last one that says yes or no. Comments do not take a word back. */
const standing = (reviews: readonly Review[]): readonly Review[] => {
  const last = new Map<number, Review>();
  for (const review of [...reviews].sort((a, b) => a.submittedAt - b.submittedAt || a.id - b.id)) {
    if (review.state === 'commented' || review.state === 'pending') continue;
    last.set(review.author.id, review);
  }
  return [...last.values()];
};

/** Everybody who says yes, and whether that counts. */
export const votesOf = (facts: VoteFacts): readonly Vote[] =>
  standing(facts.reviews)
    .filter(({ state }) => state === 'approved')
    .map((review) => ({
      actor: review.author,
      review,
      uncounted: personal(review, facts) ?? timely(review, facts),
      saw: sawOf(review, facts.bind),
    }));

const sawOf = ({ submittedAt }: Review, bind: Bind): PlanDigest | null => {
  if (bind.to === 'commit') return null;
  return mayHaveSeen(bind.shown, submittedAt).reduce((one, other) => (one === other ? one : null));
};

/** Whose word cannot count, whatever it was given for. */
export const personal = ({ author }: Pick<Review, 'author'>, facts: VoteFacts): Uncounted | null => {
  const { authorship } = facts;
  // A deleted account is id 0, and nobody knows whose it was.
  if (author.kind === 'bot' || author.id === 0) return 'bot';
  if (author.id === facts.author.id) return 'author';
  if (authorship.authors.some(({ id }) => id === author.id)) return 'co-author';
  if (!authorship.complete) return 'authors-unknown';
  const pushers = pushersOf(facts);
  if (pushers === null) return 'pusher-unknown';
  if (pushers.some(({ id }) => id === author.id)) return 'pusher';
  return atLeast(facts.permissionOf(author.login), 'write') ? null : 'no-write';
};

/**
 * A bot pushes what somebody asked it to, and nobody knows who: unless all of it is that bot's own, and the operator answers for
 * it. Whoever had a hand in the branch may have left something there under a bot's name, which needs no account: then they count as
 * pushers; another bot's hand is anybody's.
 */
export const pushersOf = ({
  author,
  authorship,
  vouched,
}: Pick<VoteFacts, 'author' | 'authorship' | 'vouched'>): readonly Actor[] | null => {
  const { pusher, movers, authors, bots } = authorship;
  if (pusher === null) return null;
  if (pusher.kind !== 'bot') return bots.length === 0 ? [pusher] : movers;
  const isItsOwn =
    vouched &&
    author.id === pusher.id &&
    authors.length === 0 &&
    bots.every((login) => login === author.login.toLowerCase());
  if (!isItsOwn || movers === null) return null;
  return movers.every(({ id, kind }) => kind === 'user' || id === pusher.id) ? movers : null;
};

/** The forge tells whole seconds. */
export const second = (at: number): number => Math.floor(at / 1000);

/** Between our clock and the forge's, milliseconds. */
const clocksApart = 60_000;

/** Whether it was given for what would be applied, and when nobody had changed what was shown. */
export const timely = (
  review: Pick<Review, 'commit' | 'submittedAt'>,
  { bind, headSha }: Pick<VoteFacts, 'bind' | 'headSha'>,
): Uncounted | null => {
  if (bind.to === 'commit') {
    if (review.commit !== headSha) return 'other-commit';
    return bind.plan === null ? null : timely(review, { bind: bind.plan, headSha });
  }
  const at = second(review.submittedAt);
  const during = ({ from, until }: Alteration) =>
    second(from) <= at && (until === null || at <= second(until));
  if (bind.altered.some(during)) return 'altered';
  const seen = mayHaveSeen(bind.shown, review.submittedAt);
  if (seen.includes(null)) return 'before-plan';
  return seen.every((digest) => digest === bind.digest) ? null : 'other-plan';
};

/**
 * Every plan that the comment may have shown when a review was submitted. Within one second nobody can tell what came first,
 * and a write of which nobody knows the end may have been there from when it was sent: then there are several.
 */
const mayHaveSeen = (shown: readonly Shown[], submittedAt: number): readonly (PlanDigest | null)[] => {
  const at = second(submittedAt);
  let seen: (PlanDigest | null)[] = [null];
  for (const one of shown) {
    if (one.at === null) {
      if (second(one.sentAt - clocksApart) <= at) seen.push(one.digest);
    } else if (second(one.at) < at) seen = [one.digest];
    else if (second(one.at) === at) seen.push(one.digest);
  }
  return seen;
};
