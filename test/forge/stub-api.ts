import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

interface Asked {
  readonly line: string;
  readonly authorization: string;
  readonly body: unknown;
}

type Reply = (res: ServerResponse, asked: Asked) => void;

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

const bodyOf = async (req: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
};

/**
 * A server that says what a test wants it to say, for answers that no GitHub would give on purpose:
 * broken, never ending, misleading. It hands out tokens `t1`, `t2`, ... good for an hour.
 * @param aheadMs how far its clock is ahead of ours; it believes no App whose assertion is not of its own time
 */
export const stubApi = async (reply: Reply, aheadMs = 0) => {
  const now = () => Date.now() + aheadMs;
  const isOfItsTime = (authorization: string): boolean => {
    const claims: unknown = JSON.parse(
      Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString() || '{}',
    );
    const { iat, exp } = { iat: 0, exp: 0, ...(claims instanceof Object ? claims : {}) };
    return iat <= now() / 1000 + 60 && exp > now() / 1000 && exp <= now() / 1000 + 660;
  };
  const asked: Asked[] = [];
  let tokens = 0;
  const mint: Reply = (res, one) => {
    const date = { date: new Date(now()).toUTCString() };
    if (!isOfItsTime(one.authorization)) {
      const message =
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
      return json(401, { message }, date)(res, one);
    }
    tokens += 1;
    const expires = new Date(now() + 3_600_000).toISOString();
    json(201, { token: `ghs_t${tokens}`, expires_at: expires }, date)(res, one);
  };
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const one = {
      line: `${req.method} ${req.url}`,
      authorization: req.headers.authorization ?? '',
      body: await bodyOf(req),
    };
    asked.push(one);
    if (one.line.endsWith('/access_tokens')) mint(res, one);
    else reply(res, one);
  };
  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    calls: () => asked.filter(({ line }) => !line.endsWith('/access_tokens')),
    mints: () => asked.filter(({ line }) => line.endsWith('/access_tokens')),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await nextTurn();
      await nextTurn();
    },
  };
};
