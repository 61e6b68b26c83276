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
}

/** `superseded`: something newer of the same thing is told in its place. `dead`: it was given up. */
export type NotificationEnd = 'sent' | 'superseded' | 'dead';

export interface ListedNotification extends StoredNotification {
  readonly state: 'waiting' | 'dead';
}

/** What others are to be told of, by channel. */
export interface Notifications {
  /** `known`: that channel has it already, nothing was changed. */
  add(one: Omit<StoredNotification, 'seq' | 'attempts' | 'because'>): Promise<'new' | 'known'>;
  /** What was added last of a thing, whatever became of it. */
  lastTold(channel: string, thing: string): Promise<LastTold | null>;
  /** The oldest that waits. */
  next(channel: string): Promise<StoredNotification | null>;
  /** Ends those of the thing that wait and are older than its newest; returns that one. Null: none waits. */
  newest(channel: string, thing: string, at: number): Promise<StoredNotification | null>;
  /** An attempt came to nothing. */
  tried(seq: number, because: string): Promise<void>;
  end(seq: number, how: NotificationEnd, because: string | null, at: number): Promise<void>;
  /** The channel's own id of what was told of a thing; null: nothing was, or it gives none. */
  message(channel: string, thing: string): Promise<string | null>;
  keepMessage(channel: string, thing: string, message: string): Promise<void>;
  /** Those that wait and those that were given up, newest first. `repositories`: ids; null: of any. */
  open(repositories: readonly number[] | null, limit: number): Promise<readonly ListedNotification[]>;
  /** `oldestAt`: when the oldest that waits was added, Unix milliseconds. */
  counts(): Promise<{ readonly waiting: number; readonly dead: number; readonly oldestAt: number | null }>;
  /** Removes what ended before then, up to `limit` of them; returns how many. */
  prune(before: number, limit: number): Promise<number>;
}
