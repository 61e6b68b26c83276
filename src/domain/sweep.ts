import type { RepoRef } from './pull.ts';
import { isAsSeen, type PullFacts, type Sighting } from './sighting.ts';
import type { Trigger } from './trigger.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How often failed webhooks are asked for. */
export const redeliverEveryMs = 5 * minute;
/** GitHub keeps webhooks for this long; whoever looked away for longer compares instead. */
export const redeliverableMs = 3 * day;
/** Attempts are looked at again for this long: the one that failed last may not have been listed yet. */
export const overlapMs = 10 * minute;
/** How often a repository is compared: one where something happened lately, and any other. */
const compareEveryMs = { active: 15 * minute, quiet: hour } as const;
const activeForMs = day;

/**
 * A tenth of the requests GitHub grants an installation in an hour, where it grants least.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations
 */
const requestsAnHour = 500;
/** A page of pull requests and one of comments, both changed and so asked for twice. */
const usualCost = 4;

/** Requests of the sweep, by installation, since a moment less than an hour ago (Unix milliseconds). */
export interface Spending {
  readonly since: number;
  readonly by: Readonly<Record<string, number>>;
}

/** The hour that `now` belongs to: what was spent in one that is over, or that a clock made up, counts no more. */
export const spendingAt = (spending: Spending | null, now: number): Spending =>
  spending !== null && now >= spending.since && now < spending.since + hour
    ? spending
    : { since: now, by: {} };

export const spend = (spending: Spending, installation: number, requests: number): Spending => ({
  ...spending,
  by: { ...spending.by, [installation]: (spending.by[installation] ?? 0) + requests },
});

/** May one more repository of this installation be compared within the hour? */
export const canAfford = (spending: Spending, installation: number): boolean =>
  (spending.by[installation] ?? 0) + usualCost <= requestsAnHour;

/** A repository on the sweep's list. Times are Unix milliseconds, null for never. */
export interface Candidate {
  readonly comparedAt: number | null;
  /** When something of it was followed last. */
  readonly activeAt: number | null;
}

const isActive = ({ activeAt }: Candidate, now: number): boolean =>
  activeAt !== null && now - activeAt < activeForMs;

/** Is it time to compare this one? One that a clock put into the future is due as well. */
export const isDue = (candidate: Candidate, now: number): boolean => {
  const { comparedAt } = candidate;
  if (comparedAt === null || comparedAt > now) return true;
  return now - comparedAt >= (isActive(candidate, now) ? compareEveryMs.active : compareEveryMs.quiet);
};

/**
 * Active ones first, then by who waits longest. What did not fit for a day comes before them, so that nothing is left out
 * for ever.
 */
export const inOrder = <T extends Candidate>(candidates: readonly T[], now: number): readonly T[] => {
  const rank = (one: Candidate): number =>
    (one.comparedAt ?? now - hour) - (isActive(one, now) ? activeForMs : 0);
  return candidates.toSorted((one, other) => rank(one) - rank(other));
};

/** A pull request that is not what our journal says. */
export interface Gap {
  readonly number: number;
  readonly reason: Extract<Trigger, { kind: 'pull' }>['reason'];
  /** Of the journal's entry that is out of date. */
  readonly revision: number;
  /** When that was written, Unix milliseconds; 0 where there is none. */
  readonly since: number;
}

const reasonOf = (seen: Sighting | null, now: PullFacts): Gap['reason'] => {
  if (seen === null) return 'opened';
  if (seen.state === 'closed') return 'reopened';
  if (seen.headSha !== now.headSha) return 'synchronize';
  return seen.baseRef === now.baseRef ? 'ready_for_review' : 'base_edited';
};

/**
 * What the open pull requests of a repository say against our journal.
 *
 * @param seen the journal's entries, of whatever state, by number
 * @param held pull requests that hold something of ours, whether or not the journal has them
 */
export const gapsBetween = (
  open: readonly PullFacts[],
  seen: ReadonlyMap<number, Sighting>,
  held: ReadonlySet<number>,
): readonly Gap[] => {
  const gap = (number: number, reason: Gap['reason']): Gap => {
    const entry = seen.get(number);
    return { number, reason, revision: entry?.revision ?? 0, since: entry?.at ?? 0 };
  };
  const changed = open
    .filter((facts) => !isAsSeen(seen.get(facts.number) ?? null, facts))
    .map((facts) => gap(facts.number, reasonOf(seen.get(facts.number) ?? null, facts)));
  const stillOpen = new Set(open.map(({ number }) => number));
  const known = [...seen.values()].filter(({ state }) => state === 'open').map(({ number }) => number);
  const closed = [...new Set([...known, ...held])].filter((number) => !stillOpen.has(number));
  return [...changed, ...closed.map((number) => gap(number, 'closed'))];
};

/** Of how far a repository was compared. */
export const cursorNameOf = ({ id }: Pick<RepoRef, 'id'>): string => `repository:${id}`;

/**
 * Since when nothing is known of what the forge has, by such a cursor, Unix milliseconds: it could not be asked for much longer than it
 * is let be. Null: what is known is as new as ever, or the repository was never compared.
 */
export const unheardSince = (cursor: unknown, now: number): number | null => {
  if (typeof cursor !== 'object' || cursor === null || !('comparedAt' in cursor)) return null;
  const { comparedAt } = cursor;
  return typeof comparedAt === 'number' && now - comparedAt > 2 * compareEveryMs.quiet ? comparedAt : null;
};
