import { createHash } from 'node:crypto';
import { Octokit } from '@octokit/rest';
import type { App } from '../../src/hub/app-state.ts';
import type { Hub } from '../../src/hub/hub.ts';

export const callback = 'http://127.0.0.1:1/login/callback';
const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

export const appOf = (hub: Hub): App => {
  const [app] = [...hub.state.apps.values()];
  if (app === undefined) throw new Error('the hub has no App');
  return app;
};

/** The code that a person's browser comes back with. */
export const codeFor = (hub: Hub, login: string, more: Readonly<Record<string, string>> = {}): string => {
  const app = appOf(hub);
  if (!app.callbackUrls.includes(callback)) hub.addCallback(app.id, callback);
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: callback,
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  });
  const back = new URL(hub.signIn(login, `${hub.url}/login/oauth/authorize?${query}`));
  return back.searchParams.get('code') ?? '';
};

export const trade = async (
  hub: Hub,
  code: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> => {
  const { clientId, clientSecret } = appOf(hub);
  const answer = await fetch(`${hub.url}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: clientId,
      client_secret: clientSecret,
      code,
      code_verifier: verifier,
      redirect_uri: callback,
      ...more,
    }),
  });
  return (await answer.json()) as Readonly<Record<string, unknown>>;
};

/** A person who signed in to the hub's first App. */
export const signedIn = async (hub: Hub, login: string) => {
  const app = appOf(hub);
  const { access_token } = await trade(hub, codeFor(hub, login));
  const token = String(access_token);
  const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
  const octokit = new Octokit({ baseUrl: hub.apiUrl, auth: token });
  const client = new Octokit({ baseUrl: hub.apiUrl });
  client.hook.before('request', (request) => {
    request.headers['authorization'] = `Basic ${basic}`;
  });
  return { app, token, octokit, client };
};
