import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import type { Clock } from '../../clock/port.ts';
import type { RepoRef } from '../../domain/pull.ts';
import type { Log } from '../../observe/log.ts';
import { ForgeError } from '../port.ts';
import { octokitFailure } from './failure.ts';
import { fieldsOf, text } from './fields.ts';
import { createLeases, type Lease } from './leases.ts';
import { createPrimaryLimits, type PrimaryLimits } from './primary-limit.ts';
import { createTokens, type Minted, type Scope } from './tokens.ts';

export interface ConnectionOptions {
  readonly appId: number;
  /** PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: string;
  /** `https://api.github.com`, or an Enterprise server's `/api/v3`. */
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch?: typeof globalThis.fetch;
}

/** GitHub's API as our App. Every call that fails throws a ForgeError. */
export interface Connection {
  /** Speaks with a token that reaches this one repository, so a name that moved on cannot mislead it. */
  api(repo: RepoRef): Octokit;
  /** Speaks with a token that only sees which repositories an installation reaches. */
  installation(id: number): Octokit;
  /** Speaks as the App itself. */
  readonly app: Octokit;
  readonly primaryLimit: PrimaryLimits['of'];
  /** A token that can only read, or only read and write, this repository's contents. */
  contentsToken(repo: RepoRef, access: 'read' | 'write'): Promise<Lease>;
  /** Revokes what `contentsToken` gave out. */
  close(): Promise<void>;
}

const timeoutMs = 20_000;

type Hook = Parameters<typeof Octokit.prototype.hook.wrap<'request'>>[1];
type Send = Parameters<Hook>[0];
type Options = Parameters<Hook>[1];

const permissionsOf = {
  all: {},
  'read-contents': { permissions: { contents: 'read' } },
  'write-contents': { permissions: { contents: 'write' } },
  list: { permissions: { metadata: 'read' } },
} as const;

/** Octokit throws for "not modified", which is an answer to whoever asked for it. */
const notModified = (error: unknown): Awaited<ReturnType<Send>> => {
  const response = fieldsOf(fieldsOf(error)?.['response']);
  if (response?.['status'] !== 304) throw error;
  const date = text(fieldsOf(response['headers'])?.['date']);
  return { status: 304, url: '', data: null, headers: date === null ? {} : { date } };
};

export const createConnection = (options: ConnectionOptions): Connection => {
  const { appId, privateKey, apiUrl, clock, log } = options;
  const settings = {
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'tidegate',
    ...(options.fetch === undefined ? {} : { request: { fetch: options.fetch } }),
    log: {
      // Octokit gives whole requests to `debug`, the authorization header among the rest.
      debug: () => undefined,
      info: (line: string) => log.debug(line),
      warn: (line: string) => log.warn(line),
      // Every refusal, a plain 404 too. It is thrown as well, and the caller knows what it means.
      error: (line: string) => log.debug(line),
    },
  };

  const nameOf = (octokit: Octokit, request: Options): string => {
    const { method, url } = octokit.request.endpoint.parse(request);
    return `${method} ${url.replace(settings.baseUrl, '').split('?', 1)[0]}`;
  };

  /** One try: at most 20 s from the first byte out to the last byte in. */
  const attempt = async (send: Send, request: Options) => {
    const done = new AbortController();
    const late = new AbortController();
    void clock
      .sleep(timeoutMs, done.signal)
      .then(() => late.abort(new Error(`no answer within ${timeoutMs / 1000} s`)));
    try {
      // Changed in place: hooks further in were bound to this very object before we were called, and
      // would not see another one (https://github.com/gr2m/before-after-hook/blob/v4.0.0/lib/register.js).
      request.request = { ...request.request, signal: late.signal };
      const response = await Promise.resolve(send(request)).catch(notModified);
      // Octokit makes an empty text of an answer that was cut off in the middle.
      if (typeof response.data !== 'object' && response.status !== 204)
        throw new Error('the answer was cut off or is not JSON');
      return response;
    } finally {
      done.abort();
    }
  };

  const asApp = new Octokit({ ...settings, authStrategy: createAppAuth, auth: { appId, privateKey } });
  asApp.hook.wrap('request', async (send, request) => {
    try {
      return await attempt(send, request);
    } catch (error) {
      throw octokitFailure(error, nameOf(asApp, request), clock.now());
    }
  });

  const mint = async (scope: Scope): Promise<Minted> => {
    const { data, headers } = await asApp.rest.apps.createInstallationAccessToken({
      installation_id: scope.installationId,
      ...(scope.repositoryId === null ? {} : { repository_ids: [scope.repositoryId] }),
      ...permissionsOf[scope.access],
    });
    const expiresAt = Date.parse(data.expires_at);
    if (typeof data.token !== 'string' || Number.isNaN(expiresAt)) {
      throw new ForgeError('unavailable', 'GitHub answered without an installation token');
    }
    // Its own clock says when it ends, so its own clock says how long that is.
    const there = Date.parse(headers.date ?? '');
    return { token: data.token, livesMs: expiresAt - (Number.isNaN(there) ? clock.now() : there) };
  };
  const tokens = createTokens({ clock, mint });
  const limits = createPrimaryLimits(clock);

  const bare = new Octokit(settings);
  bare.hook.wrap('request', attempt);
  const leases = createLeases({
    tokens,
    clock,
    log,
    revoke: async (token) => {
      const headers = { authorization: `token ${token}` };
      await bare.rest.apps.revokeInstallationAccessToken({ headers });
    },
  });

  const speaking = (scope: Scope): Octokit => {
    const octokit = new Octokit(settings);
    const authorized = async (send: Send, request: Options, token: string) => {
      request.headers = { ...request.headers, authorization: `token ${token}` };
      try {
        const response = await attempt(send, request);
        limits.note(scope.installationId, response);
        return response;
      } catch (error) {
        limits.note(scope.installationId, fieldsOf(error)?.['response']);
        throw error;
      }
    };
    octokit.hook.wrap('request', async (send, request) => {
      try {
        const token = await tokens.get(scope);
        try {
          return await authorized(send, request, token);
        } catch (error) {
          if (fieldsOf(error)?.['status'] !== 401) throw error;
          // Revoked, or ended while our clock says otherwise. Nothing was done, so once more is safe.
          tokens.forget(scope, token);
          return await authorized(send, request, await tokens.get(scope));
        }
      } catch (error) {
        throw octokitFailure(error, nameOf(octokit, request), clock.now());
      }
    });
    return octokit;
  };

  return {
    contentsToken: (repo, access) =>
      leases.take({
        installationId: repo.installationId,
        repositoryId: repo.id,
        access: access === 'read' ? 'read-contents' : 'write-contents',
      }),
    close: leases.close,
    api: (repo) => speaking({ installationId: repo.installationId, repositoryId: repo.id, access: 'all' }),
    installation: (id) => speaking({ installationId: id, repositoryId: null, access: 'list' }),
    app: asApp,
    primaryLimit: limits.of,
  };
};
