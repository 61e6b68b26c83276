import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock/port.ts';
import type { BodyBudget } from './body-budget.ts';
import { createPieces } from './pieces.ts';
import type { Turns } from './turns.ts';

/**
 * GitHub sends nothing above 25 MB, and does not say of which kind; these are 25 MiB, 26.2 MB.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
 */
export const maxBodyBytes = 26_214_400;

/** A body has to be here within this: GitHub hangs up after 10 s, and what comes later is for nobody. */
const bodyMs = 8_000;

/** How long an answer given before the end of the body waits for the sender to notice. */
const lingerMs = 1_000;

/** What the sender announced; null where it did not. Node refuses a length that is not a number. */
const announced = (req: IncomingMessage): number | null => {
  const length = req.headers['content-length'];
  return length === undefined ? null : Number(length);
};

/** Of a larger body, one piece is read at a time. Smaller ones, nearly all of GitHub's, pass by. */
const inTurnFrom = 32_768;

/** Who else is read from, and how senders are told apart. */
export interface Reading {
  readonly turns: Turns;
  readonly client: string;
}

/**
 * Gives `take` the pieces of a body, as turns allow. The connection is stopped between them, and not the request, which would take in
 * one more piece that nobody counts.
 *
 * @returns what ends it; of a body that is not complete nothing more is read then
 */
const readInTurns = (
  req: IncomingMessage,
  { turns, client }: Reading,
  take: (piece: Buffer) => void,
): (() => void) => {
  const { socket } = req;
  let size = 0;
  let leave = (): void => undefined;
  const onData = (piece: Buffer): void => {
    size += piece.length;
    if (size > inTurnFrom && !req.complete) {
      leave();
      socket.pause();
      leave = turns.wait(client, () => socket.resume());
    }
    take(piece);
  };
  req.on('data', onData);
  return () => {
    leave();
    req.off('data', onData);
    if (req.complete) socket.resume();
    else socket.pause();
  };
};

/** Why a body was not read to its end. `broken`: the sender went away. `crowded`: its room was needed for another one. */
export type Unread = 'too-large' | 'too-slow' | 'crowded' | 'broken';

export interface BodyOptions extends Reading {
  readonly cap: number;
  readonly budget: BodyBudget;
  readonly clock: Clock;
}

/**
 * Reads a request's body.
 *
 * @param use is given the bytes; they count as held until what it returns is settled
 * @returns what `use` returned, or why there are no bytes (`too-large` is seen from the announced length before a byte is read, else at
 * the first byte over the cap)
 */
export const withBody = async <T>(
  req: IncomingMessage,
  { cap, budget, clock, ...reading }: BodyOptions,
  use: (body: Buffer) => Promise<T>,
): Promise<T | Unread> => {
  if ((announced(req) ?? 0) > cap) return 'too-large';
  const over = new AbortController();
  const read = Promise.withResolvers<Buffer | Unread>();
  const share = budget.open(reading.client, () => read.resolve('crowded'));
  const pieces = createPieces();
  const stop = readInTurns(req, reading, (piece) => {
    const size = pieces.size() + piece.length;
    if (size > cap) read.resolve('too-large');
    else if (share.grow(pieces.heldWith(piece.length), size)) pieces.add(piece);
    else read.resolve('crowded');
  });
  const onEnd = () => {
    share.complete();
    read.resolve(pieces.whole());
  };
  const onBroken = () => read.resolve('broken');
  req.on('end', onEnd).on('error', onBroken).on('close', onBroken);
  void clock.sleep(bodyMs, over.signal).then(() => read.resolve('too-slow'));
  try {
    const body = await read.promise;
    stop();
    req.off('end', onEnd).off('error', onBroken).off('close', onBroken);
    over.abort();
    return typeof body === 'string' ? body : await use(body);
  } finally {
    share.leave();
  }
};

/** Reads on and forgets, until the body ends, the sender goes away or the time is over. */
const discardRest = async (req: IncomingMessage, clock: Clock, reading: Reading): Promise<void> => {
  const done = new AbortController();
  const finish = () => done.abort();
  req.once('end', finish).once('close', finish).once('error', finish);
  const stop = readInTurns(req, reading, () => undefined);
  req.resume();
  req.socket.resume();
  await clock.sleep(lingerMs, done.signal);
  stop();
};

/**
 * Answers in plain text, also while the body is still coming in. Closing at once would reset the
 * connection under a sender that is still writing, and it would never see the answer: so the whole
 * answer goes out first and the connection is closed a moment later.
 */
export const answer = async (
  req: IncomingMessage,
  res: ServerResponse,
  { clock, ...reading }: Reading & { readonly clock: Clock },
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const body = Buffer.from(`${sentence}\n`);
  const close = req.complete ? {} : { connection: 'close' };
  res.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    ...close,
    ...headers,
  });
  if (!req.complete && !req.destroyed) {
    res.write(body);
    await discardRest(req, clock, reading);
    res.end();
    return;
  }
  res.end(body);
};
