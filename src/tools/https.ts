import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { Clock } from '../clock/port.ts';

/** Why something did not come: words that follow a colon. */
export class NotFetched extends Error {
  /** The server said that there is no such thing. */
  readonly isMissing: boolean;

  constructor(why: string, options: { readonly isMissing?: boolean; readonly cause?: unknown } = {}) {
    super(why, { cause: options.cause });
    this.name = 'NotFetched';
    this.isMissing = options.isMissing ?? false;
  }
}

export interface HttpsOptions {
  /** A certificate authority besides those that Node knows; PEM, null for none. */
  readonly ca: string | null;
  /** Where `HTTPS_PROXY` and `NO_PROXY` are looked up, as Node does with its own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Silence after which it is given up, milliseconds. */
  readonly idleMs: number;
  /** For one thing altogether, milliseconds. */
  readonly limitMs: number;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

export interface Https {
  /** Hands each part to `take` as it comes. Throws NotFetched; more than `maxBytes` is one. */
  get(url: string, maxBytes: number, take: (part: Buffer) => Promise<void> | void): Promise<void>;
}

/** Ends one question, for a reason in words. */
interface GiveUp {
  readonly signal: AbortSignal;
  because(reason: string): void;
}

const mostRedirects = 5;

/** GET over HTTPS and nothing else, without any credentials. Redirects are followed as long as they stay there. */
export const createHttps = (options: HttpsOptions): Https => {
  const { clock, idleMs, limitMs, signal } = options;
  const agent = new Agent({
    proxyEnv: options.environment,
    ...(options.ca === null ? {} : { ca: [...getCACertificates('default'), options.ca] }),
  });

  const ask = (url: URL, giveUp: GiveUp): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = { agent, signal: giveUp.signal, headers: { accept: '*/*' } };
      const asked = request(url, options, resolve);
      asked.setTimeout(idleMs, () => giveUp.because(`no answer for ${idleMs / 1000} seconds`));
      asked.once('error', reject);
      asked.end();
    });

  const follow = async (start: string, giveUp: GiveUp): Promise<IncomingMessage> => {
    let url = new URL(start);
    for (let step = 0; step <= mostRedirects; step += 1) {
      if (url.protocol !== 'https:')
        throw new NotFetched(`it leads to \`${url.protocol}\`, which is not HTTPS`);
      const answer = await ask(url, giveUp);
      const { statusCode = 0, headers } = answer;
      if (statusCode === 200) return answer;
      answer.destroy();
      if (statusCode < 300 || statusCode > 399 || headers.location === undefined)
        throw new NotFetched(`\`${url.host}\` answers with ${statusCode}`, {
          isMissing: statusCode === 404 || statusCode === 410,
        });
      url = new URL(headers.location, url);
    }
    throw new NotFetched(`more than ${mostRedirects} redirects`);
  };

  const read = async (
    url: string,
    maxBytes: number,
    take: (part: Buffer) => Promise<void> | void,
    giveUp: GiveUp,
  ): Promise<void> => {
    const answer = await follow(url, giveUp);
    const tooLarge = () => new NotFetched(`it is larger than ${maxBytes} bytes`);
    try {
      if (Number(answer.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
      let bytes = 0;
      for await (const part of answer) {
        if (!Buffer.isBuffer(part)) throw new NotFetched('it is no bytes');
        bytes += part.length;
        if (bytes > maxBytes) throw tooLarge();
        await take(part);
      }
      if (!answer.complete) throw new NotFetched('it ends before its end');
    } finally {
      answer.destroy();
    }
  };

  return {
    get: async (url, maxBytes, take) => {
      const over = new AbortController();
      const done = new AbortController();
      let why: string | null = null;
      const giveUp: GiveUp = {
        signal: AbortSignal.any([signal, over.signal]),
        because: (reason) => {
          why ??= reason;
          over.abort();
        },
      };
      const late = clock.sleep(limitMs, done.signal).then(() => {
        if (!done.signal.aborted) giveUp.because(`it took more than ${limitMs / 1000} seconds`);
      });
      try {
        await read(url, maxBytes, take, giveUp);
      } catch (error) {
        if (error instanceof NotFetched) throw error;
        if (signal.aborted) throw new NotFetched('the server stopped', { cause: error });
        if (why !== null) throw new NotFetched(why, { cause: error });
        if (isOfDisk(error)) throw error;
        throw new NotFetched(error instanceof Error ? error.message : String(error), { cause: error });
      } finally {
        done.abort();
        await late;
      }
    },
  };
};

/** What `take` met is not the network's fault, and a full disk is told by others. */
const isOfDisk = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(String(error.code));
