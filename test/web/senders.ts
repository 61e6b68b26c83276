import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { secret } from '../forge/webhook-server.ts';

const webhookPath = '/api/github/webhooks';

/** What a stranger can send: a signature that only looks like one. */
const unsigned = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };

const webhookHeaders = (body: string): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'x-github-event': 'pull_request',
  'x-github-delivery': randomUUID(),
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});

/** The head of a POST of a webhook by a stranger. */
export const headOf = (more: Readonly<Record<string, string>>): string =>
  [
    `POST ${webhookPath} HTTP/1.1`,
    ...Object.entries({ host: 'tidegate.example', ...webhookHeaders(''), ...unsigned, ...more }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '',
    '',
  ].join('\r\n');

/** A connection that is never closed by its sender, not even half, until the test is over. */
export interface Sender {
  readonly socket: Socket;
  /** All that was answered. */
  said(): string;
  /** Was it not told of the end? */
  isOpen(): boolean;
  /** Is nobody there any more? A connection that the server only closed for its own part takes what is sent. */
  isDead(): boolean;
  /** Resolves when it was told of the end. */
  readonly gone: Promise<void>;
  /** Resolves when the head of an answer has come, or the end. */
  readonly answered: Promise<void>;
  /** Resolves when the kernel has taken it, or the connection is gone. */
  send(text: string | Buffer): Promise<void>;
}

/** @param from one of this machine's addresses, all of 127.0.0.0/8 */
export const openSender = async (url: string, from = '127.0.0.1'): Promise<Sender> => {
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
  const connected = new Promise<void>((resolve) => {
    socket.once('connect', () => resolve()).once('close', () => resolve());
  });
  let said = '';
  let isOpen = true;
  let isDead = false;
  const gone = new Promise<void>((resolve) => {
    const end = () => {
      isOpen = false;
      resolve();
    };
    socket.once('end', end).once('close', end);
  });
  socket.once('close', () => {
    isDead = true;
  });
  const answered = Promise.withResolvers<void>();
  void gone.then(() => answered.resolve());
  socket.on('data', (bytes: Buffer) => {
    said += bytes.toString('latin1');
    if (said.includes('\r\n\r\n')) answered.resolve();
  });
  // A reset is how the server ends it.
  socket.on('error', () => undefined);
  onTestFinished(async () => {
    socket.destroy();
    await gone;
  });
  await connected;
  return {
    socket,
    said: () => said,
    isOpen: () => isOpen,
    isDead: () => isDead,
    gone,
    answered: answered.promise,
    send: (text) =>
      Promise.race([gone, new Promise<void>((resolve) => void socket.write(text, () => resolve()))]),
  };
};

export interface Posted {
  readonly status: number;
  /** Milliseconds until the answer. */
  readonly ms: number;
}

/** A genuine delivery, as GitHub sends it. */
export const deliver = (
  url: string,
  {
    bytes = 20_000,
    from = '127.0.0.1',
    headers = {},
  }: { bytes?: number; from?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<Posted> => {
  const body = JSON.stringify({ action: 'opened', text: 'x'.repeat(bytes) });
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}${webhookPath}`,
      {
        method: 'POST',
        agent: false,
        localAddress: from,
        headers: { ...webhookHeaders(body), 'content-length': Buffer.byteLength(body), ...headers },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, ms: Math.round(performance.now() - start) }),
        );
      },
    );
    asked.once('error', reject).end(body);
  });
};
