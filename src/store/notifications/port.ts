import type { LastTold, Notification } from '../../domain/notification.ts';

/** What one channel is to be told. */
export interface StoredNotification {
  /** Higher than those that were added before. */
  readonly seq: number;
  readonly channel: string;
  readonly thing: string;
  /** The thing of which it is a part; null: it stands alone. */
  readonly conversation: string | null;
  readonly about: string;
  readonly notification: Notification;
  readonly attempts: number;
  /** Why it did not arrive, at the last attempt; null: none was made. */
  readonly because: string | null;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** The same was told a short while ago: it is told then, if it still is so (Unix milliseconds). Null: at once. */
  readonly heldUntil: number | null;
}

/**
 * `superseded`: something newer of the same thing is told in its place. `dead`: it was given up. `withdrawn`: it was held back, and was over
 * before it was told.
 */
export type NotificationEnd = 'sent' | 'superseded' | 'dead' | 'withdrawn';

export interface ListedNotification extends StoredNotification {
  readonly state: 'waiting' | 'dead';
}

/** What others are to be told of, by channel. */
export interface Notifications {
  /** `known`: that channel has it already, nothing was changed. */
  add(one: Omit<StoredNotification, 'seq' | 'attempts' | 'because'>): Promise<'new' | 'known'>;
  /** What was added last of a thing, whatever became of it but that it was withdrawn. */
  lastTold(channel: string, thing: string): Promise<LastTold | null>;
  /** When just this was told last of a thing, or is to be; null: it never was. */
  toldAt(channel: string, thing: string, what: Pick<LastTold, 'type' | 'about'>): Promise<number | null>;
  /** What is held back of a thing at that time is not told. False: nothing was. */
  withdraw(channel: string, thing: string, at: number): Promise<boolean>;
  /** The oldest that waits and is not held back at that time. */
  next(channel: string, at: number): Promise<StoredNotification | null>;
  /** Until when the first of those is held back that wait; null: none is. */
  heldUntil(channel: string): Promise<number | null>;
  /** Ends those of the thing that wait, are not held back, and are older than its newest; returns that one. Null: none waits. */
  newest(channel: string, thing: string, at: number): Promise<StoredNotification | null>;
  /** An attempt came to nothing. */
  tried(seq: number, because: string): Promise<void>;
  end(seq: number, how: NotificationEnd, because: string | null, at: number): Promise<void>;
  /** The channel's own id of what was told of a thing; null: nothing was, or it gives none. */
  message(channel: string, thing: string): Promise<string | null>;
  keepMessage(channel: string, thing: string, message: string): Promise<void>;
  /** Those that wait and those that were given up, newest first. `repositories`: ids; null: of any. */
  open(repositories: readonly number[] | null, limit: number): Promise<readonly ListedNotification[]>;
  /** `oldestAt`: since when the oldest that waits could be told, Unix milliseconds. */
  counts(): Promise<{ readonly waiting: number; readonly dead: number; readonly oldestAt: number | null }>;
  /** Removes what ended before then, up to `limit` of them; returns how many. */
  prune(before: number, limit: number): Promise<number>;
}
