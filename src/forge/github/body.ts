import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock/port.ts';
import type { Room } from './rooms.ts';

/**
 * GitHub sends nothing above 25 MB, and does not say of which kind; these are 25 MiB, 26.2 MB.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
 */
export const maxBodyBytes = 26_214_400;

/** What most webhooks are far below. Strangers may send bodies too: of larger ones only so many are held at a time. */
const largeBytes = 1_048_576;

/** How long an answer given before the end of the body waits for the sender to notice. */
const lingerMs = 1_000;

/** What the sender announced; null where it did not. Node refuses a length that is not a number. */
const announced = (req: IncomingMessage): number | null => {
  const length = req.headers['content-length'];
  return length === undefined ? null : Number(length);
};

/**
 * Reads a request's body. A large one is read on when there is room, which the caller leaves when it is done with it.
 *
 * @returns the bytes, or why there are none: `too-large` (seen from the announced length before a
 * byte is read, else at the first byte over the cap) or `broken` (the sender went away).
 */
export const readBody = (
  req: IncomingMessage,
  cap: number,
  room: Room,
): Promise<Buffer | 'too-large' | 'broken'> => {
  if ((announced(req) ?? 0) > cap) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let waited = false;
    const settle = (outcome: Buffer | 'too-large' | 'broken') => {
      req.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      resolve(outcome);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > cap) return settle('too-large');
      chunks.push(chunk);
      if (size <= largeBytes || waited) return;
      waited = true;
      req.pause();
      void room.enter().then(() => req.resume());
    };
    const onEnd = () => settle(Buffer.concat(chunks, size));
    const onBroken = () => settle('broken');
    req.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
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
