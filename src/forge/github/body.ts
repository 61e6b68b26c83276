import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock/port.ts';
import type { BodyBudget } from './body-budget.ts';

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

/** Pieces of a body as one. Room is made as they come, never for what was only announced. */
const createPieces = (most: number) => {
  let whole: Buffer = Buffer.alloc(0);
  let size = 0;
  return {
    size: () => size,
    /** Bytes that it takes with so many more. At most twice what came, so that many small pieces are not copied time and again. */
    roomWith: (more: number): number =>
      size + more <= whole.length
        ? whole.length
        : size === 0
          ? more
          : Math.max(size + more, Math.min(most, 2 * whole.length)),
    add: (piece: Buffer, room: number): void => {
      if (size === 0) whole = piece;
      else {
        if (room > whole.length) {
          const larger = Buffer.allocUnsafeSlow(room);
          whole.copy(larger, 0, 0, size);
          whole = larger;
        }
        piece.copy(whole, size);
      }
      size += piece.length;
    },
    taken: (): Buffer => whole.subarray(0, size),
  };
};

/** Why a body was not read to its end. `broken`: the sender went away. `crowded`: its room was needed for another one. */
export type Unread = 'too-large' | 'too-slow' | 'crowded' | 'broken';

export interface BodyOptions {
  readonly cap: number;
  readonly budget: BodyBudget;
  /** Tells senders apart. */
  readonly client: string;
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
  { cap, budget, client, clock }: BodyOptions,
  use: (body: Buffer) => Promise<T>,
): Promise<T | Unread> => {
  const length = announced(req);
  if ((length ?? 0) > cap) return 'too-large';
  const over = new AbortController();
  const read = Promise.withResolvers<Buffer | Unread>();
  const share = budget.open(client, () => read.resolve('crowded'));
  const pieces = createPieces(length ?? cap);
  const onData = (piece: Buffer) => {
    if (pieces.size() + piece.length > cap) return read.resolve('too-large');
    const room = pieces.roomWith(piece.length);
    if (share.grow(room, pieces.size() + piece.length)) pieces.add(piece, room);
    else read.resolve('crowded');
  };
  const onEnd = () => {
    share.complete();
    read.resolve(pieces.taken());
  };
  const onBroken = () => read.resolve('broken');
  req.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  void clock.sleep(bodyMs, over.signal).then(() => read.resolve('too-slow'));
  try {
    const body = await read.promise;
    req.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
    over.abort();
    return typeof body === 'string' ? body : await use(body);
  } finally {
    share.leave();
  }
};

/** Reads on and forgets, until the body ends, the sender goes away or the time is over. */
const discardRest = async (req: IncomingMessage, clock: Clock): Promise<void> => {
  const done = new AbortController();
  const finish = () => done.abort();
  req.once('end', finish).once('close', finish).once('error', finish).resume();
  await clock.sleep(lingerMs, done.signal);
};

/**
 * Answers in plain text, also while the body is still coming in. Closing at once would reset the
 * connection under a sender that is still writing, and it would never see the answer: so the whole
 * answer goes out first and the connection is closed a moment later.
 */
export const answer = async (
  req: IncomingMessage,
  res: ServerResponse,
  clock: Clock,
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
    await discardRest(req, clock);
    res.end();
    return;
  }
  res.end(body);
};
