import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Clock } from '../../src/clock/port.ts';
import type { World } from '../../src/demo/world.ts';
import type { Delivery } from '../../src/hub/app-state.ts';

/** A webhook as it goes over the wire, but for its id. */
interface Letter {
  readonly event: string;
  readonly body: string;
  readonly signature: string;
}

export interface Load {
  /** Ids that were answered with 2xx. */
  readonly acknowledged: ReadonlySet<string>;
  /** Sends one; resolves when its answer was read, to whether it was acknowledged. */
  send(): Promise<boolean>;
  close(): void;
}

/** What a pull request's payload weighs on GitHub, in bytes. */
const usualBytes = 20_000;
const filler = 'Please look at the plan before you approve; the subnets move to another zone. ';

type Payload = Readonly<Record<string, unknown>>;

const isPayload = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): Payload => {
  const value: unknown = JSON.parse(text);
  if (!isPayload(value)) throw new Error('the hub sent something that is no object');
  return value;
};

/** The same with a text field made so long that the whole has the usual size. */
const filled = (payload: Payload, holder: string, more: Payload = {}): string => {
  const inner = payload[holder];
  const missing = Math.max(usualBytes - JSON.stringify(payload).length, filler.length);
  const body = filler.repeat(Math.ceil(missing / filler.length)).slice(0, missing);
  return JSON.stringify({ ...payload, [holder]: { ...(isPayload(inner) ? inner : {}), body, ...more } });
};

/** Out of ten: three comments that are no command, each another one, and seven events that ask nothing of anybody. */
const lettersOf = (sent: readonly Delivery[]): readonly (() => Letter)[] => {
  const find = (event: string): Delivery => {
    const found = sent.findLast((delivery) => delivery.event === event);
    if (found === undefined) throw new Error(`the hub sent no ${event}`);
    return found;
  };
  const pull = find('pull_request');
  const comment = find('issue_comment');
  const labelled = { ...parsed(pull.request.payload), action: 'labeled', label: { id: 1, name: 'infra' } };
  const letter = ({ app, event }: Delivery, body: string): Letter => ({
    event,
    body,
    signature: `sha256=${createHmac('sha256', app.webhook.secret ?? '')
      .update(body)
      .digest('hex')}`,
  });
  const labelLetter = letter(pull, filled(labelled, 'pull_request'));
  const label = () => labelLetter;
  const words = parsed(comment.request.payload);
  // A comment that is known already would not be stored again.
  const talk = () => letter(comment, filled(words, 'comment', { id: randomInt(2 ** 40, 2 ** 47) }));
  return [label, talk, label, label, talk, label, label, talk, label, label];
};

/**
 * Makes webhooks like those that this hub sent, for a server at `url`. The world must have seen a pull
 * request and a comment of a person.
 */
export const createLoad = (world: World, url: string): Load => {
  const letters = lettersOf(world.hub.deliveries());
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const acknowledged = new Set<string>();
  let count = 0;
  return {
    acknowledged,
    send: () => {
      const write = letters[count % letters.length];
      count += 1;
      if (write === undefined) throw new Error('there is nothing to send');
      const letter = write();
      const id = randomUUID();
      return new Promise((resolve) => {
        const ask = request(
          url,
          {
            method: 'POST',
            agent,
            headers: {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(letter.body),
              'user-agent': 'GitHub-Hookshot/0000000',
              'x-github-delivery': id,
              'x-github-event': letter.event,
              'x-hub-signature-256': letter.signature,
            },
          },
          (answer) => {
            answer.resume();
            const taken = answer.statusCode !== undefined && answer.statusCode < 300;
            // The acknowledgement is the status line; what follows cannot take it back.
            if (taken) acknowledged.add(id);
            answer.once('close', () => resolve(taken));
          },
        );
        ask.once('error', () => resolve(false));
        ask.end(letter.body);
      });
    },
    close: () => agent.destroy(),
  };
};

/** `lanes` senders, each with one webhook on its way at any time, for `ms`. Returns how many were taken. */
export const saturate = async (clock: Clock, load: Load, lanes: number, ms: number): Promise<number> => {
  const end = clock.monotonic() + ms;
  let taken = 0;
  const lane = async (): Promise<void> => {
    while (clock.monotonic() < end) if (await load.send()) taken += 1;
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return taken;
};

/**
 * Offers `rate` webhooks a second for `ms`, at fixed times, whatever the answers do. Returns how long each
 * took from when it was meant to be sent, in milliseconds; one that was not taken took for ever.
 */
export const offer = async (
  clock: Clock,
  load: Load,
  rate: number,
  ms: number,
): Promise<readonly number[]> => {
  const start = clock.monotonic();
  const under: Promise<number>[] = [];
  const total = Math.floor((rate * ms) / 1000);
  while (under.length < total) {
    const now = clock.monotonic();
    for (let due = start + (under.length * 1000) / rate; due <= now && under.length < total; ) {
      const meant = due;
      under.push(load.send().then((taken) => (taken ? clock.monotonic() - meant : Number.POSITIVE_INFINITY)));
      due = start + (under.length * 1000) / rate;
    }
    await clock.sleep(1);
  }
  return Promise.all(under);
};
