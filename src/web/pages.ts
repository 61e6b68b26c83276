import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Clock } from '../clock/port.ts';
import type { Log } from '../observe/log.ts';
import { createListener, type WebServer } from './listener.ts';

export interface PagesOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where people reach the pages; its name is answered to as well. */
  readonly publicUrl: string | null;
  readonly metrics: { readonly contentType: string; scrape(): Promise<string> };
  readonly clock: Clock;
  readonly log: Log;
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** `name:port` or `[address]:port` without its port. */
const nameOf = (hostHeader: string): string => hostHeader.replace(/:\d{1,5}$/, '').toLowerCase();

/**
 * Who listens on loopback only is meant for this machine; yet any web page that somebody here looks at can have a name of its own
 * point to 127.0.0.1 and read the answers (DNS rebinding). So a name that is not loopback's, nor the one people were given,
 * is not answered to. A listener on another address is reached by names that only the operator knows.
 */
const isAnsweredTo = (
  { host, publicUrl }: Pick<PagesOptions, 'host' | 'publicUrl'>,
  asked: string,
): boolean =>
  !loopback.test(host) ||
  loopback.test(nameOf(asked)) ||
  (publicUrl !== null && nameOf(asked) === nameOf(new URL(publicUrl).host));

const pagesOf = ({ metrics, log, ...names }: PagesOptions): Hono => {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!isAnsweredTo(names, c.req.header('host') ?? ''))
      return c.text('This server is not known by that name.', 421);
    return next();
  });
  app.get('/metrics', async (c) => {
    c.header('content-type', metrics.contentType);
    return c.body(await metrics.scrape());
  });
  app.notFound((c) => c.text('There is nothing here.', 404));
  app.onError((error, c) => {
    log.error('a request failed', { error });
    return c.text('That failed. The log says why.', 500);
  });
  return app;
};

/** The second listener: what is for the people who run Tidegate, and not for GitHub. */
export const createPages = (options: PagesOptions): WebServer => {
  const { host, port, clock, log } = options;
  const pages = getRequestListener(pagesOf(options).fetch, { overrideGlobalObjects: false });
  return createListener({
    host,
    port,
    settings: '`TIDEGATE_PAGES_HOST` and `TIDEGATE_PAGES_PORT`',
    handle: async (req, res) => {
      await pages(req, res);
    },
    clock,
    log,
  });
};
