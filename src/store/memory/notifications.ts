import { calmMs } from '../../domain/notification-pacing.ts';
import type { NotificationEnd, Notifications, StoredNotification } from '../notifications/port.ts';
import { asStored, type Enter, type MemoryTables, sortedBy } from './tables.ts';

export interface NotificationRow {
  readonly stored: StoredNotification;
  readonly state: 'waiting' | NotificationEnd;
  readonly endedAt: number | null;
}

export const createNotifications = (
  { notifications, notificationMessages, nextSeq }: MemoryTables,
  enter: Enter,
): Notifications => {
  const all = () => sortedBy([...notifications.values()], ({ stored }) => stored.seq);
  /** What is held back for longer than anything is was written by a clock that was wrong. */
  const isDue = ({ heldUntil }: StoredNotification, at: number): boolean =>
    heldUntil === null || heldUntil <= at || heldUntil > at + calmMs;
  const waiting = (channel: string) =>
    all().filter(({ stored, state }) => state === 'waiting' && stored.channel === channel);
  const change = (seq: number, to: (row: NotificationRow) => NotificationRow): void => {
    const row = notifications.get(seq);
    if (row !== undefined) notifications.set(seq, asStored(to(row)));
  };
  const isOpen = (state: NotificationRow['state']): state is 'waiting' | 'dead' =>
    state === 'waiting' || state === 'dead';
  return {
    add: (one) =>
      enter(() => {
        const known = all().some(
          ({ stored }) => stored.channel === one.channel && stored.notification.id === one.notification.id,
        );
        if (known) return 'known';
        const seq = nextSeq();
        const stored = { ...one, seq, attempts: 0, because: null };
        notifications.set(seq, asStored({ stored, state: 'waiting', endedAt: null }));
        return 'new';
      }),
    lastTold: (channel, thing) =>
      enter(() => {
        const last = all().findLast(
          ({ stored, state }) =>
            stored.channel === channel && stored.thing === thing && state !== 'withdrawn',
        );
        if (last === undefined) return null;
        const { notification, about } = last.stored;
        return { type: notification.type, level: notification.level, about };
      }),
    toldAt: (channel, thing, { type, about }) =>
      enter(() => {
        const last = all().findLast(
          ({ stored, state }) =>
            stored.channel === channel &&
            stored.thing === thing &&
            stored.notification.type === type &&
            stored.about === about &&
            (state === 'waiting' || state === 'sent' || state === 'dead'),
        );
        return last === undefined ? null : (last.stored.heldUntil ?? last.stored.createdAt);
      }),
    withdraw: (channel, thing, at) =>
      enter(() => {
        const held = waiting(channel).filter(
          ({ stored }) => stored.thing === thing && (stored.heldUntil ?? 0) > at,
        );
        for (const { stored } of held)
          change(stored.seq, (row) => ({ ...row, state: 'withdrawn', endedAt: at }));
        return held.length > 0;
      }),
    heldUntil: (channel) =>
      enter(() => {
        const times = waiting(channel).flatMap(({ stored: { heldUntil } }) => heldUntil ?? []);
        return times.length === 0 ? null : Math.min(...times);
      }),
    next: (channel, at) =>
      enter(() => waiting(channel).find(({ stored }) => isDue(stored, at))?.stored ?? null),
    newest: (channel, thing, at) =>
      enter(() => {
        const some = waiting(channel).filter(({ stored }) => stored.thing === thing && isDue(stored, at));
        for (const { stored } of some.slice(0, -1))
          change(stored.seq, (row) => ({ ...row, state: 'superseded', endedAt: at }));
        return some.at(-1)?.stored ?? null;
      }),
    tried: (seq, because) =>
      enter(() =>
        change(seq, (row) => ({
          ...row,
          stored: { ...row.stored, attempts: row.stored.attempts + 1, because },
        })),
      ),
    end: (seq, how, because, at) =>
      enter(() =>
        change(seq, (row) =>
          row.state === 'waiting'
            ? {
                stored: { ...row.stored, attempts: row.stored.attempts + 1, because },
                state: how,
                endedAt: at,
              }
            : row,
        ),
      ),
    message: (channel, thing) => enter(() => notificationMessages.get(`${channel} ${thing}`) ?? null),
    keepMessage: (channel, thing, id) => enter(() => notificationMessages.set(`${channel} ${thing}`, id)),
    open: (repositories, limit) =>
      enter(() =>
        all()
          .toReversed()
          .flatMap(({ stored, state }) =>
            isOpen(state) && (repositories === null || repositories.includes(stored.notification.repo.id))
              ? [{ ...stored, state }]
              : [],
          )
          .slice(0, limit),
      ),
    counts: () =>
      enter(() => {
        const rows = all();
        const waits = rows.filter(({ state }) => state === 'waiting');
        return {
          waiting: waits.length,
          dead: rows.filter(({ state }) => state === 'dead').length,
          oldestAt:
            waits.length === 0
              ? null
              : Math.min(...waits.map(({ stored }) => stored.heldUntil ?? stored.createdAt)),
        };
      }),
    prune: (before, limit) =>
      enter(() => {
        const old = all()
          .filter(({ endedAt }) => endedAt !== null && endedAt < before)
          .slice(0, limit);
        for (const { stored } of old) notifications.delete(stored.seq);
        return old.length;
      }),
  };
};
