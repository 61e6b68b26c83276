import { createServer as createPlainServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { createWebhookListener } from '../../src/forge/github/webhooks.ts';
import { type Log, silentLog } from '../../src/observe/log.ts';
import { createClientAddresses } from '../../src/web/client-address.ts';
import { createServer } from '../../src/web/server.ts';
import { privateKey, secret } from '../forge/webhook-server.ts';
import { addRun, ask, csrfOf, enter, servePages } from './pages-world.ts';
import { openSender } from './senders.ts';
import { serveWithLogin } from './signed-in-world.ts';

/** Names that every object has by birth, and texts that are no names. */
const names = [
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', '__defineGetter__'],
  ...['', '%', '%zz', '%00', '%c0%af', '..', '%2e%2e%2f', '[]', 'a[b]=c', '0', '-1', '1e999', 'NaN', 'null'],
  ...['\u00fcn\u00ef', '\u{1f6a2}', '\ud800', '\'"><script>', '{{7*7}}', 'x'.repeat(3_000)],
];

const hosts = [
  ...[
    '127.999.1.1',
    '127.1',
    '127.0.0.08',
    '0x7f.1',
    '999.999.999.999',
    '[::1',
    '[::g]',
    '::1',
    '[]',
    'a..b',
    '.',
  ],
  ...[
    'localhost:99999',
    'localhost:',
    'a b',
    'a@b',
    'a/b',
    'a?b',
    'a#b',
    'a\\b',
    '%',
    '%00',
    'xn--',
    'xn--a',
    '\u00fc',
  ],
  ...['constructor', '__proto__', '', '-', '_', 'x'.repeat(3_000)],
];

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'M-SEARCH',
  'QUERY',
  'BREW',
];

const targets = [
  ...[
    '*',
    '//',
    '///x',
    '/\\',
    '/%',
    '/%2f%2f',
    '/..;/',
    '/?',
    '/?=',
    '/?&&',
    '/#',
    '/a b',
    'x',
    '',
    '/\u0000',
    '/\u00ff',
  ],
  ...[
    'http://127.999.1.1/',
    'http://[',
    'http:///',
    'https://x:99999/',
    'HTTP://localhost/',
    'ftp://x/',
    'localhost:80',
  ],
];

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** What would be logged as an error of ours. */
const createErrors = () => {
  const errors: unknown[] = [];
  const log: Log = { ...silentLog, error: (message, facts) => void errors.push([message, facts]) };
  return { errors, log };
};

interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** Sends the very bytes. Returns the status; null where it was not answered, but ended. */
const send = async (url: string, { method, target, headers, body = '' }: Request): Promise<number | null> => {
  const sender = await openSender(url);
  const own = new Set(headers.map(([name]) => name.toLowerCase()));
  const all: readonly (readonly [string, string])[] = [
    ...(own.has('host') ? [] : [['host', new URL(url).host] as const]),
    ...headers,
    ['content-length', String(Buffer.byteLength(body))],
    ['connection', 'close'],
  ];
  const head = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  await sender.send(`${method} ${target} HTTP/1.1\r\n${head}\r\n${body}`);
  // What follows a log has no end.
  await sender.answered;
  sender.socket.destroy();
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(sender.said())?.[1];
  return status === undefined ? null : Number(status);
};

type Told = readonly [request: string, status: number | null];

/** Sends them all; returns those that were answered as an error of the server. */
const failuresOf = async (url: string, requests: readonly Request[]): Promise<readonly Told[]> => {
  const failed: Told[] = [];
  for (let at = 0; at < requests.length; at += 16)
    await Promise.all(
      requests.slice(at, at + 16).map(async (request) => {
        const status = await send(url, request);
        if (status !== null && status >= 500) failed.push([JSON.stringify(request).slice(0, 300), status]);
      }),
    );
  return failed;
};

