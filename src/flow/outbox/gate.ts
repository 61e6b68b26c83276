import type { Clock } from '../../clock/port.ts';
import { type Bucket, fullBucket } from '../../domain/pacing.ts';
import {
  budgetReadyAt,
  freshBudget,
  isShed,
  limitHit,
  type Pace,
  type PrimaryLimit,
  pullReadyAt,
  sideBySide,
  spendOnPull,
  spendWrite,
  type Write,
  type WriteBudget,
  wentThrough,
} from '../../domain/write-budget.ts';

/** Where a write goes. */
export interface Way {
  readonly installationId: number;
  /** Unlike that of any other pull request. */
  readonly pull: string;
}

/** What an installation has left, for who watches. */
export interface InstallationFigures {
  readonly installationId: number;
  /** Writes of the last minute and of the last hour. */
  readonly lastMinute: number;
  readonly lastHour: number;
  /** Milliseconds until GitHub lets us write again; 0 while it does. */
  readonly closedForMs: number;
  readonly primary: PrimaryLimit | null;
}

/** Keeps the pace of all writes. Times are those of the monotonic clock. */
export interface Gate {
  /** Writes of an earlier server, by the Unix time of the minute they were sent in. */
  load(
    writes: readonly {
      readonly installationId: number;
      readonly minuteAt: number;
      readonly writes: number;
    }[],
  ): void;
  /** When the write may go; now or earlier: at once. */
  readyAt(way: Way, write: Write): number;
  /** Takes what the write costs. `false`: somebody was faster, ask again. */
  spend(way: Way, write: Write): boolean;
  limited(installationId: number, waitMs: number): void;
  wentThrough(installationId: number): void;
  /** How many pull requests of the installation may be written to side by side. */
  places(installationId: number): number;
  /** Writes so far; says whose turn it is. */
  served(installationId: number): number;
  figures(): readonly InstallationFigures[];
}

export const createGate = (options: {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly primary: (installationId: number) => PrimaryLimit | null;
}): Gate => {
  const { clock, pace, primary } = options;
  const budgets = new Map<number, WriteBudget>();
  const buckets = new Map<string, Bucket>();
  const counts = new Map<number, number>();
  const budgetOf = (installationId: number): WriteBudget => budgets.get(installationId) ?? freshBudget();
  const bucketOf = (pull: string): Bucket => buckets.get(pull) ?? fullBucket(pace.pull, clock.monotonic());

  /** A bucket that is full again is as good as none. */
  const forgetFull = (now: number): void => {
    const refilled = (pace.pull.burst / pace.pull.perSecond) * 1_000;
    for (const [pull, { at }] of buckets) if (now - at > refilled) buckets.delete(pull);
  };

  const readyAt = ({ installationId, pull }: Way, write: Write): number => {
    const now = clock.monotonic();
    const wall = clock.now();
    const limit = primary(installationId);
    const shedFor = isShed(limit, write.priority, wall)
      ? Math.min((limit?.resetsAt ?? wall) - wall, 3_600_000)
      : 0;
    return Math.max(
      now + shedFor,
      budgetReadyAt(pace, budgetOf(installationId), write, now),
      pullReadyAt(pace, bucketOf(pull), write, now),
    );
  };

  return {
    readyAt,
    load: (writes) => {
      const [now, wall] = [clock.monotonic(), clock.now()];
      const made = Map.groupBy(writes, ({ installationId }) => installationId);
      for (const [installationId, some] of made) {
        // The end of its minute, which is the latest it can have been.
        const spent = some.map(({ minuteAt, writes: amount }) => ({
          at: Math.min(now, now - (wall - (minuteAt + 60_000))),
          amount,
        }));
        budgets.set(installationId, freshBudget(spent.toSorted((one, two) => one.at - two.at)));
      }
    },
    spend: (way, write) => {
      const ready = readyAt(way, write);
      // Read after it: a real clock goes on between two looks, and "at once" would be the future for ever.
      const now = clock.monotonic();
      if (ready > now) return false;
      const { installationId, pull } = way;
      forgetFull(now);
      buckets.set(pull, spendOnPull(pace, bucketOf(pull), now));
      budgets.set(installationId, spendWrite(budgetOf(installationId), write, now));
      counts.set(installationId, (counts.get(installationId) ?? 0) + 1);
      return true;
    },
    limited: (installationId, waitMs) =>
      void budgets.set(installationId, limitHit(pace, budgetOf(installationId), waitMs, clock.monotonic())),
    wentThrough: (installationId) => void budgets.set(installationId, wentThrough(budgetOf(installationId))),
    places: (installationId) => sideBySide(pace, budgetOf(installationId)),
    served: (installationId) => counts.get(installationId) ?? 0,
    figures: () => {
      const now = clock.monotonic();
      const within = ({ made }: WriteBudget, ms: number): number =>
        made.reduce((sum, { at, amount }) => sum + (at > now - ms ? amount : 0), 0);
      return [...budgets].map(([installationId, budget]) => ({
        installationId,
        lastMinute: within(budget, 60_000),
        lastHour: within(budget, 3_600_000),
        closedForMs: Math.max(0, budget.closedUntil - now),
        primary: primary(installationId),
      }));
    },
  };
};
