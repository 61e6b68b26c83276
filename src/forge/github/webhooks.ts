import type { IncomingMessage, ServerResponse } from 'node:http';
import { Probot, ProbotOctokit } from 'probot';
import type { Clock } from '../../clock/port.ts';
import type { Delivery } from '../../domain/trigger.ts';
import type { Log } from '../../observe/log.ts';
import { createPino } from '../../observe/logger.ts';
import { createMask } from '../../observe/masking.ts';
import { answer, maxBodyBytes, type Unread, withBody } from './body.ts';
import { type BodyBudget, createBodyBudget } from './body-budget.ts';
import { toDelivery } from './delivery.ts';
import { createRooms } from './rooms.ts';
import { createTurns } from './turns.ts';

export interface WebhookListenerOptions {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Where GitHub posts to, for example `/api/github/webhooks`. */
  readonly path: string;
  /** Must resolve only when the delivery is durable. Rejecting makes GitHub keep it as failed. */
  readonly onDelivery: (delivery: Delivery) => Promise<void>;
  /** Why no webhook is taken at this moment, if so. Asked before anything of one is read. */
  readonly closed?: () => Promise<string | null>;
  /** Tells senders apart; without it, the addresses of their connections do. */
  readonly clientOf?: (req: IncomingMessage) => string;
  readonly budget?: BodyBudget;
  readonly clock: Clock;
  readonly log: Log;
}

/** Resolves once the request is answered; false, with nothing touched, for another path. */
export type WebhookListener = (req: IncomingMessage, res: ServerResponse) => Promise<boolean>;

/** GitHub hangs up after 10 s; better that it reads why. */
const deadlineMs = 9_000;

/** Held in memory two or three times over while they are looked at: 25 MB each. So only so many at a time, and smaller ones pass by. */
const largeAtATime = 2;
const largeBytes = 1_048_576;

/** Large bodies of which a piece is read before anybody else is looked at: 64 kB each, a millisecond's work. */
const readAtATime = 4;

