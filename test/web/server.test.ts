import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { silentLog } from '../../src/observe/log.ts';
import { createClientAddresses } from '../../src/web/client-address.ts';
import type { WebServer } from '../../src/web/listener.ts';
import { createServer, type ServerOptions } from '../../src/web/server.ts';

const started: WebServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  // The check for leftovers still sees a closed server for two turns.
  await nextTurn();
  await nextTurn();
});

const serve = async (options: Partial<ServerOptions> = {}): Promise<WebServer> => {
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    webhooks: async () => false,
    ready: async () => ({ ok: true }),
    clients: createClientAddresses([]),
    clock: createSystemClock(),
    log: silentLog,
    ...options,
  });
  started.push(server);
  await server.start();
  return server;
};

const get = async (url: string): Promise<[number, string]> => {
  const answer = await fetch(url);
  return [answer.status, await answer.text()];
};

test('health and readiness', async () => {
  const server = await serve();
  expect(await get(`${server.url}/healthz`)).toEqual([200, 'ok']);
  expect(await get(`${server.url}/readyz`)).toEqual([200, 'ready']);
});

test('not ready says why, and the process is up all the same', async () => {
  const server = await serve({ ready: async () => ({ ok: false, reason: 'the database is locked' }) });
  expect(await get(`${server.url}/readyz`)).toEqual([503, 'not ready: the database is locked']);
  expect(await get(`${server.url}/healthz`)).toEqual([200, 'ok']);
});

test('a readiness that fails is not ready, and tells strangers nothing', async () => {
  const server = await serve({ ready: () => Promise.reject(new Error('password in here')) });
  const [status, text] = await get(`${server.url}/readyz`);
  expect(status).toBe(503);
  expect(text).not.toContain('password');
});

test.each(['/', '/metrics', '/healthz/', '/healthz/x', '/../etc/passwd'])('%s is not there', async (path) => {
  const server = await serve();
  expect((await get(`${server.url}${path}`))[0]).toBe(404);
});

test('webhooks are asked first', async () => {
  const webhooks = async (req: IncomingMessage, res: ServerResponse) => {
    if (req.url !== '/hook') return false;
    res.writeHead(202).end();
    return true;
  };
  const server = await serve({ webhooks });
  expect((await fetch(`${server.url}/hook`, { method: 'POST' })).status).toBe(202);
  expect((await get(`${server.url}/healthz`))[0]).toBe(200);
});

test('a listener that throws is a 500, and the server goes on', async () => {
  const webhooks = async (req: IncomingMessage) => {
    if (req.url === '/hook') throw new Error('bug');
    return false;
  };
  const server = await serve({ webhooks });
  expect((await get(`${server.url}/hook`))[0]).toBe(500);
  expect((await get(`${server.url}/healthz`))[0]).toBe(200);
});

test('stop lets a webhook under way finish, takes no new one, and then ends', async () => {
  const stored = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const webhooks = async (_req: IncomingMessage, res: ServerResponse) => {
    called.resolve();
    await stored.promise;
    res.writeHead(202).end();
    return true;
  };
  const server = await serve({ webhooks });
  const { url } = server;
  const underWay = fetch(`${url}/hook`, { method: 'POST' });
  await called.promise;
  let stopped = false;
  const stopping = server.stop().then(() => {
    stopped = true;
  });
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  expect(stopped).toBe(false);
  stored.resolve();
  expect((await underWay).status).toBe(202);
  await stopping;
});

test('stop does not wait for ever', async () => {
  const called = Promise.withResolvers<void>();
  const never = Promise.withResolvers<boolean>();
  const webhooks = () => {
    called.resolve();
    return never.promise;
  };
  const server = await serve({ webhooks, graceMs: 10 });
  const underWay = fetch(`${server.url}/hook`);
  // Handled now: the rejection comes while nobody waits for it.
  const failed = expect(underWay).rejects.toThrow();
  await called.promise;
  await server.stop();
  await failed;
  never.resolve(true);
});

test('a second stop is the same stop', async () => {
  const server = await serve();
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
});

test('what is no HTTP gets a plain 400', async () => {
  const server = await serve();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write('\u0016\u0003\u0001 this is TLS\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
  socket.destroy();
});

test('a port that is taken is explained', async () => {
  const first = await serve();
  const port = Number(new URL(first.url).port);
  await expect(serve({ port })).rejects.toMatchObject({
    problem: { code: 'cannot-start', sentence: expect.stringContaining(String(port)) },
  });
});
