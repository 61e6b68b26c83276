import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import type { Delivery } from '../../src/domain/trigger.ts';
import { createWebhookListener } from '../../src/forge/github/webhooks.ts';
import { silentLog } from '../../src/observe/log.ts';

export const secret = 'a webhook secret of more than sixteen bytes';

export const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

export const sign = (body: string | Buffer, key = secret, algorithm = 'sha256'): string =>
  `${algorithm}=${createHmac(algorithm, key).update(body).digest('hex')}`;

export const headersFor = (body: string | Buffer, event = 'pull_request', id = 'd-1') => ({
  'content-type': 'application/json',
  'x-github-event': event,
  'x-github-delivery': id,
  'x-hub-signature-256': sign(body),
});

/** A listening server around the webhook listener alone; other paths get a 404. */
export const serveWebhooks = async (
  onDelivery: (delivery: Delivery) => Promise<void>,
  clock: Clock = createSystemClock(),
  closed?: () => Promise<string | null>,
) => {
  const listener = await createWebhookListener({
    appId: 1,
    privateKey,
    webhookSecret: secret,
    path: '/api/github/webhooks',
    onDelivery,
    ...(closed === undefined ? {} : { closed }),
    clock,
    log: silentLog,
  });
  const handle = async (req: IncomingMessage, res: ServerResponse) => {
    if (!(await listener(req, res))) res.writeHead(404).end();
  };
  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/api/github/webhooks`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      // `close` is told before the handle itself is gone; the check for leftovers sees it two turns long.
      await nextTurn();
      await nextTurn();
    },
  };
};
