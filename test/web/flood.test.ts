import { createServer as createPlainServer } from 'node:http';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { type BodyBudget, createBodyBudget, usualBodyLimits } from '../../src/forge/github/body-budget.ts';
import { createWebhookListener } from '../../src/forge/github/webhooks.ts';
import { silentLog } from '../../src/observe/log.ts';
import { createClientAddresses } from '../../src/web/client-address.ts';
import { usualCaps } from '../../src/web/connections.ts';
import { createServer, type ServerOptions } from '../../src/web/server.ts';
import { privateKey, secret } from '../forge/webhook-server.ts';
import { servePages } from './pages-world.ts';
import { deliver, headOf, openSender, type Sender } from './senders.ts';

const megabyte = 1_048_576;
const clock = createSystemClock();
const usualBudget = (limits = usualBodyLimits): BodyBudget =>
  createBodyBudget(() => clock.monotonic(), limits);

interface Served extends Partial<Pick<ServerOptions, 'caps' | 'limits'>> {
  readonly budget?: BodyBudget;
  readonly proxies?: readonly string[];
}

/** The public server as `app.ts` puts it together, with webhooks that are stored at once. */
const serve = async ({ budget = usualBudget(), proxies = [], ...options }: Served = {}) => {
  const clients = createClientAddresses(proxies);
  const stored: string[] = [];
  const webhooks = await createWebhookListener({
    appId: 1,
    privateKey,
    webhookSecret: secret,
    path: '/api/github/webhooks',
    onDelivery: async ({ id }) => void stored.push(id),
    clientOf: clients.of,
    budget,
    clock,
    log: silentLog,
  });
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    webhooks,
    ready: async () => ({ ok: true }),
    clients,
    clock,
    log: silentLog,
    ...options,
  });
  await server.start();
  onTestFinished(async () => {
    await server.stop();
    await nextTurn();
    await nextTurn();
  });
  return { url: server.url, stored, budget };
};

const stillOpen = (senders: readonly Sender[]): number => senders.filter((one) => one.isOpen()).length;

/** Until it is so; the limit is for what never comes. */
const until = async (isSo: () => boolean): Promise<void> => {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries > 4_000) throw new Error('it never came to that');
    await delay(5);
  }
};

/** So many connections, each with this sent over it and nothing more. */
const hold = async (
  url: string,
  many: number,
  text: string | Buffer,
  from?: string,
): Promise<readonly Sender[]> => {
  const senders: Sender[] = [];
  for (let one = 0; one < many; one += 1) {
    const sender = await openSender(url, from);
    await sender.send(text);
    senders.push(sender);
  }
  return senders;
};

const largeHead = headOf({ 'content-length': '20000000' });

test('two large bodies that stall keep nobody waiting, small or large', async ({ annotate }) => {
  const { url, budget, stored } = await serve();
  const stalled = await hold(
    url,
    2,
    Buffer.concat([Buffer.from(largeHead), Buffer.alloc(2 * megabyte, 120)]),
  );
  await until(() => budget.held().large >= 4 * megabyte);
  const small = await deliver(url);
  const large = await deliver(url, { bytes: 12_000_000 });
  expect([small.status, large.status]).toEqual([202, 202]);
  expect(stillOpen(stalled)).toBe(2);
  expect(stored).toHaveLength(2);
  await annotate(`while two stalled: small ${small.ms} ms, 12 MB ${large.ms} ms`);
});

describe('where bodies of strangers fill the room', () => {
  const limits = { smallBytes: 65_536, small: megabyte, large: 9 * megabyte };
  const fill = async (budget: BodyBudget) => {
    const served = await serve({ budget });
    const senders = await hold(
      served.url,
      4,
      Buffer.concat([Buffer.from(largeHead), Buffer.alloc(1_000_000, 120)]),
    );
    await until(() => budget.held().large >= 4_000_000);
    return { ...served, senders };
  };

  test('the one that is slowest goes, and a genuine one comes in', async () => {
    const budget = usualBudget(limits);
    const { url, senders } = await fill(budget);
    expect((await deliver(url, { bytes: 6_000_000 })).status).toBe(202);
    expect(stillOpen(senders)).toBeGreaterThan(0);
    expect(senders.some((one) => one.said().startsWith('HTTP/1.1 503 '))).toBe(true);
    // What is told to go is not held on to.
    await Promise.all(senders.filter((one) => one.said() !== '').map(({ gone }) => gone));
  });

  test('without that, the twin: who came first keeps the room, and the genuine one is turned away', async () => {
    const real = usualBudget(limits);
    let sum = 0;
    const firstCome: BodyBudget = {
      held: real.held,
      open: (client, drop) => {
        const share = real.open(client, drop);
        let own = 0;
        return {
          ...share,
          grow: (bytes, received) => {
            if (sum - own + bytes > limits.large) return false;
            sum += bytes - own;
            own = bytes;
            return share.grow(bytes, received);
          },
        };
      },
    };
    const { url, senders } = await fill(firstCome);
    expect((await deliver(url, { bytes: 6_000_000 })).status).toBe(503);
    expect(stillOpen(senders)).toBe(4);
  });
});

