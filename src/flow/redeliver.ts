import { z } from 'zod';
import { longestDelayMs } from '../domain/late.ts';
import { overlapMs, redeliverableMs, redeliverEveryMs } from '../domain/sweep.ts';
import type { FailedDelivery } from '../forge/port.ts';
import type { FlowPorts } from './ports.ts';

type Ports = Pick<FlowPorts, 'forge' | 'store' | 'clock' | 'log'>;

/** At most this many in one go: they come back as webhooks, beside those of people who wait. */
const atATime = 200;
const longestPauseMs = 6 * 60 * 60_000;
const cursorName = 'deliveries';
const cursorSchema = z.object({ at: z.number() }).nullable().catch(null);

export interface Redelivered {
  readonly count: number;
  /** Webhooks may be lost for good: nobody looked for longer than GitHub keeps them, or there were too many. */
  readonly isBlind: boolean;
}

/** When a webhook that fails again and again may be asked for next, by its id. Forgotten with the server, at worst asked once more. */
type Pauses = Map<string, { readonly until: number; readonly ms: number; readonly failedAt: number }>;

/** Nothing in the webhook of a button says when it was pressed. So it is asked for only while it can not be too late for anything. */
const isLatePress = ({ event, action }: FailedDelivery, ageMs: number): boolean =>
  event === 'check_run' && action === 'requested_action' && ageMs > longestDelayMs;

/**
 * One look at the webhooks of the App that we did not take: each is asked for once more. GitHub never does that by itself.
 * What is not asked for now is looked at again next time.
 * https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
 *
 * @throws {ForgeError} when the list cannot be had; the next look goes back to where this one would have.
 */
export const createRedeliver = ({ forge, store, clock, log }: Ports): (() => Promise<Redelivered>) => {
  const pauses: Pauses = new Map();
  return async () => {
    const now = clock.now();
    const cursor = cursorSchema.parse(await store.cursors.get(cursorName));
    // The first look of all goes back a little: a server that died in its first minutes may have missed what came then.
    const from = Math.min(cursor?.at ?? now, now);
    const sinceMs = Math.min(now - from, redeliverableMs) + overlapMs;
    const { failed, complete } = await forge.failedDeliveries(sinceMs);
    for (const guid of pauses.keys()) if (!failed.some((one) => one.guid === guid)) pauses.delete(guid);
    let count = 0;
    let reached = now;
    for (const delivery of failed) {
      const { id, guid, ageMs } = delivery;
      const pause = pauses.get(guid);
      // Each attempt has an age of its own, and the first one's is the age of what is in it.
      const failedAt = Math.min(pause?.failedAt ?? now, now - ageMs);
      if (isLatePress(delivery, now - failedAt)) continue;
      if (count < atATime && (pause === undefined || pause.until <= now)) {
        try {
          await forge.redeliver(id);
          count += 1;
          const ms = Math.min(pause === undefined ? redeliverEveryMs / 2 : pause.ms * 2, longestPauseMs);
          pauses.set(guid, { until: now + ms, ms, failedAt });
          continue;
        } catch (error) {
          log.warn('a webhook could not be asked for again', { delivery: guid, error });
        }
      }
      reached = Math.min(reached, now - ageMs);
    }
    await store.cursors.set(cursorName, { at: reached });
    if (count > 0) log.info('webhooks that failed were asked for again', { count });
    return { count, isBlind: now - from > redeliverableMs || !complete };
  };
};