/** For one path: every hostile name in each place that a request has for it, and every hostile host and method. */
const hostile = (method: string, path: string, cookie: string, csrf: string): readonly Request[] => {
  const signedIn = [['cookie', cookie]] as const;
  const form = [...signedIn, ['content-type', 'application/x-www-form-urlencoded']] as const;
  const fields = [
    'lock',
    'pull',
    'project',
    'csrf',
    'to',
    'done',
    'changes',
    'state',
    'repository',
    'token',
    'code',
  ];
  return [
    ...names.flatMap((name): readonly Request[] => [
      {
        method,
        target: `${path}?${[...fields, name].map((field) => `${encoded(field)}=${encoded(name)}`).join('&')}`,
        headers: form,
        body: `csrf=${csrf}&lock=${encoded(name)}&pull=${encoded(name)}&project=${encoded(name)}&${encoded(name)}=1`,
      },
      {
        method,
        target: `${path}?done=${/^[!-~]*$/.test(name) ? name : 'x'}`,
        headers: [
          ['cookie', `${cookie}; ${encoded(name)}=${encoded(name)}; ${encoded(name)}`],
          ...form.slice(1),
        ],
        body: `csrf=${csrf}&${encoded(name)}[${encoded(name)}]=x`,
      },
      {
        method,
        target: path,
        headers: [
          ...signedIn,
          ...(/^[\w-]+$/.test(name) ? [[name, name] as const] : []),
          ['accept', 'text/html'],
          ['origin', encoded(name)],
          ['sec-fetch-site', encoded(name)],
          ['if-none-match', encoded(name)],
          ['x-forwarded-for', encoded(name)],
          ['last-event-id', encoded(name)],
          ['content-type', `multipart/form-data; boundary=${encoded(name)}`],
        ],
        body: `--${encoded(name)}\r\ncontent-disposition: form-data; name="${encoded(name)}"\r\n\r\nx\r\n--${encoded(name)}--`,
      },
    ]),
    ...hosts.map((host) => ({ method, target: path, headers: [...signedIn, ['host', host] as const] })),
    ...methods.map((other) => ({ method: other, target: path, headers: signedIn })),
  ];
};

const withNames = (path: string): readonly string[] =>
  path.includes(':')
    ? names.filter((name) => name !== '').map((name) => path.replace(/:\w+/, encoded(name)))
    : [path];

const odd = (cookie: string): readonly Request[] =>
  targets.flatMap((target) =>
    ['GET', 'POST'].map((method) => ({ method, target, headers: [['cookie', cookie] as const] })),
  );

describe('the pages', () => {
  test('by the link of a start: no request of a stranger is an error of ours, on any route', async () => {
    const { errors, log } = createErrors();
    const { pages, store } = await servePages({ log });
    const { id } = await addRun(store, { id: 5, owner: 'acme', name: 'infra', installationId: 1 });
    const cookie = await enter(pages);
    const csrf = csrfOf(await ask(`${pages.url}/locks`, { headers: { cookie } }));
    expect((await ask(`${pages.url}/locks?done=constructor`, { headers: { cookie } })).status).toBe(200);
    expect(await send(pages.url, { method: 'GET', target: '/', headers: [['host', '127.999.1.1']] })).toBe(
      400,
    );
    const requests = pages.routes.flatMap(({ method, path }) => [
      ...hostile(method, path.replace(/:\w+/, id), cookie, csrf),
      ...withNames(path).map((target) => ({ method, target, headers: [['cookie', cookie] as const] })),
    ]);
    expect(await failuresOf(pages.url, [...requests, ...odd(cookie)])).toEqual([]);
    expect(errors).toEqual([]);
  }, 120_000);

  test('where people sign in: neither', { tags: ['long'], timeout: 120_000 }, async () => {
    const { errors, log } = createErrors();
    const { pages, signIn } = await serveWithLogin({ log });
    const cookie = await signIn('ada');
    const requests = pages.routes.flatMap(({ method, path }) =>
      hostile(method, path.replace(/:\w+/, 'x'), cookie, 'x'),
    );
    expect(await failuresOf(pages.url, [...requests, ...odd(cookie)])).toEqual([]);
    expect(errors).toEqual([]);
  });
});

