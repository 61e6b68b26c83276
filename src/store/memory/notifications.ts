import type { Notifications, StoredNotification } from '../notifications/port.ts';
import { asStored, type Enter, type MemoryTables, sortedBy } from './tables.ts';

export interface NotificationRow {
  readonly stored: StoredNotification;
  readonly state: 'waiting' | 'sent' | 'superseded' | 'dead';
  readonly endedAt: number | null;
}

export const createNotifications = (
  { notifications, notificationMessages, nextSeq }: MemoryTables,
  enter: Enter,
): Notifications => {
  const all = () => sortedBy([...notifications.values()], ({ stored }) => stored.seq);
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
        const last = all().findLast(({ stored }) => stored.channel === channel && stored.thing === thing);
        if (last === undefined) return null;
        const { notification, about } = last.stored;
        return { type: notification.type, level: notification.level, about };
      }),
    next: (channel) => enter(() => waiting(channel)[0]?.stored ?? null),
    newest: (channel, thing, at) =>
      enter(() => {
        const some = waiting(channel).filter(({ stored }) => stored.thing === thing);
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
          oldestAt: waits[0]?.stored.createdAt ?? null,
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
