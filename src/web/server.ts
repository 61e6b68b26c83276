import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Clock } from '../clock/port.ts';
import { UserError } from '../domain/problem.ts';
import type { Log } from '../observe/log.ts';

interface Readiness {
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
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds that `stop` gives to requests under way. */
  readonly graceMs?: number;
}

export interface WebServer {
  /** `http://host:port`, once started. */
  readonly url: string;
  /** Resolves when it listens; rejects with a UserError where it cannot. */
  start(): Promise<void>;
  /** Takes no more connections, lets requests under way finish, and resolves when all is closed. */
  stop(): Promise<void>;
}

/** GitHub gives up on a delivery after 10 s, so nothing that still matters takes longer. */
const defaultGraceMs = 10_000;

const limits = {
  headersTimeout: 10_000,
  /** For the whole request: 26 MB over a slow line, and no slower. */
  requestTimeout: 30_000,
  /** Longer than the 60 s that load balancers keep theirs, or they would send into a closing one. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
};

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

const printable = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const cannotListen = (host: string, port: number, cause: NodeJS.ErrnoException): UserError =>
  new UserError(
    {
      code: 'cannot-start',
      sentence: `The server cannot listen on \`${host}\` port \`${port}\`: ${cause.message}.`,
      advice:
        'Stop what uses that port, or set `HOST` and `PORT` to an address of this machine that is free.',
    },
    { cause },
  );

/** The public server: webhooks, and whether the process is up and ready. Everything else is a 404. */
export const createServer = (options: ServerOptions): WebServer => {
  const { host, port, webhooks, ready, clock, log, graceMs = defaultGraceMs } = options;
  const pages = getRequestListener(healthPages(ready, log).fetch, { overrideGlobalObjects: false });
  const underWay = new Set<ServerResponse>();
  let stopping: Promise<void> | null = null;

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    try {
      if (!(await webhooks(req, res))) await pages(req, res);
    } catch (error) {
      log.error('a request failed', { error });
      if (res.headersSent) res.destroy();
      else res.writeHead(500).end();
    }
  };

  const server = createHttpServer(limits, (req, res) => {
    underWay.add(res);
    if (stopping !== null) res.setHeader('connection', 'close');
    res.once('close', () => {
      underWay.delete(res);
      // A connection that was busy when the server closed would be kept alive for another minute.
      if (stopping !== null && underWay.size === 0) server.closeAllConnections();
    });
    void handle(req, res);
  });
  // What is no HTTP gets Node's plain 400; without this a reset would be logged as our error.
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });

  const close = async (): Promise<void> => {
    const closed = new AbortController();
    const all = new Promise<void>((resolve) => {
      server.close(() => {
        closed.abort();
        resolve();
      });
    });
    if (underWay.size === 0) server.closeAllConnections();
    void clock.sleep(graceMs, closed.signal).then(() => {
      if (closed.signal.aborted) return;
      log.warn('requests were still under way and were cut off', { underWay: underWay.size });
      server.closeAllConnections();
    });
    await all;
  };

  return {
    get url() {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server is not started');
      return `http://${printable(address.address)}:${address.port}`;
    },
    start: () =>
      new Promise((resolve, reject) => {
        const failed = (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause));
        server.once('error', failed);
        server.listen(port, host, () => {
          server.off('error', failed);
          log.info('listening for webhooks', { host, port });
          resolve();
        });
      }),
    stop() {
      stopping ??= close();
      return stopping;
    },
  };
};