describe('four hundred connections that hold a megabyte each', () => {
  const attack = Buffer.concat([Buffer.from(largeHead), Buffer.alloc(1_000_000, 120)]);

  test('hold no more bytes and connections than there is room for, and genuine ones come through meanwhile', async ({
    annotate,
  }) => {
    const budget = usualBudget();
    const { url } = await serve({ budget });
    let most = 0;
    const senders: Sender[] = [];
    const figures: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      senders.push(...(await hold(url, 50, attack)));
      const { small, large } = budget.held();
      most = Math.max(most, small + large);
      for (const from of ['127.0.0.1', '127.0.0.9'])
        for (const bytes of [20_000, 2_000_000]) {
          const { status, ms } = await deliver(url, { bytes, from });
          expect([round, from, bytes, status]).toEqual([round, from, bytes, 202]);
          figures.push(ms);
        }
      expect(stillOpen(senders)).toBeGreaterThan(0);
    }
    expect(most).toBeGreaterThan(40 * megabyte);
    expect(most).toBeLessThanOrEqual(usualBodyLimits.small + usualBodyLimits.large);
    await until(() => stillOpen(senders) <= usualCaps.perClient);
    await annotate(
      `400 connections of 1 MB: at most ${Math.round(most / 1e6)} MB of bodies held, ${stillOpen(senders)} connections left, genuine deliveries took at most ${Math.max(...figures)} ms`,
    );
  }, 60_000);

  test('without limits, the twin: every byte of theirs is held', async () => {
    const none = Number.POSITIVE_INFINITY;
    const budget = usualBudget({ smallBytes: 65_536, small: none, large: none });
    const { url } = await serve({ budget });
    const senders = await hold(url, 110, attack);
    await until(() => budget.held().large > usualBodyLimits.small + usualBodyLimits.large);
    expect(stillOpen(senders)).toBe(110);
  }, 60_000);
});

describe('thirty connections that send a byte now and then that is no HTTP', () => {
  /** Each sends on and on, whatever is answered; resolves when all are gone, or have sent so many bytes after their answer. */
  const drip = async (url: string, most: number): Promise<readonly Sender[]> => {
    const senders = await hold(url, 30, '\u0016\u0003\u0001 this is TLS\r\n\r\n');
    await Promise.all(
      senders.map(async (one) => {
        for (let sent = 0; sent < most && !one.isDead(); sent += 1) {
          await one.send('x');
          await delay(5);
        }
      }),
    );
    return senders;
  };

  test('get their 400, and are gone', async () => {
    const { url } = await serve();
    const senders = await drip(url, Number.POSITIVE_INFINITY);
    expect(senders.filter((one) => !one.isDead())).toEqual([]);
    expect(senders.filter((one) => one.said().startsWith('HTTP/1.1 400 ')).length).toBeGreaterThan(0);
    expect((await deliver(url)).status).toBe(202);
  });

  test('only told of the end, the twin: they stay', async () => {
    const server = createPlainServer();
    let atServer = 0;
    server.on('connection', (socket) => {
      atServer += 1;
      socket.once('close', () => {
        atServer -= 1;
      });
    });
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await nextTurn();
      await nextTurn();
    });
    const senders = await drip(`http://127.0.0.1:${address.port}`, 40);
    expect([senders.filter((one) => !one.isDead()).length, atServer]).toEqual([30, 30]);
  });
});

