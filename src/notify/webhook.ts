import { createHmac } from 'node:crypto';
import type { Clock } from '../clock/port.ts';
import { cloudEventOf } from './cloud-event.ts';
import type { Channel } from './port.ts';
import { post } from './request.ts';

export interface WebhookOptions {
  readonly name: string;
  readonly url: string;
  /** Signs what is sent. */
  readonly secret: string;
  readonly clock: Clock;
}

/** The body is what is wrong, or nobody wants it any more: the same again would be answered the same. */
const never: ReadonlySet<number> = new Set([400, 410, 413, 415, 422]);

/**
 * What is signed: the time, a dot, the body. A receiver compares in constant time, and refuses what is older than it wants to believe,
 * so that nobody can send it once more.
 *
 * @returns lower-case hexadecimal HMAC-SHA-256
 */
const signatureOf = (secret: string, seconds: number, body: string): string =>
  createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');

/** CloudEvents over HTTP, signed; any 2xx is an arrival. */
export const createWebhookChannel = ({ name, url, secret, clock }: WebhookOptions): Channel => ({
  name,
  edits: false,
  send: async ({ notification, told }) => {
    const body = JSON.stringify(cloudEventOf(notification, told));
    const seconds = Math.floor(clock.now() / 1000);
    const answer = await post(clock, {
      url,
      body,
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'tidegate',
        'x-tidegate-delivery': notification.id,
        'x-tidegate-timestamp': String(seconds),
        'x-tidegate-signature': `sha256=${signatureOf(secret, seconds, body)}`,
      },
    });
    if (answer.kind === 'failed')
      return { kind: 'unavailable', because: answer.because, retryAfterMs: null, conversation: null };
    const { status, retryAfterMs } = answer;
    if (status >= 200 && status < 300) return { kind: 'sent', message: null, conversation: null };
    const because = `it answered ${status}`;
    return never.has(status)
      ? { kind: 'refused', because }
      : { kind: 'unavailable', because, retryAfterMs, conversation: null };
  },
});
