import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ClientAddresses, networkOf } from './client-address.ts';

export interface ConnectionCaps {
  /** Connections of one client. */
  readonly perClient: number;
  readonly total: number;
}

/** Far more than GitHub and people need at once, and far less than a process has descriptors. */
export const usualCaps: ConnectionCaps = { perClient: 256, total: 1_024 };

/** Everything that is answered at all is answered within this: after it, a connection is one that does not take its answer. */
const answerMs = 15_000;

interface Connection {
  readonly socket: Socket;
  /** Whose it is; null: of a proxy, between two requests. */
  client: string | null;
  /** Requests that are not answered, each with its answer. */
  readonly requests: Map<IncomingMessage, ServerResponse>;
  /** When it was opened, its last request began, or its last answer ended; monotonic milliseconds. */
  since: number;
}

export interface Connections {
  /** Takes a new connection, and gives one up for it where there are too many. Destroys the new one where none may be given up. */
  open(socket: Socket): void;
  /** A request came over a connection. */
  begin(request: IncomingMessage, response: ServerResponse): void;
  /** Is nothing of an answer under way over a connection? */
  isSilent(socket: Socket): boolean;
}

interface ConnectionsOptions {
  readonly caps: ConnectionCaps;
  readonly clients: ClientAddresses;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const isAnswering = ({ requests }: Connection): boolean =>
  requests.size > 0 && [...requests.keys()].every(({ complete }) => complete);

const longest = (some: readonly Connection[]): Connection | undefined =>
  some.reduce<Connection | undefined>(
    (most, one) => (most !== undefined && most.since <= one.since ? most : one),
    undefined,
  );

/**
 * The connections of a listener. The newest one is always taken as long as another one may be given up: the one that has waited
 * longest for its sender. So whoever opens many and sends little only loses their own, and a delivery, which comes at once, gets
 * through even if all connections come from one address (a proxy that nobody told us of).
 */
export const createConnections = ({ caps, clients, now }: ConnectionsOptions): Connections => {
  const all = new Map<Socket, Connection>();

  const leastOf = (some: readonly Connection[]): Connection | undefined =>
    longest(some.filter((one) => !isAnswering(one))) ??
    longest(some.filter((one) => now() - one.since > answerMs));

  const giveUp = (one: Connection | undefined): boolean => {
    if (one === undefined) return false;
    all.delete(one.socket);
    one.socket.destroy();
    return true;
  };

  const of = (client: string): readonly Connection[] =>
    [...all.values()].filter((one) => one.client === client);

  /** Those of the clients that have the most. */
  const ofBusiest = (): readonly Connection[] => {
    const byClient = Map.groupBy(all.values(), ({ client }) => client);
    const most = Math.max(...[...byClient.values()].map(({ length }) => length));
    return [...byClient.values()].filter(({ length }) => length === most).flat();
  };

  /** Room for one more of a client. */
  const makeRoomOf = (client: string | null): boolean => {
    const own = client === null ? [] : of(client);
    return own.length < caps.perClient || giveUp(leastOf(own));
  };
  const makeRoom = (): boolean =>
    all.size < caps.total || giveUp(leastOf(ofBusiest())) || giveUp(leastOf([...all.values()]));

  return {
    open: (socket) => {
      const address = socket.remoteAddress ?? '';
      const client = clients.isProxy(address) ? null : networkOf(address);
      if (!makeRoomOf(client) || !makeRoom()) {
        socket.destroy();
        return;
      }
      all.set(socket, { socket, client, requests: new Map(), since: now() });
      socket.once('close', () => all.delete(socket));
    },
    begin: (request, response) => {
      const { socket } = request;
      const connection = all.get(socket);
      if (connection === undefined) return;
      const behindProxy = connection.client === null;
      if (behindProxy) {
        const client = clients.of(request);
        // Its own place is taken from others of the same client, never from itself: it has begun just now.
        if (!makeRoomOf(client)) {
          giveUp(connection);
          return;
        }
        connection.client = client;
      }
      connection.requests.set(request, response);
      connection.since = now();
      response.once('close', () => {
        connection.requests.delete(request);
        connection.since = now();
        if (connection.requests.size === 0 && clients.isProxy(socket.remoteAddress ?? ''))
          connection.client = null;
      });
    },
    isSilent: (socket) =>
      [...(all.get(socket)?.requests.values() ?? [])].every(({ headersSent }) => !headersSent),
  };
};
