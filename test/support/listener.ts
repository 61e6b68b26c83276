import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HeardRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ListenerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server on loopback that records what it is sent. Close it in the same test. */
export interface Listener {
  readonly origin: string;
  readonly heard: readonly HeardRequest[];
  /** What it says from now on; null: nothing at all, the request hangs. */
  answer(how: (request: HeardRequest) => ListenerAnswer | null): void;
  close(): Promise<void>;
}

export const startListener = async (): Promise<Listener> => {
  const heard: HeardRequest[] = [];
  let how: (request: HeardRequest) => ListenerAnswer | null = () => ({ status: 204 });
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    const one = {
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(parts).toString('utf8'),
    };
    heard.push(one);
    const answer = how(one);
    if (answer === null) return;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const isPort = (address: ReturnType<typeof server.address>): address is AddressInfo =>
    typeof address === 'object' && address !== null;
  const address = server.address();
  if (!isPort(address)) throw new Error('it does not listen');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    heard,
    answer: (next) => {
      how = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** What stands in for Slack: gives every message a time of its own, and knows which there are. */
export const asSlack = (listener: Listener, broken: ReadonlyMap<string, string> = new Map()) => {
  const messages = new Map<string, { text: string; thread: string | null }>();
  let last = 1_700_000_000;
  listener.answer(({ path, body }) => {
    const method = path.replace(/^.*\//, '');
    const json = (answer: object) => ({ status: 200, body: JSON.stringify(answer) });
    const error = broken.get(method);
    if (error !== undefined) return json({ ok: false, error });
    const asked = JSON.parse(body) as { text: string; ts?: string; thread_ts?: string };
    if (method === 'chat.update') {
      const known = asked.ts === undefined ? undefined : messages.get(asked.ts);
      if (asked.ts === undefined || known === undefined)
        return json({ ok: false, error: 'message_not_found' });
      messages.set(asked.ts, { ...known, text: asked.text });
      return json({ ok: true, ts: asked.ts });
    }
    if (asked.thread_ts !== undefined && !messages.has(asked.thread_ts))
      return json({ ok: false, error: 'thread_not_found' });
    last += 1;
    const ts = `${last}.000100`;
    messages.set(ts, { text: asked.text, thread: asked.thread_ts ?? null });
    return json({ ok: true, ts });
  });
  return {
    messages,
    /** As people read them: replies below what they answer. */
    read: (): readonly string[] =>
      [...messages]
        .filter(([, { thread }]) => thread === null)
        .flatMap(([ts, { text }]) => [
          text,
          ...[...messages.values()].filter(({ thread }) => thread === ts).map((one) => `  ${one.text}`),
        ]),
  };
};
