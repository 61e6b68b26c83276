import { type ChildProcessByStdio, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';

export interface GitServer {
  /** `http://127.0.0.1:PORT`; a repository is at `/NAME` below it. */
  readonly origin: string;
  /** Paths with their query, in the order they came. */
  readonly requests: string[];
  close(): Promise<void>;
}

export interface GitServerOptions {
  /** Folder with bare repositories. */
  readonly root: string;
  /** When set, every request must carry it as the password of `x-access-token`. */
  readonly token?: string;
  /** Answers in place of git when it returns true; throws nothing. Awaited, so it can hold a request back. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
}

const backend = path.join(
  execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(),
  'git-http-backend',
);

const gitEnvironment = (root: string, request: IncomingMessage) => ({
  PATH: process.env['PATH'],
  HOME: root,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
});

type Answering = ChildProcessByStdio<Writable, Readable, null>;

/** Hands a request to a process, which ends with it. */
const feed = (child: Answering, request: Readable, response: ServerResponse): void => {
  response.on('close', () => child.kill());
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
};

/** Runs `git http-backend` (git-http-backend(1), a CGI program) for one request. */
const serve = (root: string, url: URL, request: IncomingMessage, response: ServerResponse): void => {
  const child = spawn(backend, [], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...gitEnvironment(root, request),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  feed(child, request, response);
  let head = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      if (!response.write(chunk)) {
        child.stdout.pause();
        response.once('drain', () => child.stdout.resume());
      }
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const lines = head.subarray(0, end).toString().split('\r\n');
    let status = 200;
    for (const line of lines) {
      const colon = line.indexOf(':');
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
      if (name.toLowerCase() === 'status') status = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
  });
  child.stdout.on('end', () => response.end());
};

const run = promisify(execFile);

/**
 * What a fetch asks for, without the program between: `http-backend` does nothing for it but start `upload-pack`, and that is a third of the
 * processes of a fetch. What version 2 of the protocol says first names no ref: it hangs on the settings of the repository alone.
 * https://git-scm.com/docs/protocol-v2
 */
const createFetches = (root: string) => {
  const said = new Map<string, Promise<Buffer>>();

  const advertisement = (folder: string, request: IncomingMessage): Promise<Buffer> => {
    const key = `${folder}\n${request.headers['git-protocol']}\n${readFileSync(path.join(folder, 'config'), 'utf8')}`;
    const known = said.get(key);
    if (known !== undefined) return known;
    const asked = run('git', ['upload-pack', '--http-backend-info-refs', folder], {
      env: gitEnvironment(root, request),
      encoding: 'buffer',
    }).then(({ stdout }) => stdout);
    said.set(key, asked);
    return asked;
  };

  return async (url: URL, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const [, name, asked] = /^\/([\w.-]+)\/(info\/refs|git-upload-pack)$/.exec(url.pathname) ?? [];
    if (name === undefined) return false;
    const folder = path.join(root, name);
    const isNew = /\bversion=2\b/.test(String(request.headers['git-protocol']));
    if (!isNew || !existsSync(path.join(folder, 'HEAD'))) return false;
    if (asked === 'info/refs') {
      if (url.search !== '?service=git-upload-pack') return false;
      const type = 'application/x-git-upload-pack-advertisement';
      response.writeHead(200, { 'content-type': type }).end(await advertisement(folder, request));
      return true;
    }
    const child = spawn('git', ['upload-pack', '--stateless-rpc', folder], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: gitEnvironment(root, request),
    });
    feed(
      child,
      request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request,
      response,
    );
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
    child.stdout.pipe(response);
    return true;
  };
};

/** Smart HTTP for real repositories on a free port of 127.0.0.1. Close it in the same test. */
export const startGitServer = async (options: GitServerOptions): Promise<GitServer> => {
  const requests: string[] = [];
  const fetches = createFetches(options.root);
  const wanted = `Basic ${Buffer.from(`x-access-token:${options.token ?? ''}`).toString('base64')}`;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(request.url ?? '');
    if (await options.instead?.(request, response)) return;
    if (options.token !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (!(await fetches(url, request, response))) serve(options.root, url, request, response);
  };
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
