import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Clock } from '../clock/port.ts';
import type { Log } from '../observe/log.ts';
import type { ConnectionCaps } from './connections.ts';
import { createListener, type ListenerOptions, type WebServer } from './listener.ts';

export interface Readiness {
  readonly ok: boolean;
  /** Why not, for operators; shown to whoever asks. */
  readonly reason?: string;
}

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Asked first; resolves to false for what is not its path. */
  readonly webhooks: (req: IncomingMessage, res: ServerResponse) => Promise<boolean>;
  readonly ready: () => Promise<Readiness>;
  readonly clients: ListenerOptions['clients'];
  readonly caps?: ConnectionCaps;
  readonly limits?: NonNullable<ListenerOptions['limits']>;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds that `stop` gives to requests under way. */
  readonly graceMs?: number;
}

const healthPages = (ready: () => Promise<Readiness>, log: Log): Hono => {
  const app = new Hono();
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', async (c) => {
    const { ok, reason } = await ready();
    return ok ? c.text('ready') : c.text(`not ready: ${reason ?? 'no reason given'}`, 503);
  });
  app.notFound((c) => c.text('There is nothing here.', 404));
  app.onError((error, c) => {
    log.error('a request failed', { error });
    return c.text('That failed. The log says why.', c.req.path === '/readyz' ? 503 : 500);
  });
  return app;
};

/** The public server: webhooks, and whether the process is up and ready. Everything else is a 404. */
export const createServer = ({ webhooks, ready, ...options }: ServerOptions): WebServer => {
  const pages = getRequestListener(healthPages(ready, options.log).fetch, { overrideGlobalObjects: false });
  return createListener({
    ...options,
    settings: '`HOST` and `PORT`',
    handle: async (req, res) => {
      if (!(await webhooks(req, res))) await pages(req, res);
    },
  });
};
