import { patience, restMs } from '../../domain/notification-pacing.ts';
import type { Channel, Outgoing } from '../../notify/port.ts';
import { conversationTitle, notificationTitle } from '../../render/notification.ts';
import type { StoredNotification } from '../../store/notifications/port.ts';
import type { FlowPorts } from '../ports.ts';

type Ports = Pick<FlowPorts, 'store' | 'clock' | 'log' | 'mask' | 'pageUrl'>;

/** Nobody tells us that a clock was set. */
const longestMs = 5 * 60_000;

/** Tells one channel what waits for it, oldest first, one at a time: a channel that is down holds up nobody but itself. */
export interface Sender {
  /** One attempt. Returns when to look again, in milliseconds; null: nothing waits. */
  turn(): Promise<number | null>;
}

export const createSender = (ports: Ports, channel: Channel): Sender => {
  const { store, clock, log, mask, pageUrl } = ports;
  let failures = 0;
  let restUntil = Number.NEGATIVE_INFINITY;

  const outgoingOf = async (one: StoredNotification): Promise<Outgoing> => {
    const { notification, conversation } = one;
    const page = notification.runId === null ? null : pageUrl(`/runs/${notification.runId}`);
    return {
      notification,
      told: { title: mask(notificationTitle(notification)), url: page, level: notification.level },
      conversation:
        conversation === null
          ? null
          : { title: mask(conversationTitle(notification)), url: null, level: notification.level },
      known: {
        message: await store.notifications.message(channel.name, one.thing),
        conversation:
          conversation === null ? null : await store.notifications.message(channel.name, conversation),
      },
    };
  };

  const keep = async (thing: string | null, id: string | null): Promise<void> => {
    if (thing !== null && id !== null) await store.notifications.keepMessage(channel.name, thing, id);
  };

  const attempt = async (one: StoredNotification): Promise<number> => {
    const answer = await channel.send(await outgoingOf(one));
    const now = clock.now();
    if (answer.kind === 'sent') {
      // Ids first: what is sent again after a crash edits what is there.
      await keep(one.conversation, answer.conversation);
      await keep(one.thing, answer.message);
      await store.notifications.end(one.seq, 'sent', null, now);
      if (failures > 0) log.info('a channel takes notifications again', { channel: channel.name });
      failures = 0;
      return 0;
    }
    const because = mask(answer.because);
    if (answer.kind === 'refused') {
      await store.notifications.end(one.seq, 'dead', because, now);
      log.error('a notification was refused', {
        channel: channel.name,
        type: one.notification.type,
        because,
      });
      return 0;
    }
    await keep(one.conversation, answer.conversation);
    if (now - (one.heldUntil ?? one.createdAt) >= patience) {
      await store.notifications.end(one.seq, 'dead', because, now);
      log.error('a notification was given up', {
        channel: channel.name,
        type: one.notification.type,
        because,
      });
    } else {
      await store.notifications.tried(one.seq, because);
    }
    if (failures === 0) log.warn('a channel takes no notifications', { channel: channel.name, because });
    failures += 1;
    const rest = Math.max(restMs(failures), answer.retryAfterMs ?? 0);
    // The monotonic clock: a wall clock that jumps must neither flood a channel nor keep it silent.
    restUntil = clock.monotonic() + rest;
    return rest;
  };

  return {
    turn: async () => {
      const rest = restUntil - clock.monotonic();
      if (rest > 0) return rest;
      const first = await store.notifications.next(channel.name, clock.now());
      if (first === null) {
        const until = await store.notifications.heldUntil(channel.name);
        return until === null ? null : Math.max(1_000, Math.min(until - clock.now(), longestMs));
      }
      const one = channel.edits
        ? await store.notifications.newest(channel.name, first.thing, clock.now())
        : first;
      return one === null ? null : attempt(one);
    },
  };
};
