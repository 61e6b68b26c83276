import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../clock/port.ts';
import { UserError } from '../domain/problem.ts';
import type { Log } from '../observe/log.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The settings that host and port came from, for whoever has to change them. */
  readonly settings: string;
  /** Answers every request. What it throws is logged and answered with 500. */
  readonly handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
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

const printable = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const cannotListen = ({ host, port, settings }: ListenerOptions, cause: NodeJS.ErrnoException): UserError =>
  new UserError(
    {
      code: 'cannot-start',
      sentence: `The server cannot listen on \`${host}\` port \`${port}\`: ${cause.message}.`,
      advice: `Stop what uses that port, or set ${settings} to an address of this machine that is free.`,
    },
    { cause },
  );

/** An HTTP listener with limits against slow and idle clients, and an orderly end. */
export const createListener = (options: ListenerOptions): WebServer => {
  const { host, port, clock, log, graceMs = defaultGraceMs } = options;
  const underWay = new Set<ServerResponse>();
  let stopping: Promise<void> | null = null;

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    try {
      await options.handle(req, res);
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
        const failed = (cause: NodeJS.ErrnoException) => reject(cannotListen(options, cause));
        server.once('error', failed);
        server.listen(port, host, () => {
          server.off('error', failed);
          resolve();
        });
      }),
    stop() {
      stopping ??= close();
      return stopping;
    },
  };
};
