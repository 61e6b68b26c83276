import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Clock } from '../clock/port.ts';
import type { Delivery, OutgoingEvent } from './app-state.ts';
import type { Faults } from './faults.ts';

export interface Outbox {
  send(event: OutgoingEvent): void;
  /** The same payload with the same id once more. */
  redeliver(delivery: Delivery): void;
  /** Resolves when nothing is queued, held back or on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxOptions {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly nextId: () => number;
  readonly record: (delivery: Delivery) => void;
}

/** GitHub cuts the connection after ten seconds and does not try again by itself. */
const deadlineMs = 10_000;

interface Letter {
  readonly event: OutgoingEvent;
  readonly guid: string;
  readonly payload: string;
  readonly redelivery: boolean;
}

interface Outcome {
  readonly status: string;
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly payload: string;
}

const failed = (status: string): Outcome => ({ status, statusCode: 0, headers: {}, payload: '' });

const headersOf = ({ event, guid, payload }: Letter): Record<string, string> => {
  const secret = event.app.webhook.secret;
  const sign = (kind: string): string =>
    createHmac(kind, secret ?? '')
      .update(payload)
      .digest('hex');
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/0000000',
    'X-GitHub-Delivery': guid,
    'X-GitHub-Event': event.event,
    'X-GitHub-Hook-ID': String(event.app.hookId),
    'X-GitHub-Hook-Installation-Target-ID': String(event.app.id),
    'X-GitHub-Hook-Installation-Target-Type': 'integration',
    ...(secret === null
      ? {}
      : {
          'X-Hub-Signature': `sha1=${sign('sha1')}`,
          'X-Hub-Signature-256': `sha256=${sign('sha256')}`,
        }),
  };
};

/** Only this machine: whatever a test registers, no payload leaves it. */
const loopback = (url: URL): boolean =>
  url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);

const post = (
  agent: Agent,
  url: URL,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<Outcome> =>
  new Promise((resolve) => {
    const ask = request(
      url,
      { method: 'POST', agent, signal, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', () => resolve(failed('failed to read the answer')));
        answer.on('end', () => {
          const statusCode = answer.statusCode ?? 0;
          const flat = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
          resolve({
            status: statusCode < 300 ? 'OK' : `Invalid HTTP Response: ${statusCode}`,
            statusCode,
            headers: Object.fromEntries(flat),
            payload: Buffer.concat(parts).toString('utf8'),
          });
        });
      },
    );
    ask.on('error', () => resolve(failed(signal.aborted ? 'timed out' : 'failed to connect to host')));
    ask.end(body);
  });

/** Sends events to Apps: one after the other per App, behind the back of whoever caused them. */
export const createOutbox = ({ clock, faults, nextId, record }: OutboxOptions): Outbox => {
  const agent = new Agent({ keepAlive: true });
  const closing = new AbortController();
  const lines = new Map<number, Promise<void>>();
  const held: Letter[] = [];
  const underway = new Set<Promise<unknown>>();

  const attempt = async (letter: Letter, ended?: Outcome): Promise<void> => {
    const { event } = letter;
    const address = event.app.webhook.url;
    if (address === null || closing.signal.aborted) return;
    const url = new URL(address);
    const headers = headersOf(letter);
    const deliveredAt = clock.now();
    const start = clock.monotonic();
    const done = new AbortController();
    const timer = clock.sleep(deadlineMs, AbortSignal.any([done.signal, closing.signal]));
    const late = new AbortController();
    // The deadline's sleep ends early when the answer is there; only a full one cuts the request.
    const guard = timer.then(() => {
      if (!done.signal.aborted) late.abort();
    });
    const outcome =
      ended ??
      (loopback(url)
        ? await post(agent, url, headers, letter.payload, late.signal)
        : failed('failed to connect to host'));
    done.abort();
    await guard;
    record({
      id: nextId(),
      guid: letter.guid,
      app: event.app,
      event: event.event,
      action: event.action,
      installationId: event.installationId,
      repositoryId: event.repositoryId,
      deliveredAt,
      redelivery: letter.redelivery,
      duration: clock.monotonic() - start,
      status: outcome.status,
      statusCode: outcome.statusCode,
      url: address,
      request: { headers, payload: letter.payload },
      response: { headers: outcome.headers, payload: outcome.payload },
    });
  };

  const track = (work: Promise<unknown>): void => {
    underway.add(work);
    const gone = (): boolean => underway.delete(work);
    work.then(gone, gone);
  };

  const inLine = (app: number, work: () => Promise<void>): void => {
    const turn = (lines.get(app) ?? Promise.resolve()).then(work);
    lines.set(app, turn);
    track(turn);
  };

  const handle = async (letter: Letter): Promise<void> => {
    const { app, event, action } = letter.event;
    const fault = letter.redelivery ? null : faults.takeWebhook(event, action);
    if (fault?.kind === 'lose') return;
    if (fault?.kind === 'reorder') {
      held.push(letter);
      return;
    }
    if (fault?.kind === 'delay') {
      track(clock.sleep(fault.ms, closing.signal).then(() => attempt(letter)));
      return;
    }
    await attempt(letter, fault?.kind === 'drop' ? failed('timed out') : undefined);
    if (fault?.kind === 'double') await attempt(letter);
    const overtaken = held.findIndex((one) => one.event.app === app);
    if (overtaken >= 0) for (const one of held.splice(overtaken, 1)) await attempt(one);
  };

  const enqueue = (letter: Letter): void => inLine(letter.event.app.id, () => handle(letter));

  return {
    send: (event) => {
      if (event.app.webhook.url === null) return;
      const payload = JSON.stringify(event.payload);
      enqueue({ event, guid: event.guid ?? randomUUID(), payload, redelivery: false });
    },
    redeliver: (delivery) => {
      const { app, event, action, installationId, repositoryId, guid, request: sent } = delivery;
      enqueue({
        event: { app, event, action, installationId, repositoryId, payload: {} },
        guid,
        payload: sent.payload,
        redelivery: true,
      });
    },
    idle: async () => {
      while (underway.size > 0 || held.length > 0) {
        await Promise.allSettled(underway);
        // Nothing came that could overtake them: they go now.
        if (underway.size === 0) for (const one of held.splice(0)) track(attempt(one));
      }
    },
    close: async () => {
      closing.abort();
      held.length = 0;
      agent.destroy();
      await Promise.allSettled(underway);
    },
  };
};
