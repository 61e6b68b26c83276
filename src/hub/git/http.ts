import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { gitEnvironment } from './run.ts';

export interface GitHttpRequest {
  readonly method: string;
  /** Below the repository: `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> | null;
  /** Login for the repository's own records. */
  readonly user: string;
}

const headersEnd = (bytes: Buffer): { readonly at: number; readonly length: number } | null => {
  const crlf = bytes.indexOf('\r\n\r\n');
  return crlf < 0 ? null : { at: crlf, length: 4 };
};

/** https://git-scm.com/docs/git-http-backend: CGI, one process per request. Resolves with the headers, body streaming behind. */
const gitHttp = async (folder: string, ask: GitHttpRequest): Promise<Response> => {
  const length = ask.headers.get('content-length');
  const env: Record<string, string | undefined> = {
    ...gitEnvironment,
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: '1',
    REQUEST_METHOD: ask.method,
    PATH_INFO: ask.path,
    QUERY_STRING: ask.query,
    CONTENT_TYPE: ask.headers.get('content-type') ?? '',
    HTTP_CONTENT_ENCODING: ask.headers.get('content-encoding') ?? '',
    GIT_PROTOCOL: ask.headers.get('git-protocol') ?? '',
    REMOTE_USER: ask.user,
    REMOTE_ADDR: '127.0.0.1',
    // Absent means "read to the end": git sends large packs in chunks.
    ...(length === null ? {} : { CONTENT_LENGTH: length }),
  };
  const child = execa('git', ['http-backend'], {
    env,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  if (ask.body === null) child.stdin.end();
  else {
    const input = Readable.from(ask.body);
    // Either side may go first: a client that hangs up, a git that has read enough.
    input.on('error', () => child.kill());
    child.stdin.on('error', () => input.destroy());
    input.pipe(child.stdin);
  }
  const chunks = child.stdout.iterator({ destroyOnReturn: false });
  let head = Buffer.alloc(0);
  let end = headersEnd(head);
  while (end === null) {
    const next = await chunks.next();
    if (next.done) {
      await child;
      return new Response('git gave no answer\n', { status: 500 });
    }
    head = Buffer.concat([head, Buffer.from(next.value)]);
    end = headersEnd(head);
  }
  const headers = new Headers();
  let status = 200;
  for (const line of head.subarray(0, end.at).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers.set(name, value);
  }
  const rest = head.subarray(end.at + end.length);
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      if (rest.length > 0) yield rest;
      for await (const chunk of chunks) yield Buffer.from(chunk);
      await child;
    } finally {
      // A client that hangs up in the middle leaves nobody to read.
      child.kill();
    }
  }
  const parts = body();
  const stream = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await parts.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => {
      await parts.return(undefined);
    },
  });
  return new Response(stream, { status, headers });
};

type GitHttp = typeof gitHttp;

/**
 * By protocol 2 a reader is first told what this git can do, whatever is in the repository: that hangs on git and on the repository's
 * configuration alone. It is a third of the processes of a fetch. https://git-scm.com/docs/protocol-v2#_capability_advertisement
 */
const asksAbilities = ({ method, path, query, headers }: GitHttpRequest): boolean =>
  method === 'GET' &&
  path === '/info/refs' &&
  query === 'service=git-upload-pack' &&
  headers.get('git-protocol') === 'version=2';

interface Told {
  readonly headers: Headers;
  readonly body: ArrayBuffer;
}

/** As `gitHttp`; what a git can do is asked once for each configuration. */
export const createGitHttp = (): GitHttp => {
  const told = new Map<string, Told>();
  return async (folder, ask) => {
    if (!asksAbilities(ask)) return gitHttp(folder, ask);
    const configuration = await readFile(join(folder, 'config'), 'utf8');
    const known = told.get(configuration);
    if (known !== undefined) return new Response(known.body, { headers: known.headers });
    const answer = await gitHttp(folder, ask);
    const { status, headers } = answer;
    const body = await answer.arrayBuffer();
    if (status === 200) told.set(configuration, { headers, body });
    return new Response(body, { status, headers });
  };
};
