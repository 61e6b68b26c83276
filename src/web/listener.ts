import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Clock } from '../clock/port.ts';
import { UserError } from '../domain/problem.ts';
import type { Log } from '../observe/log.ts';
import { isAddressed } from './address.ts';
import type { ClientAddresses } from './client-address.ts';
import { type ConnectionCaps, createConnections, usualCaps } from './connections.ts';

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The settings that host and port came from, for whoever has to change them. */
  readonly settings: string;
  /** Answers every request. What it throws is logged and answered with 500. */
  readonly handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  readonly clients: ClientAddresses;
  readonly caps?: ConnectionCaps;
  /** Other limits than the usual ones, of what Node's server takes. */
  readonly limits?: Partial<typeof usualLimits>;
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

const usualLimits = {
  headersTimeout: 10_000,
  /** For the whole request. GitHub gives up on a delivery after 10 s, and the forms of the pages are small. */
  requestTimeout: 15_000,
  /** Longer than the 60 s that load balancers keep theirs, or they would send into a closing one. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
  maxRequestsPerSocket: 10_000,
};

/** Nothing came in or went out for so long: nobody reads the answer. A page that follows a log says something every 15 s. */
const silenceMs = 60_000;

/** How long a sender that was answered before the end of its request may take to notice. */
const lingerMs = 1_000;

/** What Node itself would answer (https://nodejs.org/api/http.html#event-clienterror). */
const statusOf = (code: string | undefined): string =>
  code === 'HPE_HEADER_OVERFLOW'
    ? '431 Request Header Fields Too Large'
    : code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? '408 Request Timeout'
      : '400 Bad Request';

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
  const { host, port, clients, clock, log, caps = usualCaps, graceMs = defaultGraceMs } = options;
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

  const connections = createConnections({ caps, clients, now: () => clock.monotonic() });

  /** Closes a connection whose request was answered before its end: the sender may go on for ever. Nothing more of it is read. */
  const endUnread = async ({ complete, socket }: IncomingMessage): Promise<void> => {
    if (complete || socket.destroyed) return;
    socket.pause();
    const over = new AbortController();
    socket.once('close', () => over.abort());
    await clock.sleep(lingerMs, over.signal);
    socket.destroy();
  };

  const server = createHttpServer({ ...usualLimits, ...options.limits }, (req, res) => {
    connections.begin(req, res);
    underWay.add(res);
    if (stopping !== null) res.setHeader('connection', 'close');
    res.once('finish', () => void endUnread(req));
    res.once('close', () => {
      underWay.delete(res);
      // A connection that was busy when the server closed would be kept alive for another minute.
      if (stopping !== null && underWay.size === 0) server.closeAllConnections();
    });
    if (isAddressed(req)) void handle(req, res);
    else res.writeHead(400, { connection: 'close' }).end();
  });
  server.setTimeout(silenceMs);
  server.on('connection', (socket) => connections.open(socket));
  // Without this a reset would be logged as our error. A sender that is only told of the end could stay for as long as it likes.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!(socket instanceof Socket) || !socket.writable || !connections.isSilent(socket)) {
      socket.destroy();
      return;
    }
    socket.write(`HTTP/1.1 ${statusOf(error.code)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.destroySoon();
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
