import { expect, test } from 'vitest';
import { ask, servePages } from './pages-world.ts';

const serve = async (options: Parameters<typeof servePages>[0] = {}) => (await servePages(options)).pages;

const get = async (
  url: string,
  host: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly [number, string, string]> => {
  const answer = await ask(url, { headers: { ...headers, ...(host === null ? {} : { host }) } });
  return [answer.status, answer.text, String(answer.headers['content-type'] ?? '')];
};

test('metrics are there, in the format that Prometheus asks for, and nothing else is without a link', async () => {
  const { url } = await serve();
  expect(await get(`${url}/metrics`)).toEqual([200, 'one 1\n', 'text/plain; version=0.0.4; charset=utf-8']);
  expect((await get(`${url}/`))[0]).toBe(401);
  for (const path of ['/healthz', '/metrics/', '/api/github/webhooks'])
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

test('on an address of its own metrics want their token, and pages the name that people were given', async () => {
  const login = { address: () => '', enter: () => Promise.reject(new Error('nobody')) };
  const publicUrl = 'https://tidegate.example.com';
  const token = 'a token for metrics';
  const { url } = await serve({ host: '0.0.0.0', login, publicUrl, metricsToken: token });
  const address = `http://127.0.0.1:${new URL(url).port}`;
  const host = 'tidegate.monitoring:3001';
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
  expect((await get(`${address}/metrics`, host))[0]).toBe(401);
  expect((await get(`${address}/metrics`, host, bearer('another token')))[0]).toBe(401);
  expect((await get(`${address}/metrics`, host, bearer(token)))[0]).toBe(200);
  expect((await get(`${address}/runs`, host))[0]).toBe(421);
  expect((await get(`${address}/runs`, '127.0.0.1'))[0]).toBe(421);
  expect((await get(`${address}/runs`, 'tidegate.example.com'))[0]).toBe(303);
  const closed = await serve({ host: '0.0.0.0', login, publicUrl });
  const other = `http://127.0.0.1:${new URL(closed.url).port}`;
  for (const value of ['', 'null', 'undefined'])
    expect((await get(`${other}/metrics`, host, bearer(value)))[0]).toBe(401);
});

test('where people sign in, what passes requests on to loopback gets no metrics without the token', async () => {
  const login = { address: () => '', enter: () => Promise.reject(new Error('nobody')) };
  const publicUrl = 'https://tidegate.example.com';
  const metricsToken = 'a token for metrics';
  const { url } = await serve({ login, publicUrl, metricsToken });
  const status = async (host: string | null, headers: Readonly<Record<string, string>> = {}) =>
    (await get(`${url}/metrics`, host, headers))[0];
  expect(await status(null)).toBe(200);
  expect(await status('tidegate.example.com')).toBe(401);
  expect(await status(null, { 'x-forwarded-for': '10.0.0.1' })).toBe(401);
  expect(await status(null, { forwarded: 'for=10.0.0.1' })).toBe(401);
  expect(await status('tidegate.example.com', { authorization: `Bearer ${metricsToken}` })).toBe(200);
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
});
