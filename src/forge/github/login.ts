import { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { Clock } from '../../clock/port.ts';
import type { RepoRef } from '../../domain/pull.ts';
import { type Login, type PersonAccess, SignedOut } from '../login/port.ts';
import { ForgeError } from '../port.ts';
import { octokitFailure } from './failure.ts';
import { fieldsOf } from './fields.ts';
import { pages } from './pages.ts';

export interface LoginOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `https://github.com`, or an Enterprise server's. */
  readonly webUrl: string;
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

const timeoutMs = 20_000;

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app */
const granted = z.object({ access_token: z.string().min(1), expires_in: z.number().optional() });
const declined = z.object({ error: z.string() });

/** GitHub as one person sees it, through our App. */
export const createGithubLogin = (options: LoginOptions): Login => {
  const { clientId, clientSecret, webUrl, apiUrl, clock } = options;
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const octokit = new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'tidegate',
    log: quiet,
    ...(options.fetch === undefined ? {} : { request: { fetch: options.fetch } }),
  });

  /** At most 20 s. `name` is for messages: the request itself may hold secrets. */
  const ask = async <T>(name: string, call: (request: { signal: AbortSignal }) => Promise<T>): Promise<T> => {
    const done = new AbortController();
    const late = new AbortController();
    void clock
      .sleep(timeoutMs, done.signal)
      .then(() => late.abort(new Error(`no answer within ${timeoutMs / 1000} s`)));
    try {
      return await call({ signal: late.signal });
    } catch (error) {
      if (fieldsOf(error)?.['status'] === 401) throw new SignedOut();
      throw octokitFailure(error, name, clock.now());
    } finally {
      done.abort();
    }
  };

  const accessOf = (token: string, livesMs: number | null): PersonAccess => {
    const headers = { authorization: `token ${token}` };
    return {
      livesMs,
      person: async () => {
        const { data } = await ask('GET /user', (request) =>
          octokit.request('GET /user', { headers, request }),
        );
        return { id: Number(data.id), login: data.login };
      },
      repositories: async () => {
        const found: RepoRef[] = [];
        const installations = (page: number) =>
          ask('GET /user/installations', async (request) => {
            const answer = await octokit.request('GET /user/installations', {
              headers,
              request,
              per_page: 100,
              page,
            });
            return { ...answer, data: answer.data.installations };
          });
        for await (const some of pages(installations))
          for (const { id, suspended_at } of some) {
            if (suspended_at !== null) continue;
            const repositories = (page: number) =>
              ask('GET /user/installations/{}/repositories', async (request) => {
                const answer = await octokit.request(
                  'GET /user/installations/{installation_id}/repositories',
                  {
                    installation_id: id,
                    headers,
                    request,
                    per_page: 100,
                    page,
                  },
                );
                return { ...answer, data: answer.data.repositories };
              });
            // By its own words as well: unknown means no.
            for await (const each of pages(repositories))
              for (const { id: repository, owner, name, permissions } of each)
                if (permissions?.pull === true)
                  found.push({ id: Number(repository), owner: owner.login, name, installationId: id });
          }
        return found;
      },
      revoke: async () => {
        const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
        await ask('DELETE /applications/{}/token', (request) =>
          octokit.request('DELETE /applications/{client_id}/token', {
            client_id: clientId,
            access_token: token,
            headers: { authorization: `Basic ${basic}` },
            request,
          }),
        ).catch(() => undefined);
      },
    };
  };

  return {
    address: ({ state, challenge, callback }) => {
      const query = new URLSearchParams({
        client_id: clientId,
        redirect_uri: callback,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      return `${webUrl}/login/oauth/authorize?${query}`;
    },
    enter: async ({ code, verifier, callback }) => {
      const { data } = await ask('POST /login/oauth/access_token', (request) =>
        octokit.request('POST /login/oauth/access_token', {
          baseUrl: webUrl,
          headers: { accept: 'application/json' },
          client_id: clientId,
          client_secret: clientSecret,
          code,
          code_verifier: verifier,
          redirect_uri: callback,
          request,
        }),
      );
      const answer: unknown = data;
      const good = granted.safeParse(answer);
      if (good.success) {
        const { access_token, expires_in } = good.data;
        return accessOf(access_token, expires_in === undefined ? null : expires_in * 1000);
      }
      const why = declined.safeParse(answer);
      if (!why.success)
        throw new ForgeError('unavailable', 'GitHub answered without a token and without a reason');
      // A code that is used, old, or somebody else's is nobody's fault here; a wrong secret is the operator's.
      if (why.data.error === 'bad_verification_code') throw new SignedOut('the code is not good any more');
      throw new ForgeError('refused', `GitHub gives no access: ${why.data.error.slice(0, 100)}`);
    },
  };
};