const serveWebhooks = async (log: Log) => {
  const clock = createSystemClock();
  const clients = createClientAddresses([]);
  const webhooks = await createWebhookListener({
    appId: 1,
    privateKey,
    webhookSecret: secret,
    path: '/api/github/webhooks',
    onDelivery: async () => undefined,
    clientOf: clients.of,
    clock,
    log,
  });
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    webhooks,
    ready: async () => ({ ok: true }),
    clients,
    clock,
    log,
  });
  await server.start();
  onTestFinished(async () => {
    await server.stop();
    await nextTurn();
    await nextTurn();
  });
  return server.url;
};

const paths = ['/api/github/webhooks', '/healthz', '/readyz', '/'];

test('the listener for webhooks: no request of a stranger is an error of ours', async () => {
  const { errors, log } = createErrors();
  const url = await serveWebhooks(log);
  const github = names.map(
    (name): Request => ({
      method: 'POST',
      target: '/api/github/webhooks',
      headers: [
        ['content-type', 'application/json'],
        ['x-hub-signature-256', `sha256=${'0'.repeat(64)}`],
        ['x-github-event', /^[a-z_]+$/.test(name) ? name : 'push'],
        ['x-github-delivery', /^[\w-]+$/.test(name) ? name : 'x'],
      ],
      body: `{"action":${JSON.stringify(name)},"__proto__":{"x":1}}`,
    }),
  );
  const requests = paths.flatMap((path) =>
    ['GET', 'POST'].flatMap((method) => hostile(method, path, '', '')),
  );
  expect(await failuresOf(url, [...github, ...requests, ...odd('')])).toEqual([]);
  expect(errors).toEqual([]);
}, 120_000);

test('whatever a request is made of, neither listener takes it for an error of its own', async () => {
  const { errors, log } = createErrors();
  const { pages } = await servePages({ log });
  const cookie = await enter(pages);
  const hooks = await serveWebhooks(log);
  const word = fc.oneof(
    fc.constantFrom(...names),
    fc.string({ maxLength: 12 }),
    fc.string({ maxLength: 8, unit: 'binary' }),
  );
  const host = fc.oneof(
    fc.constantFrom(...hosts),
    fc.domain(),
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.string({ maxLength: 12 }),
  );
  const plain = (text: string): string => text.replaceAll(/[\r\n]/g, '');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...methods),
      fc.constantFrom(...paths, ...pages.routes.map(({ path }) => path)),
      fc.array(word, { maxLength: 3 }),
      fc.boolean(),
      host,
      async (method, path, words, raw, asked) => {
        const query = words.map((one) => (raw ? plain(one).replaceAll(' ', '') : encoded(one))).join('&');
        const request = {
          method,
          target: `${path}?${query}`,
          headers: [['host', plain(asked)] as const, ['cookie', cookie] as const],
        };
        for (const url of [pages.url, hooks]) expect(await failuresOf(url, [request])).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
  expect(errors).toEqual([]);
}, 120_000);

test('the twin: without what keeps them off, the same requests find both errors', async () => {
  const said: Readonly<Record<string, string>> = { unlocked: 'It was given back.' };
  const server = createPlainServer((req, res) => {
    try {
      const { searchParams } = new URL(`http://${req.headers.host}${req.url}`);
      const words = (said[searchParams.get('done') ?? ''] ?? '').slice(0);
      res.writeHead(200).end(words);
    } catch {
      res.writeHead(500).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await nextTurn();
    await nextTurn();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  const failed = await failuresOf(`http://127.0.0.1:${address.port}`, hostile('GET', '/locks', '', ''));
  const told = failed.map(([request]) => request).join('\n');
  expect(told).toContain('done=constructor');
  expect(told).toContain('127.999.1.1');
});
