import { fullNameOf } from '../../domain/pull.ts';
import { notificationTitle } from '../../render/notification.ts';
import type { PageRenderer } from '../../render/pages/view.ts';
import type { Store } from '../../store/port.ts';
import type { Framing } from './frame.ts';
import type { Reader } from './reader.ts';
import { html } from './respond.ts';

export interface NotificationsPorts {
  readonly store: Pick<Store, 'notifications'>;
  readonly renderer: PageRenderer;
  readonly framing: Framing;
  readonly mask: (text: string) => string;
}

const mostShown = 200;

/** What did not arrive, of the repositories that the reader may see. */
export const notificationsPage = async (
  { store, renderer, framing, mask }: NotificationsPorts,
  reader: Reader,
): Promise<Response> => {
  const repositories = reader.repositories === null ? null : [...reader.repositories.keys()];
  const open = await store.notifications.open(repositories, mostShown + 1);
  const view = {
    notifications: open.slice(0, mostShown).map((one) => ({
      channel: one.channel,
      title: mask(notificationTitle(one.notification)),
      repository: fullNameOf(one.notification.repo),
      state: one.state,
      attempts: one.attempts,
      because: one.because,
      at: one.createdAt,
    })),
    more: open.length > mostShown,
  };
  return html(renderer.notifications(framing.of('Notifications', 'notifications', reader), view), 200);
};
