import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import type { Delivery } from '../../src/domain/trigger.ts';
import { maxBodyBytes } from '../../src/forge/github/body.ts';
import { createWebhookListener } from '../../src/forge/github/webhooks.ts';
import { silentLog } from '../../src/observe/log.ts';
import { headersFor, privateKey, secret, serveWebhooks, sign } from './webhook-server.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const serve = async (onDelivery?: (delivery: Delivery) => Promise<void>) => {
  const stored: Delivery[] = [];
  const server = await serveWebhooks(onDelivery ?? (async (delivery) => void stored.push(delivery)));
  closing.push(server.close);
  const post = (body: string | Buffer, headers: Record<string, string> = headersFor(body)) =>
    fetch(server.url, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers });
  return { ...server, stored, post };
};

const body = JSON.stringify({ action: 'opened', text: 'ünïcode \u{1f6a2}' });
const without = (name: string) =>
  Object.fromEntries(Object.entries(headersFor(body)).filter(([key]) => key !== name));

describe('what is acknowledged', () => {
  test('a signed delivery, with its id, event and time', async () => {
    const { post, stored } = await serve();
    const before = createSystemClock().now();
    expect((await post(body)).status).toBe(202);
    expect(stored).toEqual([
      {
        id: 'd-1',
        event: 'pull_request',
        action: 'opened',
        repository: null,
        trigger: null,
        receivedAt: expect.any(Number),
      },
    ]);
    expect(stored[0]?.receivedAt).toBeGreaterThanOrEqual(before);
  });

  test('an event that Probot has no name for', async () => {
    const { post, stored } = await serve();
    expect((await post(body, headersFor(body, 'invented_tomorrow'))).status).toBe(202);
    expect(stored).toHaveLength(1);
  });

  test('only after it is stored', async () => {
    const store = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const { post } = await serve(() => {
      called.resolve();
      return store.promise;
    });
    let answered = false;
    const answer = post(body).finally(() => {
      answered = true;
    });
    await called.promise;
    // Another whole request and answer go by while this one waits.
    expect((await post('{}', {})).status).toBe(415);
    expect(answered).toBe(false);
    store.resolve();
    expect((await answer).status).toBe(202);
  });

  test('the largest body that GitHub sends', async () => {
    const { post, stored } = await serve();
    const large = JSON.stringify({ action: 'opened', text: 'x'.repeat(25 * 1024 * 1024 - 100) });
    expect((await post(large)).status).toBe(202);
    expect(stored).toHaveLength(1);
  });
});

describe('a store that fails', () => {
  test('503, so that GitHub keeps the delivery as failed', async () => {
    const { post } = await serve(() => Promise.reject(new Error('disk full at /secret/path')));
    const answer = await post(body);
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('disk');
  });

  test('also where it throws something that is no error', async () => {
    const { post } = await serve(() => Promise.reject(null));
    expect((await post(body)).status).toBe(503);
  });

  test('too slow: 503 before GitHub hangs up, never a 2xx', async () => {
    const late = Promise.withResolvers<void>();
    const real = createSystemClock();
    // The deadline of the store is reached at once, that of the body is not.
    const clock: Clock = {
      ...real,
      sleep: (ms, signal) => (ms === 9_000 ? Promise.resolve() : real.sleep(ms, signal)),
    };
    const server = await serveWebhooks(() => late.promise, clock);
    closing.push(server.close);
    const answer = await fetch(server.url, { method: 'POST', body, headers: headersFor(body) });
    expect(answer.status).toBe(503);
    late.resolve();
  });
});

