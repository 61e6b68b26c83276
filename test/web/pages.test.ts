import { request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { silentLog } from '../../src/observe/log.ts';
import type { WebServer } from '../../src/web/listener.ts';
import { createPages, type PagesOptions } from '../../src/web/pages.ts';

const started: WebServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  // The check for leftovers still sees a closed server for two turns.
  await nextTurn();
  await nextTurn();
});

const serve = async (options: Partial<PagesOptions> = {}): Promise<WebServer> => {
  const server = createPages({
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', scrape: async () => 'one 1\n' },
    clock: createSystemClock(),
    log: silentLog,
    ...options,
  });
  started.push(server);
  await server.start();
  return server;
};

/** `fetch` does not let anybody choose the host header. */
const get = (url: string, host: string | null = null): Promise<readonly [number, string, string]> =>
  new Promise((resolve, reject) => {
    const asked = request(url, host === null ? {} : { headers: { host } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () =>
        resolve([answer.statusCode ?? 0, text, answer.headers['content-type'] ?? ''] as const),
      );
    });
    asked.on('error', reject).end();
  });

test('metrics are there, in the format that Prometheus asks for, and nothing else is', async () => {
  const { url } = await serve();
  expect(await get(`${url}/metrics`)).toEqual([200, 'one 1\n', 'text/plain; version=0.0.4; charset=utf-8']);
  for (const path of ['/', '/healthz', '/metrics/', '/api/github/webhooks'])
    expect((await get(`${url}${path}`))[0]).toBe(404);
});

test('on loopback a name from elsewhere is not answered to: a page in a browser may not read it', async () => {
  const { url } = await serve({ publicUrl: 'https://tidegate.example.com/pages' });
  const { port } = new URL(url);
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil'])
    expect([host, (await get(`${url}/metrics`, host))[0]]).toEqual([host, 421]);
  for (const host of [
    `localhost:${port}`,
    '127.0.0.1',
    '[::1]:3001',
    'tidegate.example.com',
    'TIDEGATE.example.com:443',
  ])
    expect([host, (await get(`${url}/metrics`, host))[0]]).toEqual([host, 200]);
});

test('on an address of its own every name is answered to', async () => {
  const { url } = await serve({ host: '0.0.0.0' });
  const { port } = new URL(url);
  expect((await get(`http://127.0.0.1:${port}/metrics`, 'tidegate.monitoring:3001'))[0]).toBe(200);
});

test('a scrape that fails tells strangers nothing', async () => {
  const scrape = () => Promise.reject(new Error('password in here'));
  const { url } = await serve({ metrics: { contentType: 'text/plain', scrape } });
  const [status, text] = await get(`${url}/metrics`);
  expect(status).toBe(500);
  expect(text).not.toContain('password');
});

test('a port that is taken is told with the settings to change', async () => {
  const { url } = await serve();
  await expect(serve({ port: Number(new URL(url).port) })).rejects.toMatchObject({
    problem: { code: 'cannot-start', advice: expect.stringContaining('`TIDEGATE_PAGES_PORT`') },
  });
  started.pop();
});
