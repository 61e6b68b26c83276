import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parse } from 'yaml';
import type { Clock } from '../clock/port.ts';
import { type Answer, type Api, isDryRun } from './api.ts';
import type { ArmedFault, Faults } from './faults.ts';
import type { Json } from './json.ts';
import { readProtobuf } from './protobuf.ts';
import { Refusal } from './refusal.ts';
import type { Storage } from './storage.ts';
import type { TracedRequest } from './traced.ts';
import { streamChanges } from './watch.ts';

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What a client may ask for that a cluster would not have, so that nobody builds on it by accident. */
const isAbsentOnPurpose = (path: string): boolean =>
  path.startsWith('/openapi/v2') || path.startsWith('/apis/');

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** YAML is what an apply may be, and JSON is YAML; but JSON is read faster. */
const decode = (bytes: Buffer, type: string): Json => {
  if (bytes.length === 0) return null;
  if (type === 'application/vnd.kubernetes.protobuf') return readProtobuf(bytes);
  const text = bytes.toString('utf8');
  return /^[[{]/.test(text) ? JSON.parse(text) : parse(text);
};

const send = (
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string | string[]>> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

const attempt = (work: () => Answer): Answer | Refusal => {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
};

export const serveApi = async (
  api: Api,
  storage: Storage,
  parts: {
    readonly clock: Clock;
    readonly faults: Faults;
    readonly trace: TracedRequest[];
    /** Requests that nobody here knows an answer to, or that broke the server. */
    readonly strays: string[];
  },
): Promise<HttpServer> => {
  const open = new Set<() => void>();
  let url = '';

  const fail = (response: ServerResponse, fault: ArmedFault): boolean => {
    if (fault.what.kind !== 'status') return false;
    const { status, reason, message, retryAfter } = fault.what;
    const refusal = new Refusal(
      status,
      message ?? `the server says ${status}`,
      reason === undefined ? {} : { reason },
    );
    send(
      response,
      status,
      refusal.toStatus(),
      retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    );
    return true;
  };

  /** True when the connection was cut. */
  const hold = async (
    response: ServerResponse,
    fault: ArmedFault | null,
    when: 'before-work' | 'after-work',
  ): Promise<boolean> => {
    if (fault === null) return false;
    const { what } = fault;
    if (what.kind === 'delay' && when === 'before-work') await parts.clock.sleep(what.ms);
    if ((what.kind !== 'stall' && what.kind !== 'close') || what.when !== when) return false;
    if (what.kind === 'close') {
      response.destroy();
      return true;
    }
    await Promise.race([fault.released, once(response, 'close')]);
    return response.destroyed;
  };

  /** Nobody but a tool of this machine asks: a page of a browser has an `Origin`, or comes by another name. */
  const isForeign = ({ headers }: IncomingMessage): boolean =>
    headers.origin !== undefined || headers.host !== new URL(url).host;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (isForeign(request)) {
      send(response, 403, new Refusal(403, 'this cluster is for tools of this machine').toStatus());
      return;
    }
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://cluster');
    // Clients send no token over plain HTTP: who it is stands in the address of their kubeconfig.
    const [, user = 'admin', path = pathname] = /^\/as\/([^/]+)(\/.*)$/.exec(pathname) ?? [];
    const method = request.method ?? 'GET';
    const bytes = await readBody(request);
    const type = (request.headers['content-type'] ?? '').split(';')[0] ?? '';
    const body = decode(bytes, type);
    const traced: TracedRequest = {
      method,
      path,
      query: Object.fromEntries([...query].sort(([a], [b]) => (a < b ? -1 : 1))),
      patch: method === 'PATCH' ? type : null,
      dryRun: query.get('dryRun') === 'All' || (method === 'DELETE' && isDryRun(body)),
      user,
      body,
      status: 0,
    };
    parts.trace.push(traced);
    response.on('finish', () => {
      traced.status = response.statusCode;
    });
    const fault = parts.faults.take(traced);
    if (fault !== null && fail(response, fault)) return;
    if (await hold(response, fault, 'before-work')) return;
    const userAgent = request.headers['user-agent'] ?? '';
    const answer = attempt(() => api.answer({ method, path, query, type, body, userAgent }));
    if (await hold(response, fault, 'after-work')) return;
    if (answer instanceof Refusal) {
      const isUnknown =
        answer.code === 404 && Object.keys(answer.details).length === 0 && !isAbsentOnPurpose(path);
      if (isUnknown || answer.code === 405) parts.strays.push(`${method} ${path}`);
      send(response, answer.code, answer.toStatus());
    } else if ('watch' in answer) {
      traced.status = 200;
      const end = streamChanges(storage, parts.clock, response, answer.watch);
      open.add(end);
      response.on('close', () => open.delete(end));
    } else if ('bytes' in answer) response.writeHead(200, { 'content-type': answer.type }).end(answer.bytes);
    else if ('text' in answer) response.writeHead(200, { 'content-type': 'text/plain' }).end(answer.text);
    else {
      const warnings = (answer.warnings ?? []).map((warning) => `299 - ${JSON.stringify(warning)}`);
      send(response, answer.status, answer.body, warnings.length === 0 ? {} : { warning: warnings });
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      parts.strays.push(
        `${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}`,
      );
      if (!response.headersSent) send(response, 500, new Refusal(500, String(error)).toStatus());
      else response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the API has no port');
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    close: async () => {
      parts.faults.clear();
      for (const end of [...open]) end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