test('a body that is not there when GitHub would hang up: 408, and nothing stored', async () => {
  const real = createSystemClock();
  // The time for the body is over at once.
  const clock: Clock = {
    ...real,
    sleep: (ms, signal) => (ms === 8_000 ? Promise.resolve() : real.sleep(ms, signal)),
  };
  const stored: Delivery[] = [];
  const server = await serveWebhooks(async (delivery) => void stored.push(delivery), clock);
  closing.push(server.close);
  const socket = connect(server.port, '127.0.0.1');
  const head = Object.entries({ ...headersFor(body), 'content-length': 1_000 });
  socket.write(
    `POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n{`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
  socket.destroy();
  expect(stored).toEqual([]);
});

describe('what is refused, with nothing stored', () => {
  test.each<[string, number, Record<string, string>]>([
    ['no signature', 401, without('x-hub-signature-256')],
    [
      'an old-style signature only',
      401,
      { ...without('x-hub-signature-256'), 'x-hub-signature': sign(body, secret, 'sha1') },
    ],
    [
      'an old-style signature in the new header',
      401,
      { ...headersFor(body), 'x-hub-signature-256': sign(body, secret, 'sha1') },
    ],
    [
      'a signature by another key',
      400,
      { ...headersFor(body), 'x-hub-signature-256': sign(body, 'development') },
    ],
    ['a signature of another body', 400, { ...headersFor(body), 'x-hub-signature-256': sign(`${body} `) }],
    [
      'a signature in capitals',
      401,
      { ...headersFor(body), 'x-hub-signature-256': sign(body).toUpperCase() },
    ],
    ['no id', 400, without('x-github-delivery')],
    ['an id of another shape', 400, { ...headersFor(body), 'x-github-delivery': '../../etc' }],
    ['no event', 400, without('x-github-event')],
    ['the event of all events', 400, { ...headersFor(body), 'x-github-event': '*' }],
    ['a form', 415, { ...headersFor(body), 'content-type': 'application/x-www-form-urlencoded' }],
    ['no content type', 415, without('content-type')],
    ['a compressed body', 415, { ...headersFor(body), 'content-encoding': 'gzip' }],
  ])('%s', async (_what, status, headers) => {
    const { post, stored } = await serve();
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toBe('');
    expect(stored).toEqual([]);
  });

  test.each(['', 'not json', '[]', '1', 'null', '"text"', '{"action":'])(
    'the signed body %j',
    async (text) => {
      const { post, stored } = await serve();
      expect((await post(text)).status).toBe(400);
      expect(stored).toEqual([]);
    },
  );

  test('another method', async () => {
    const { url, stored } = await serve();
    const answer = await fetch(url);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(stored).toEqual([]);
  });

  test('an announced length over the cap, before a byte of it is sent', async () => {
    const { port, stored } = await serve();
    const socket = connect(port, '127.0.0.1');
    const lines = Object.entries({ ...headersFor(body), 'content-length': maxBodyBytes + 1 });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`POST /api/github/webhooks HTTP/1.1\r\nhost: here\r\n${head}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
    socket.destroy();
    expect(stored).toEqual([]);
  });

  test('a body over the cap that never said how long it is', async () => {
    const { url, stored } = await serve();
    const chunk = new Uint8Array(1024 * 1024);
    let sent = 0;
    const stream = new ReadableStream({
      pull(controller) {
        sent += 1;
        if (sent > 27) controller.close();
        else controller.enqueue(chunk);
      },
    });
    // Node wants `duplex` with a stream; its types do not know it.
    const init = { method: 'POST', body: stream, headers: headersFor(body), duplex: 'half' };
    const answer = await fetch(url, init);
    expect(answer.status).toBe(413);
    expect(stored).toEqual([]);
  });

  test('a sender that goes away in the middle', async () => {
    const { port, stored, post } = await serve();
    const socket = connect(port, '127.0.0.1');
    const lines = Object.entries({ ...headersFor(body), 'content-length': Buffer.byteLength(body) });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`POST /api/github/webhooks HTTP/1.1\r\nhost: here\r\n${head}\r\n${body.slice(0, 10)}`);
    socket.end();
    await once(socket.resume(), 'close');
    expect(stored).toEqual([]);
    expect((await post(body)).status).toBe(202);
  });
});

test('another path is left to others, untouched', async () => {
  const { port } = await serve();
  const answer = await fetch(`http://127.0.0.1:${port}/elsewhere`, { method: 'POST', body });
  expect(answer.status).toBe(404);
});

test('a trailing slash and a query are still our path', async () => {
  const { url, stored } = await serve();
  const answer = await fetch(`${url}/?from=here`, { method: 'POST', body, headers: headersFor(body) });
  expect(answer.status).toBe(202);
  expect(stored).toHaveLength(1);
});

test.each(['', '  ', 'development'])(
  'the secret %j is refused: Probot would listen to everybody',
  async (weak) => {
    const made = createWebhookListener({
      appId: 1,
      privateKey,
      webhookSecret: weak,
      path: '/',
      onDelivery: async () => {},
      clock: createSystemClock(),
      log: silentLog,
    });
    await expect(made).rejects.toThrow(TypeError);
  },
);

test('nothing is taken while it is closed: 503 before a byte is read, and nothing stored', async () => {
  const stored: Delivery[] = [];
  let why: string | null = 'the disk is full';
  const server = await serveWebhooks(
    async (delivery) => void stored.push(delivery),
    createSystemClock(),
    async () => why,
  );
  closing.push(server.close);
  const post = () => fetch(server.url, { method: 'POST', body, headers: headersFor(body) });
  const answer = await post();
  expect([answer.status, (await answer.text()).trim()]).toEqual([
    503,
    'No webhook is taken: the disk is full.',
  ]);
  expect(stored).toEqual([]);
  why = null;
  expect((await post()).status).toBe(202);
  expect(stored).toHaveLength(1);
});
