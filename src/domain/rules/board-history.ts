import type { PlanDigest, ProjectKey, Sha } from '../ids.ts';
import { type Alteration, type Shown, second } from './votes.ts';

/** What the comment of a pull request showed, and when: approvals are held against it. Times of the forge are by its clock. */
export interface BoardHistory {
  /** Digest of the text that the forge acknowledged last; null: there is none, or nobody knows. */
  readonly body: string | null;
  /** Digest of a text that was sent, and that nobody has acknowledged yet. */
  readonly sending: string | null;
  /** When the forge wrote it last, Unix milliseconds. */
  readonly writtenAt: number | null;
  /** Oldest first, by project key. */
  readonly shown: Readonly<Record<string, readonly Shown[]>>;
  readonly altered: readonly Alteration[];
}

export interface ShownPlan {
  readonly digest: PlanDigest;
  /** The head of the pull request that it was made for. */
  readonly commit: Sha;
}

/** The plan that a comment shows of each of its projects; null: none. */
export type ShownPlans = ReadonlyMap<ProjectKey, ShownPlan | null>;

export const noHistory: BoardHistory = { body: null, sending: null, writtenAt: null, shown: {}, altered: [] };

/** Of one project. What was given before the oldest that is kept counts for none. */
const kept = 100;

const plansIn = (history: BoardHistory, plans: ShownPlans): ReadonlyMap<string, ShownPlan | null> => {
  // What it showed and does not name any more, it shows no longer.
  const gone = Object.keys(history.shown).map((project): [string, null] => [project, null]);
  return new Map<string, ShownPlan | null>([...gone, ...plans]);
};

/** The same plan of another commit is another entry: approvals are of a commit as well. */
const isOf = (plan: ShownPlan | null, one: Shown | undefined): boolean =>
  (one?.digest ?? null) === (plan?.digest ?? null) && (one?.commit ?? null) === (plan?.commit ?? null);

const mapShown = (
  history: BoardHistory,
  plans: ShownPlans,
  change: (before: readonly Shown[], plan: ShownPlan | null) => readonly Shown[],
): BoardHistory['shown'] =>
  Object.fromEntries(
    [...plansIn(history, plans)].flatMap(([project, plan]) => {
      const after = change(history.shown[project] ?? [], plan).slice(-kept);
      return after.length === 0 ? [] : [[project, after]];
    }),
  );

/** Right before the comment is written: from now on it may show this. */
export const writing = (
  history: BoardHistory,
  plans: ShownPlans,
  body: string,
  sentAt: number,
): BoardHistory => ({
  ...history,
  sending: body,
  shown: mapShown(history, plans, (before, plan) => {
    const [last, earlier] = before.toReversed();
    // One that nobody acknowledged stays, for it may have been there since; a second one stands for all that follow.
    const isTwice = earlier?.at === null && isOf(plan, earlier);
    if (isOf(plan, last) && (last?.at !== null || isTwice)) return before;
    return [...before, { digest: plan?.digest ?? null, commit: plan?.commit ?? null, at: null, sentAt }];
  }),
});

/** The forge has acknowledged what was being written. */
export const written = (
  history: BoardHistory,
  plans: ShownPlans,
  body: string,
  at: number,
): BoardHistory => ({
  body,
  sending: null,
  writtenAt: at,
  shown: mapShown(history, plans, (before, plan) => {
    const last = before.at(-1);
    if (last === undefined || !isOf(plan, last) || last.at !== null) return before;
    return [...before.slice(0, -1), { ...last, at }];
  }),
  altered: history.altered.map((one) => (one.until === null ? { ...one, until: at } : one)),
});

/** What a comment holds, as the forge has it. */
export interface FoundText {
  /** Digest of the text. */
  readonly body: string;
  /** When it was written or edited last, Unix milliseconds. */
  readonly at: number;
}

/**
 * Is it as we left it? A text that is on its way may be there already, and nobody has told us when. One that was written later than
 * we know of was edited by somebody else and put back, in whole seconds. Null: the comment is gone.
 */
export const isOurs = ({ body, sending, writtenAt }: BoardHistory, found: FoundText | null): boolean => {
  if (body === null && sending === null) return true;
  if (found === null) return false;
  if (found.body === sending) return true;
  return found.body === body && (writtenAt === null || second(found.at) <= second(writtenAt));
};

/**
 * Somebody else's text was found in the comment. Nobody knows how many times it was changed since our own was written, so that
 * all of that time counts.
 */
export const altered = (history: BoardHistory): BoardHistory =>
  history.altered.some(({ until }) => until === null)
    ? history
    : { ...history, altered: [...history.altered, { from: history.writtenAt ?? 0, until: null }] };

/**
 * Since when it shows that plan without a break, by our own clock, Unix milliseconds; null: it does not, or nobody has acknowledged
 * that it does.
 */
export const shownSince = (shown: readonly Shown[], digest: PlanDigest): number | null => {
  let since: number | null = null;
  for (const one of shown.toReversed()) {
    if (one.digest !== digest) break;
    if (one.at !== null) since = one.sentAt;
  }
  return since;
};
