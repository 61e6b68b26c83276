import type { PullRef } from '../../domain/pull.ts';
import type { PullKey } from '../port.ts';

/** A thing on the forge that we keep true: rendered from the store when it is sent (promise 10). */
export interface Report {
  /** `board`, `check:<sha>:<name>`, `reply:<comment id>`, `reaction:<comment id>`, `deployment:<run id>`; unique within the pull request. */
  readonly thing: string;
  readonly pull: PullRef;
  /** Rises with every wish; what is sent is at least as new as this. */
  readonly wanted: number;
  readonly sent: number;
  /** Id on the forge once it exists. */
  readonly externalId: number | null;
  /** For things that are not rendered from other rows: what to say, as data. */
  readonly content: unknown;
  readonly attempts: number;
  /** Not before, Unix milliseconds. */
  readonly dueAt: number;
  /** Given up; the reason. */
  readonly parked: string | null;
  /** See `reportPriority`. */
  readonly priority: number;
  /** When the oldest wish that is not sent fell due, Unix milliseconds. */
  readonly since: number;
  /** When what was sent last was read from the store, Unix milliseconds; null: nothing was sent. */
  readonly toldAt: number | null;
  /** What was sent last was progress. */
  readonly early: boolean;
  /** Of what was sent last; null where it is not known what is there. */
  readonly digest: string | null;
  /** A text of so many bytes was refused; shorter ones may do. */
  readonly refusedBytes: number | null;
}

/** What waits for one pull request and is due. */
export interface ReportHead extends PullKey {
  readonly installationId: number;
  /** The highest. */
  readonly priority: number;
  /** The oldest. */
  readonly since: number;
  /** Another one after every wish. */
  readonly version: number;
}

/** What was said at last. */
export interface Told {
  /** Unix milliseconds; when it was read from the store, which is before it was sent. */
  readonly at: number;
  readonly early: boolean;
  readonly digest: string | null;
  /** When a write was sent that counts, as `wrote` does; null where it was none. */
  readonly wroteAt: number | null;
}

export interface Reports {
  /**
   * Wishes for a thing to be brought up to date. A wish that is due earlier than the one waiting
   * brings it forward, never back, and the higher priority of the two counts. One that is being sent
   * does not wait: the new one has its own time. Revives a parked thing.
   */
  want(pull: PullRef, thing: string, dueAt: number, content?: unknown, priority?: number): Promise<void>;
  /**
   * Pull requests with something due by `at`: not parked, wanted > sent. What says that it is due more
   * than a quarter of an hour later was written under a clock that was wrong, and is due.
   */
  heads(at: number): Promise<readonly ReportHead[]>;
  /** All that waits for a pull request, due or not, as it was wished for first. */
  waitingOf(pull: PullKey): Promise<readonly Report[]>;
  parkedOf(pull: PullKey): Promise<readonly Report[]>;
  /** When the next one falls due, of those due after `after` where that is given; null when none waits. */
  nextDue(after?: number): Promise<number | null>;
  get(pull: PullKey, thing: string): Promise<Report | null>;
  /**
   * Right before sending. `false`: it was wished for anew, or parked, since `wanted` was read, and
   * nothing was changed. From here on its digest is not known.
   */
  take(pull: PullKey, thing: string, wanted: number): Promise<boolean>;
  /** `wanted` is the value that was read before rendering; a newer wish stays open. */
  sent(pull: PullKey, thing: string, wanted: number, externalId: number | null, told?: Told): Promise<void>;
  /** It was tried and did not go: counts as an attempt, unless `uncounted`. It is not taken any more, and at least as urgent as it was. */
  postponed(
    pull: PullKey,
    thing: string,
    dueAt: number,
    how?: { readonly priority?: number; readonly refusedBytes?: number; readonly uncounted?: boolean },
  ): Promise<void>;
  park(pull: PullKey, thing: string, reason: string): Promise<void>;
  /** After a start: nobody is sending anything. */
  release(): Promise<void>;
  /** Counts a write of an installation at that time. */
  wrote(installationId: number, at: number): Promise<void>;
  /** Writes since then, by the minute in which they were sent. */
  writesSince(
    at: number,
  ): Promise<
    readonly { readonly installationId: number; readonly minuteAt: number; readonly writes: number }[]
  >;
  /** How many things are not up to date, and how many were given up. */
  backlog(): Promise<{
    readonly waiting: number;
    /** When the oldest wish that is not sent fell due, Unix milliseconds; null when none waits. */
    readonly oldest: number | null;
    readonly parked: number;
  }>;
}
