/** What every channel promises, whatever the other side does. */
import { afterEach, describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import type { Channel } from '../../src/notify/port.ts';
import { createSlackChannel } from '../../src/notify/slack.ts';
import { createWebhookChannel } from '../../src/notify/webhook.ts';
import { asSlack, type Listener, startListener } from '../support/listener.ts';
import { outgoing } from '../support/outgoing.ts';

const listeners: Listener[] = [];
afterEach(async () => {
  for (const one of listeners.splice(0)) await one.close();
});
const listen = async (): Promise<Listener> => {
  const listener = await startListener();
  listeners.push(listener);
  return listener;
};

const secret = 'a-secret-of-this-channel';

interface Made {
  readonly channel: Channel;
  readonly advance: (ms: number) => Promise<void>;
}
const time = () => createVirtualClock();
const kinds: readonly (readonly [string, (origin: string) => Made, (listener: Listener) => void])[] = [
  [
    'webhook',
    (url) => {
      const { clock, advance } = time();
      return { channel: createWebhookChannel({ name: 'ops', url, secret, clock }), advance };
    },
    (listener) => listener.answer(() => ({ status: 204 })),
  ],
  [
    'Slack',
    (api) => {
      const { clock, advance } = time();
      return {
        channel: createSlackChannel({ name: 'chat', api, channel: 'C01', token: secret, clock }),
        advance,
      };
    },
    (listener) => void asSlack(listener),
  ],
];

describe.each(kinds)('%s', (_kind, make, takes) => {
  it('says that it was sent when it arrived', async () => {
    const listener = await listen();
    takes(listener);
    expect(await make(listener.origin).channel.send(outgoing)).toMatchObject({ kind: 'sent' });
    expect(listener.heard).toHaveLength(1);
  });

  it.each([500, 502, 503, 429, 408, 401, 404, 301])('may be asked again after %s', async (status) => {
    const listener = await listen();
    listener.answer(() => ({ status, headers: { location: 'http://127.0.0.1:1/', 'retry-after': '7' } }));
    const answer = await make(listener.origin).channel.send(outgoing);
    expect(answer).toEqual({
      kind: 'unavailable',
      because: `it answered ${status}`,
      retryAfterMs: 7_000,
      conversation: null,
    });
    expect(listener.heard).toHaveLength(1);
  });

  it('is unavailable where nobody listens, and names neither address nor secret', async () => {
    const listener = await listen();
    await listener.close();
    const answer = await make(`${listener.origin}/hook?token=${secret}`).channel.send(outgoing);
    expect(answer).toMatchObject({ kind: 'unavailable', because: 'it cannot be reached (ECONNREFUSED)' });
    expect(JSON.stringify(answer)).not.toContain(secret);
  });

  it('waits ten seconds for an answer, and no longer', async () => {
    const listener = await listen();
    listener.answer(() => null);
    const { channel, advance } = make(listener.origin);
    const sending = channel.send(outgoing);
    while (listener.heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await advance(10_000);
    expect(await sending).toMatchObject({ kind: 'unavailable', because: 'it took longer than 10 s' });
  });

  it('reads no more of an answer than it needs', async () => {
    const listener = await listen();
    listener.answer(() => ({ status: 503, body: 'x'.repeat(8_000_000) }));
    expect(await make(listener.origin).channel.send(outgoing)).toMatchObject({ because: 'it answered 503' });
  });
});
