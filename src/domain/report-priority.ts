/**
 * What goes first when not everything can go at once. As they are stored: a larger number goes first.
 */
export const reportPriority = {
  /** A check of an older head that nobody waits for. */
  closing: 0,
  /** How far runs are. Worth nothing once the result is there. */
  progress: 1,
  /** What a plan came to. */
  plan: 2,
  /** What somebody asked, and errors. */
  answer: 3,
  /** What an apply came to. */
  result: 4,
} as const;

/** Of this many writes one goes to who has waited longest, whatever it is, so that nothing waits for ever. */
const turnOfTheOldest = 10;

interface Waiting {
  readonly priority: number;
  /** Since when it waits, Unix milliseconds. */
  readonly since: number;
}

export interface Turn<T> {
  readonly item: T;
  /** Its turn by waiting longest; limits kept free for what is urgent do not bind it. */
  readonly oldest: boolean;
}

/**
 * The order of service: by priority, then by time waited, every tenth by time waited alone.
 *
 * @param served how many were served before these; says whose turn the tenth is
 */
export const lineUp = <T extends Waiting>(waiting: readonly T[], served: number): readonly Turn<T>[] => {
  const urgent = waiting.toSorted((one, two) => two.priority - one.priority || one.since - two.since);
  const old = waiting.toSorted((one, two) => one.since - two.since);
  const left = new Set(waiting);
  const first = (line: T[]): T | undefined => {
    let item = line.shift();
    while (item !== undefined && !left.has(item)) item = line.shift();
    if (item !== undefined) left.delete(item);
    return item;
  };
  return waiting.flatMap((_, index) => {
    const oldest = (served + index) % turnOfTheOldest === turnOfTheOldest - 1;
    const item = first(oldest ? old : urgent);
    return item === undefined ? [] : [{ item, oldest }];
  });
};

/** Nothing is put off for longer than this, in milliseconds. What says so was written under a clock that was wrong. */
export const farAheadMs = 15 * 60_000;

export const isDue = (dueAt: number, now: number): boolean => dueAt <= now || dueAt > now + farAheadMs;

/** A thing, and how urgent it is. */
interface Placed {
  readonly thing: string;
  readonly priority: number;
  readonly since: number;
}

/** Of one pull request: an apply's result goes into its checks first, which a merge waits for; else people read the comment first. */
const placeOf = ({ thing, priority }: Placed): number => {
  const isResult = priority === reportPriority.result;
  if (thing === 'board') return isResult ? 2 : 0;
  if (thing.startsWith('reply:')) return 3;
  if (thing.startsWith('nudge:')) return 4;
  if (thing.startsWith('reaction:')) return 6;
  if (thing.endsWith(':tidegate/apply')) return isResult ? 0 : 5;
  if (thing.endsWith(':tidegate/plan')) return 4;
  return isResult ? 1 : 5;
};

/** The order in which things of one pull request are sent. */
export const inOrder = <T extends Placed>(things: readonly T[]): readonly T[] =>
  things.toSorted(
    (one, two) => two.priority - one.priority || placeOf(one) - placeOf(two) || one.since - two.since,
  );
