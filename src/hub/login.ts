import { createHash, randomBytes } from 'node:crypto';
import { asUser, permissionOf } from './access.ts';
import type { App, Installation } from './app-state.ts';
import { HubError } from './errors.ts';
import { newToken } from './identity.ts';
import type { Account, HubState, Repo } from './state.ts';

/*
 * People let an App see what they see, by the web application flow:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */

const codeMs = 600_000;
const tokenMs = 8 * 3_600_000;

/** What a browser was sent to `/login/oauth/authorize` with. */
export interface Authorization {
  readonly app: App;
  /** Where the browser goes back to; null: it may not. */
  readonly callback: string | null;
  readonly state: string | null;
  readonly challenge: string | null;
}

/** One way or another a callback has to be one of the App's; GitHub shows an error page for others. */
export const readAuthorization = (state: HubState, query: URLSearchParams): Authorization => {
  const app = [...state.apps.values()].find((one) => one.clientId === query.get('client_id'));
  if (app === undefined) throw new HubError(404, 'Not Found');
  const wished = query.get('redirect_uri') ?? app.callbackUrls[0] ?? '';
  const method = query.get('code_challenge_method');
  const challenge = query.get('code_challenge');
  if (challenge !== null && method !== 'S256') throw new HubError(400, 'Only S256 is known here.');
  const callback = app.callbackUrls.includes(wished) ? wished : null;
  return { app, callback, state: query.get('state'), challenge };
};

/** The person agrees. Returns the address that the browser is sent to. */
export const authorize = (state: HubState, account: Account, wish: Authorization): string => {
  if (wish.callback === null)
    throw new HubError(400, 'The redirect_uri is not associated with this application.');
  const code = randomBytes(10).toString('hex');
  state.codes.set(code, {
    ...wish,
    callback: wish.callback,
    account,
    expiresAt: state.clock.now() + codeMs,
  });
  const back = new URL(wish.callback);
  back.searchParams.set('code', code);
  if (wish.state !== null) back.searchParams.set('state', wish.state);
  return back.href;
};

const wrong = (error: string, words: string) => ({ error, error_description: words });

/** What `/login/oauth/access_token` says; refusals come with status 200, as GitHub has it. */
export const redeem = (state: HubState, form: Readonly<Record<string, unknown>>) => {
  const { client_id, client_secret, code, code_verifier, redirect_uri } = form;
  const app = [...state.apps.values()].find((one) => one.clientId === client_id);
  if (app === undefined || app.clientSecret !== client_secret)
    return wrong('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.');
  const given = state.codes.get(String(code));
  state.codes.delete(String(code));
  const isGood =
    given !== undefined &&
    given.app === app &&
    given.expiresAt > state.clock.now() &&
    (given.challenge === null ||
      createHash('sha256').update(String(code_verifier)).digest('base64url') === given.challenge);
  if (!isGood) return wrong('bad_verification_code', 'The code passed is incorrect or expired.');
  if (redirect_uri !== undefined && redirect_uri !== given.callback)
    return wrong('redirect_uri_mismatch', 'The redirect_uri MUST match the registered callback URL.');
  const text = newToken('ghu');
  state.tokens.set(text, {
    kind: 'user',
    account: given.account,
    through: app,
    expiresAt: state.clock.now() + tokenMs,
  });
  return { access_token: text, expires_in: tokenMs / 1000, scope: '', token_type: 'bearer' };
};

/** Repositories of an installation that a person has an explicit permission for: that one is public does not count. */
export const reposOf = (state: HubState, installation: Installation, account: Account): readonly Repo[] =>
  [...installation.repoIds]
    .flatMap((id) => state.repos.get(id) ?? [])
    .filter((repo) => repo.collaborators.has(account.id) || permissionOf(repo, account) === 'admin')
    .filter((repo) => permissionOf(repo, asUser(account).account) !== 'none');

/** Installations of an App in which a person may see anything. */
export const installationsOf = (state: HubState, app: App, account: Account): readonly Installation[] =>
  [...state.installations.values()].filter(
    (one) => one.app === app && reposOf(state, one, account).length > 0,
  );
