import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A state backend that speaks Terraform's `http` protocol, on 127.0.0.1. Close it in the same test. */
export interface StateServer {
  /** The backend block for a project whose state has that name. */
  readonly backend: (name: string) => string;
  /** Text of a state; empty when there is none. */
  readonly state: (name: string) => string;
  /** Id of who holds a state's lock; null when nobody does. */
  readonly lockOf: (name: string) => string | null;
  /** Puts a state there, as another machine would have. */
  readonly put: (name: string, text: string) => void;
  /** Writes that are refused from now on with this status; null: none. */
  refuseWrites(status: number | null): void;
  refuseReads(status: number | null): void;
  close(): Promise<void>;
}

export const startStateServer = async (): Promise<StateServer> => {
  const states = new Map<string, string>();
  const locks = new Map<string, string>();
  const refused: { writes: number | null; reads: number | null } = { writes: null, reads: null };
  const server = createServer((request, response) => {
    // A write carries the id of the lock it is made under.
    const name = (request.url ?? '').slice(1).replace(/\?.*$/, '');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const answer = (status: number, text = '') => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(text);
      };
      switch (request.method) {
        case 'GET':
          if (refused.reads !== null) return answer(refused.reads);
          return states.has(name) ? answer(200, states.get(name)) : answer(404);
        case 'POST':
          if (refused.writes !== null) return answer(refused.writes);
          states.set(name, body);
          return answer(200);
        case 'LOCK':
          if (locks.has(name)) return answer(423, locks.get(name));
          locks.set(name, body);
          return answer(200);
        case 'UNLOCK':
          locks.delete(name);
          return answer(200);
        default:
          return answer(405);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const idOf = (text: string): string => {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && 'ID' in parsed ? String(parsed.ID) : '';
  };
  return {
    backend: (name) => {
      const at = `http://127.0.0.1:${port}/${name}`;
      return `terraform {\n  backend "http" {\n    address        = "${at}"\n    lock_address   = "${at}"\n    unlock_address = "${at}"\n    retry_max      = 0\n  }\n}\n`;
    },
    state: (name) => states.get(name) ?? '',
    lockOf: (name) => {
      const held = locks.get(name);
      return held === undefined ? null : idOf(held);
    },
    put: (name, text) => void states.set(name, text),
    refuseWrites: (status) => {
      refused.writes = status;
    },
    refuseReads: (status) => {
      refused.reads = status;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
