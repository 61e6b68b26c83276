import type { PlanDigest, Sha } from '../ids.ts';
import { type Actor, atLeast, type Permission, type Review } from '../pull.ts';
import type { Authorship } from './merge-facts.ts';

/** From when on the comment showed a plan of a project. */
export interface Shown {
  /** Null: from then on it showed none. */
  readonly digest: PlanDigest | null;
  /** The head of the pull request that this plan was made for. Null: no plan, or it was written down before commits were. */
  readonly commit: Sha | null;
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
  /** The head of the pull request that this plan was made for. */
  readonly commit: Sha;
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
  | 'older-commit'
  | 'unknown-commit'
  | 'before-plan'
  | 'other-plan'
  | 'altered';

export interface Vote {
  readonly actor: Actor;
  readonly review: Review;
  /** Null: it counts. */
  readonly uncounted: Uncounted | null;
  /**
   * The plan that the comment showed when it was given, or for an older commit the plan that it showed for that one. Null: none,
   * several within that second, or plans are not asked about.
   */
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
    .map((review) => {
      const uncounted = personal(review, facts) ?? timely(review, facts);
      return { actor: review.author, review, uncounted, saw: sawOf(review, facts.bind, uncounted) };
    });

const sawOf = (review: Review, bind: Bind, uncounted: Uncounted | null): PlanDigest | null => {
  if (bind.to === 'commit') return null;
  if (uncounted === 'older-commit') return shownFor(bind.shown, review)?.digest ?? null;
  return mayHaveSeen(bind.shown, review.submittedAt).reduce((one, other) => (one === other ? one : null));
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
  if (bind.to === 'plan') return atTheTime(review.submittedAt, bind) ?? ofCommit(review, bind, headSha);
  if (review.commit !== headSha) return 'other-commit';
  return bind.plan === null ? null : timely(review, { bind: bind.plan, headSha });
};

/** The same of words in a comment, which the forge knows no commit of: whether they were written when the plan was shown. */
export const timelyComment = (writtenAt: number, bind: Bind): Uncounted | null =>
  bind.to === 'plan' ? atTheTime(writtenAt, bind) : 'other-commit';

/**
 * A review page stays open while somebody pushes, and a review names the commit that it is of: whoever sends it then read the code
 * of that commit, and not the plan that the comment shows by now. It counts where that commit had the same plan.
 */
const ofCommit = (
  review: Pick<Review, 'commit' | 'submittedAt'>,
  bind: BoundToPlan,
  headSha: Sha,
): Uncounted | null => {
  const { commit } = review;
  // GitHub forgets a commit that was pushed over.
  if (commit === null) return 'unknown-commit';
  if (commit === bind.commit || shownFor(bind.shown, review)?.digest === bind.digest) return null;
  return commit === headSha ? 'other-commit' : 'older-commit';
};

/**
 * What the comment showed for the commit of a review: the last plan before the review was submitted. Where the review came before
 * every plan of its commit, it is the first one.
 */
const shownFor = (
  shown: readonly Shown[],
  { commit, submittedAt }: Pick<Review, 'commit' | 'submittedAt'>,
): Shown | undefined => {
  const ofIt = shown.filter((one) => commit !== null && one.commit === commit);
  const isBefore = ({ at, sentAt }: Shown) => second(at ?? sentAt - clocksApart) <= second(submittedAt);
  return ofIt.findLast(isBefore) ?? ofIt[0];
};

/** Whether the comment showed that plan and no other at that time, and nobody else had changed it. */
const atTheTime = (submittedAt: number, bind: BoundToPlan): Uncounted | null => {
  const at = second(submittedAt);
  const during = ({ from, until }: Alteration) =>
    second(from) <= at && (until === null || at <= second(until));
  if (bind.altered.some(during)) return 'altered';
  const seen = mayHaveSeen(bind.shown, submittedAt);
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