const signatureShape = /^sha256=[0-9a-f]{64}$/;
const deliveryIdShape = /^[0-9A-Za-z-]{1,100}$/;
// Digits too: projects_v2_item.
const eventShape = /^[a-z][a-z0-9_]{0,99}$/;
const jsonObject = /^\s*\{/;
const jsonType = /^\s*application\/json\s*(?:;|$)/i;

/**
 * Probot makes an Octokit for every event, in case the handler wants to call GitHub. Ours never
 * does, so every event gets the same one, which has no credentials at all.
 */
const withoutCredentials = ({ octokit }: { octokit: unknown }) =>
  Object.assign(async () => octokit, {
    hook: () => Promise.reject(new Error('the webhook listener calls nobody')),
  });

const trimmed = (path: string): string => path.replace(/\/+$/, '') || '/';

const pathOf = (req: IncomingMessage): string => trimmed((req.url ?? '').split('?', 1)[0] ?? '');

interface Refusal {
  readonly status: number;
  readonly sentence: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What can be refused before a byte of the body is read. */
const refusalOf = (req: IncomingMessage): Refusal | null => {
  if (req.method !== 'POST')
    return { status: 405, sentence: 'Webhooks are posted here.', headers: { allow: 'POST' } };
  if (!jsonType.test(req.headers['content-type'] ?? ''))
    return { status: 415, sentence: 'Set the content type of the webhook to `application/json`.' };
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity')
    return { status: 415, sentence: 'Send the webhook without a content encoding.' };
  const signature = req.headers['x-hub-signature-256'];
  if (typeof signature !== 'string' || !signatureShape.test(signature))
    return { status: 401, sentence: 'The header `X-Hub-Signature-256` is missing or is no signature.' };
  if (!deliveryIdShape.test(String(req.headers['x-github-delivery'] ?? '')))
    return { status: 400, sentence: 'The header `X-GitHub-Delivery` is missing or is no id.' };
  if (!eventShape.test(String(req.headers['x-github-event'] ?? '')))
    return { status: 400, sentence: 'The header `X-GitHub-Event` is missing or names no event.' };
  return null;
};

const unread: Readonly<Record<Exclude<Unread, 'broken'>, Refusal>> = {
  'too-large': { status: 413, sentence: 'No webhook of GitHub is that large.' },
  'too-slow': { status: 408, sentence: 'The body takes too long: GitHub would have hung up.' },
  crowded: {
    status: 503,
    sentence: 'More bodies come in at once than there is room for, and others came faster.',
  },
};

/** Probot marks what the sender did wrong (signature, JSON) with the status 400; the rest is on us. */
const isSendersFault = (error: unknown): boolean =>
  error instanceof AggregateError && error.errors.some((one: { status?: unknown }) => one?.status === 400);

/**
 * Probot's webhook receiver behind a reader of our own. Probot checks the signature and hands the
 * event to its one handler, which waits for `onDelivery`. Probot's own HTTP middleware is not used:
 * it reads bodies without a limit, and it answers 202 after nine seconds while the handler goes on
 * (https://github.com/octokit/webhooks.js/blob/v14.2.0/src/middleware/create-middleware.ts), so a
 * delivery could be acknowledged and then lost.
 *
 * Answers: 202 after `onDelivery` resolved; 413, 415, 408, 405, 401, 400 for what the sender did wrong,
 * with `onDelivery` never called; 503 where it rejected, took too long, nothing is taken, or there was
 * no room for the body. GitHub keeps what got no 2xx, and can be asked to send it again.
 *
 * @throws {TypeError} for a secret that is empty or is Probot's own default: Probot would go on
 * with `development`, which everybody knows.
 */
export const createWebhookListener = async (options: WebhookListenerOptions): Promise<WebhookListener> => {
  const { appId, privateKey, webhookSecret, onDelivery, clock, log } = options;
  const clientOf = options.clientOf ?? ((req: IncomingMessage) => req.socket.remoteAddress ?? '');
  const budget = options.budget ?? createBodyBudget(() => clock.monotonic());
  if (webhookSecret.trim() === '' || webhookSecret === 'development') {
    throw new TypeError('the webhook secret is empty or is `development`');
  }
  const path = trimmed(options.path);
  const probot = new Probot({
    appId,
    privateKey,
    secret: webhookSecret,
    Octokit: ProbotOctokit.defaults({ authStrategy: withoutCredentials, throttle: { enabled: false } }),
    // It would log whole payloads beside its errors, and one error for each stranger's try.
    log: createPino({ level: 'silent', mask: createMask() }),
  });
  // Before this its list of handlers is empty, and an event without a handler counts as handled.
  await probot.ready();
  probot.onAny(async ({ id, name, payload }) => {
    try {
      await onDelivery(toDelivery({ id, event: name, payload, receivedAt: clock.now() }));
    } catch (error) {
      log.error('a webhook could not be stored', { error, delivery: id, event: name });
      // Probot hangs the payload on what is thrown; not on the store's own error, please.
      throw new Error('not stored');
    }
  });

  const rooms = createRooms(largeAtATime);
  const turns = createTurns(readAtATime);

  const receive = async (req: IncomingMessage, payload: string): Promise<Refusal | null> => {
    if (!jsonObject.test(payload)) return { status: 400, sentence: 'The body is not a JSON object.' };
    const receiving = probot.webhooks.verifyAndReceive({
      id: String(req.headers['x-github-delivery']),
      name: String(req.headers['x-github-event']),
      signature: String(req.headers['x-hub-signature-256']),
      payload,
    });
    const answered = new AbortController();
    const late = clock.sleep(deadlineMs, answered.signal).then(() => 'late' as const);
    try {
      const outcome = await Promise.race([receiving, late]);
      return outcome === 'late' ? { status: 503, sentence: 'Storing the webhook takes too long.' } : null;
    } catch (error) {
      if (!isSendersFault(error)) return { status: 503, sentence: 'The webhook could not be stored.' };
      return { status: 400, sentence: 'The signature does not fit the body, or the body is not JSON.' };
    } finally {
      answered.abort();
    }
  };

  const receiveInTurn = async (req: IncomingMessage, body: Buffer): Promise<Refusal | null> => {
    const room = rooms();
    try {
      if (body.length > largeBytes) await room.enter();
      return await receive(req, body.toString('utf8'));
    } finally {
      room.leave();
    }
  };

  const refusedAfterReading = async (req: IncomingMessage): Promise<Refusal | 'broken' | null> => {
    const how = { cap: maxBodyBytes, budget, turns, client: clientOf(req), clock };
    const came = await withBody(req, how, (body) => receiveInTurn(req, body));
    return typeof came === 'string' && came !== 'broken' ? unread[came] : came;
  };

  return async (req, res) => {
    if (pathOf(req) !== path) return false;
    const why = (await options.closed?.()) ?? null;
    if (why !== null) {
      // Said once by whoever closed it, not for each one that is turned away.
      log.debug('a webhook was not taken', { status: 503, why });
      await answer(req, res, { clock, turns, client: clientOf(req) }, 503, `No webhook is taken: ${why}.`);
      return true;
    }
    const refusal = refusalOf(req) ?? (await refusedAfterReading(req));
    if (refusal === 'broken') {
      res.destroy();
    } else if (refusal === null) {
      res.writeHead(202, { 'content-length': 0 }).end();
    } else {
      log.warn('a webhook was not taken', { status: refusal.status, why: refusal.sentence });
      await answer(
        req,
        res,
        { clock, turns, client: clientOf(req) },
        refusal.status,
        refusal.sentence,
        refusal.headers,
      );
    }
    return true;
  };
};
