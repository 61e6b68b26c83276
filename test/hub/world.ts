import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { createHub, type Hub, type HubOptions } from '../../src/hub/hub.ts';
import { oneAppKey } from '../support/app-key.ts';
import { faultsOf } from './schema.ts';

export interface Received {
  readonly event: string;
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly payload: Record<string, unknown>;
}

export interface Sink {
  readonly url: string;
  readonly received: Received[];
  /** `event.action` of everything that came, in order. */
  names(): string[];
  /** Answers with this from now on. */
  answer: number;
}

/** A webhook endpoint that keeps what it gets. Gone at the end of the test. */
const createSink = async (): Promise<Sink> => {
  const received: Received[] = [];
  const sink = { url: '', received, names: () => received.map(nameOf), answer: 200 };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts).toString('utf8');
      received.push({
        event: String(request.headers['x-github-event']),
        id: String(request.headers['x-github-delivery']),
        headers: request.headers,
        raw,
        payload: JSON.parse(raw),
      });
      response.writeHead(sink.answer).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the sink has no port');
  sink.url = `http://127.0.0.1:${address.port}/hook`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return sink;
};

const nameOf = ({ event, payload }: Received): string =>
  typeof payload['action'] === 'string' ? `${event}.${payload['action']}` : event;

export const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-hub-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** Every answer is held against GitHub's description; the test fails where one does not fit. */
export const startHub = async (options: Partial<HubOptions> = {}): Promise<Hub> => {
  const faults = new Set<string>();
  const hub = await createHub({
    folder: await temporaryFolder(),
    clock: createSystemClock(),
    newKey: oneAppKey,
    ...options,
    observe: (exchange) => {
      for (const fault of faultsOf(exchange)) faults.add(fault);
      options.observe?.(exchange);
    },
  });
  onTestFinished(async () => {
    await hub.close();
    if (faults.size > 0) throw new Error(`not as GitHub answers:\n${[...faults].join('\n')}`);
  });
  return hub;
};

/** Octokit as somebody: no retries, no throttling, silent. */
export const octokitFor = (hub: Hub, token: string): Octokit =>
  new Octokit({ baseUrl: hub.apiUrl, auth: token, log: silent });

const nothing = (): void => undefined;
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const secret = 'a webhook secret of 32 characters';

/**
 * acme/infra with alice (admin), bob and carol (write), dave (read); the App `tidegate` installed on
 * it; `greeting` branch with one change, not yet a pull request.
 */
export const createWorld = async (options: Partial<HubOptions> = {}) => {
  const hub = await startHub(options);
  const sink = await createSink();
  const people = Object.fromEntries(
    ['alice', 'bob', 'carol', 'dave'].map((login) => [login, hub.addUser(login)]),
  );
  hub.addOrganisation('acme', { owners: ['alice'] });
  await hub.addRepository('acme', 'infra', {
    files: { 'README.md': '# infra\n', 'app/main.tf': 'one\ntwo\nthree\n' },
    permissions: { bob: 'write', carol: 'write', dave: 'read' },
  });
  const app = await hub.registerApp({
    slug: 'tidegate',
    webhookUrl: sink.url,
    webhookSecret: secret,
    events: [
      'pull_request',
      'issues',
      'issue_comment',
      'pull_request_review',
      'push',
      'check_run',
      'repository',
      'deployment',
      'deployment_status',
      'merge_group',
    ],
    permissions: {
      contents: 'write',
      pull_requests: 'write',
      checks: 'write',
      issues: 'write',
      statuses: 'write',
      deployments: 'write',
      metadata: 'read',
    },
    owner: 'acme',
  });
  const installationId = hub.installApp(app.appId, 'acme', ['acme/infra']);
  await hub.pushFiles('acme/infra', 'greeting', {
    files: { 'app/main.tf': 'one\n2\nthree\n', 'app/new.tf': 'new\n' },
    as: 'bob',
    message: 'Greet',
    from: 'main',
  });
  await hub.settled();
  sink.received.length = 0;
  const tokenOf = (login: string): string => {
    const user = people[login];
    if (user === undefined) throw new Error(`no user ${login}`);
    return user.token;
  };
  return {
    hub,
    sink,
    app,
    installationId,
    tokenOf,
    as: (login: string): Octokit => octokitFor(hub, tokenOf(login)),
    bot: new Octokit({
      baseUrl: hub.apiUrl,
      authStrategy: createAppAuth,
      auth: { appId: app.appId, privateKey: app.privateKey, installationId },
      log: silent,
    }),
    jwt: new Octokit({
      baseUrl: hub.apiUrl,
      authStrategy: createAppAuth,
      auth: { appId: app.appId, privateKey: app.privateKey },
      log: silent,
    }),
    open: (more: { readonly draft?: boolean; readonly title?: string } = {}) =>
      hub.openPull('acme/infra', {
        as: 'bob',
        title: 'Greet the world',
        body: 'please',
        head: 'greeting',
        base: 'main',
        ...more,
      }),
  };
};

export const infra = { owner: 'acme', repo: 'infra' } as const;

const run = promisify(execFile);

/** git as a person has it on their machine, without anybody's configuration. */
export const git = async (folder: string, ...args: string[]): Promise<string> => {
  const { stdout } = await run('git', args, {
    cwd: folder,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Bob',
      GIT_AUTHOR_EMAIL: 'bob@example.com',
      GIT_COMMITTER_NAME: 'Bob',
      GIT_COMMITTER_EMAIL: 'bob@example.com',
    },
  });
  return stdout.trim();
};

/** The repository's address with a token in it, as `git clone` takes it. */
export const remote = (hub: Hub, token: string, repo = 'acme/infra'): string =>
  `${hub.url.replace('http://', `http://x-access-token:${token}@`)}/${repo}.git`;

/** What a request was refused with. */
export const refusal = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'status' in error && 'response' in error) {
      const response = error.response;
      const data =
        typeof response === 'object' && response !== null && 'data' in response ? response.data : null;
      return { status: error.status, data };
    }
    throw error;
  }
  throw new Error('this was not refused');
};
