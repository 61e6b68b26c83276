import type { Clock } from '../../clock/port.ts';
import type { RepoRef } from '../../domain/pull.ts';
import type { FailedDelivery, Forge } from '../port.ts';
import type { Connection } from './connection.ts';
import { nextCursor, pages } from './pages.ts';
import { answeredAt } from './read.ts';

/** Five thousand attempts: more than a busy hour; a longer blindness is mended by comparing, not by counting. */
const mostPages = 50;

interface Attempt extends Pick<FailedDelivery, 'id' | 'event' | 'action'> {
  readonly at: number;
  readonly taken: boolean;
}

const isTaken = (statusCode: number): boolean => statusCode >= 200 && statusCode < 400;

/**
 * What the App itself may ask, with its key: where it is installed, and which of its webhooks did not arrive.
 * https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
 */
export const createDeliveries = (
  connection: Connection,
  clock: Pick<Clock, 'now'>,
): Pick<Forge, 'installations' | 'repositories' | 'failedDeliveries' | 'redeliver'> => ({
  // https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app
  async installations() {
    const list = (page: number) => connection.app.rest.apps.listInstallations({ per_page: 100, page });
    const found: number[] = [];
    for await (const some of pages(list))
      found.push(...some.filter((one) => !one.suspended_at).map(({ id }) => id));
    return found;
  },
  // https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
  async repositories(installationId) {
    const api = connection.installation(installationId);
    const list = (page: number) => api.rest.apps.listReposAccessibleToInstallation({ per_page: 100, page });
    const found: RepoRef[] = [];
    for await (const { repositories } of pages(list))
      for (const { id, name, owner } of repositories)
        found.push({ id, owner: owner.login, name, installationId });
    return found;
  },
  // https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
  async failedDeliveries(withinMs) {
    const newest = new Map<string, Attempt>();
    let now: number | null = null;
    let cursor: string | null = null;
    let complete = false;
    for (let page = 0; page < mostPages && !complete; page += 1) {
      // Not by `status=failure`: that leaves out those which got no answer at all.
      const { data, headers } = await connection.app.rest.apps.listWebhookDeliveries({
        per_page: 100,
        ...(cursor === null ? {} : { cursor }),
      });
      now ??= answeredAt(headers, clock);
      for (const { id, guid, event, action, delivered_at, status_code } of data) {
        const at = Date.parse(delivered_at);
        // The list is newest first.
        if (at < now - withinMs) complete = true;
        else {
          const known = newest.get(guid);
          const taken = isTaken(status_code) || known?.taken === true;
          newest.set(guid, known === undefined ? { id, at, event, action, taken } : { ...known, taken });
        }
      }
      cursor = nextCursor(headers.link);
      if (cursor === null) complete = true;
    }
    const failed = [...newest]
      .filter(([, { taken }]) => !taken)
      .map(
        ([guid, { id, at, event, action }]): FailedDelivery => ({
          id,
          guid,
          event,
          action,
          ageMs: Math.max((now ?? at) - at, 0),
        }),
      );
    return { failed: failed.reverse(), complete };
  },
  // https://docs.github.com/en/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook
  async redeliver(id) {
    await connection.app.rest.apps.redeliverWebhookDelivery({ delivery_id: id });
  },
});