describe('connections without a request', () => {
  const unlimited = { perClient: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY };

  test.each(['webhooks', 'pages'])(
    'of one address: the newest are kept, and others are served (%s)',
    async (which) => {
      const { url } = which === 'pages' ? (await servePages()).pages : await serve();
      const senders = await hold(url, 300, which === 'pages' ? 'GET / HT' : '');
      await until(() => stillOpen(senders) <= usualCaps.perClient);
      expect(senders.slice(-200).every((one) => one.isOpen())).toBe(true);
      if (which === 'pages') expect((await fetch(`${url}/login`)).status).toBe(404);
      else
        for (const from of ['127.0.0.1', '127.0.0.9'])
          expect((await deliver(url, { from })).status).toBe(202);
      expect(stillOpen(senders)).toBeGreaterThan(200);
    },
  );

  test('of all addresses together: those of whoever has most go first', async () => {
    const { url } = await serve({ caps: { perClient: 8, total: 12 } });
    const few = await hold(url, 2, 'POST /', '127.0.0.3');
    const many = await hold(url, 8, 'POST /', '127.0.0.4');
    const late = await hold(url, 4, 'POST /', '127.0.0.5');
    await until(() => stillOpen(many) === 6);
    expect([stillOpen(few), stillOpen(late)]).toEqual([2, 4]);
    expect((await deliver(url, { from: '127.0.0.9' })).status).toBe(202);
    expect(stillOpen(few)).toBe(2);
  });

  test('without caps, the twin: all of them stay', async () => {
    const { url } = await serve({ caps: unlimited });
    const senders = await hold(url, 300, '');
    expect((await deliver(url)).status).toBe(202);
    expect(stillOpen(senders)).toBe(300);
  });

  test('that send their head too slowly get a 408, and are gone; so do those that send no word', async () => {
    const { url } = await serve({ limits: { headersTimeout: 100, connectionsCheckingInterval: 50 } });
    const [slow, silent] = await Promise.all([openSender(url), openSender(url)]);
    await slow.send('POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\n');
    await Promise.all([slow.gone, silent.gone]);
    expect(slow.said()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('that were answered once and keep their connection count as well', async () => {
    const { url } = await serve({ caps: { perClient: 4, total: 100 } });
    const kept = await hold(url, 4, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => kept.every((one) => one.said().endsWith('ok')));
    const more = await hold(url, 2, 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => stillOpen(kept) === 2);
    expect(stillOpen(more)).toBe(2);
  });
});

describe('behind a proxy, which all connections come from', () => {
  const caps = { perClient: 3, total: 100 };
  const claim = (client: string) => headOf({ 'content-length': '100', 'x-forwarded-for': client });

  test('one that the operator names: each client has its own connections, and the proxy none', async () => {
    const { url } = await serve({ caps, proxies: ['127.0.0.0/8'] });
    const others = await hold(url, 3, claim('198.51.100.7'));
    const attackers = await hold(url, 10, claim('10.9.9.9, 203.0.113.9'));
    const idle = await hold(url, 10, '');
    await until(() => stillOpen(attackers) <= 3);
    expect([stillOpen(others), stillOpen(idle)]).toEqual([3, 10]);
    const { status } = await deliver(url, { headers: { 'x-forwarded-for': '140.82.115.1' } });
    expect([status, stillOpen(others), stillOpen(idle)]).toEqual([202, 3, 10]);
  });

  test('one that nobody named: what it says is not believed, and a genuine delivery comes through all the same', async () => {
    const { url } = await serve({ caps });
    const attackers: Sender[] = [];
    for (let one = 1; one < 10; one += 1) attackers.push(...(await hold(url, 1, claim(`203.0.113.${one}`))));
    await until(() => stillOpen(attackers) <= 3);
    expect((await deliver(url, { headers: { 'x-forwarded-for': '140.82.115.1' } })).status).toBe(202);
    expect(stillOpen(attackers)).toBe(2);
  });
});

describe('ways to say how long a body is', () => {
  const piece = `1000\r\n${'x'.repeat(0x1000)}\r\n`;

  test.each([
    [
      'announced in full, sent in part',
      headOf({ 'content-length': '26000000' }).concat('x'.repeat(10)),
      1_024,
    ],
    ['never announced, in pieces', `${headOf({ 'transfer-encoding': 'chunked' })}${piece}`, 0x1000],
    [
      'asked whether it may be sent',
      headOf({ 'content-length': '5000000', expect: '100-continue' }).concat('xx'),
      1_024,
    ],
  ])('%s: what is held is what came', async (_what, text, most) => {
    const { url, budget } = await serve();
    const senders = await hold(url, 40, text);
    await until(() => budget.held().small > 0);
    expect((await deliver(url)).status).toBe(202);
    const { small, large } = budget.held();
    expect(large).toBe(0);
    expect(small).toBeLessThanOrEqual(40 * most);
    expect(stillOpen(senders)).toBe(40);
  });

  test('many requests at once over one connection: each is answered, and none is held', async () => {
    const { url, budget } = await serve();
    const sender = await openSender(url);
    await sender.send(`${headOf({ 'content-length': '2' })}{}`.repeat(50));
    await until(() => sender.said().split('HTTP/1.1 400 ').length > 50);
    expect(budget.held()).toEqual({ small: 0, large: 0 });
  });

  test('what is refused by its head alone is not read on, and its connection ends', async () => {
    const { url, budget } = await serve();
    const sender = await openSender(url);
    await sender.send(
      `POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000000\r\n\r\n{`,
    );
    await sender.gone;
    expect(sender.said()).toMatch(/^HTTP\/1\.1 401 /);
    expect(budget.held()).toEqual({ small: 0, large: 0 });
  });

  test('a body for a path that is not there ends its connection too', async () => {
    const { url } = await serve();
    const sender = await openSender(url);
    await sender.send('POST /elsewhere HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n{');
    await sender.gone;
    expect(sender.said()).toMatch(/^HTTP\/1\.1 404 /);
  });
});
