import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { asApp, asUser } from './access.ts';
import type { App, AppPermissions, Installation, Token } from './app-state.ts';
import { HubError } from './errors.ts';
import type { Actor, HubState } from './state.ts';

/** Who a request comes from. `app` is the App itself (a JWT), `token` a person or an installation. */
export type Identity =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'app'; readonly app: App }
  /** The App by its client id and secret. */
  | { readonly kind: 'client'; readonly app: App }
  | { readonly kind: 'token'; readonly token: Token; readonly text: string };

const badCredentials = (): HubError => new HubError(401, 'Bad credentials');

/** A token of GitHub's shape: `ghp_` for people, `ghu_` for people through an App, `ghs_` for installations. */
export const newToken = (prefix: 'ghp' | 'ghu' | 'ghs'): string =>
  `${prefix}_${randomBytes(27).toString('base64').replaceAll(/[+/=]/g, '0').slice(0, 36)}`;

/**
 * An installation token as GitHub makes them since 2026: a JWT behind the App's id, a thousand characters and more.
 */
const newLongToken = (appId: number): string => {
  const part = (length: number) => randomBytes(length).toString('base64url');
  return `ghs_${appId}_${part(27)}.${part(600)}.${part(256)}`;
};

const decode = (part: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Falls through: text that does not parse is refused like text that says nothing.
  }
  throw new HubError(401, 'A JSON web token could not be decoded');
};

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
const appOfJwt = (state: HubState, jwt: string): App => {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  if (decode(head)['alg'] !== 'RS256') throw new HubError(401, 'A JSON web token could not be decoded');
  const { iss, iat, exp } = decode(claims);
  const app = [...state.apps.values()].find((one) => String(one.id) === String(iss) || one.clientId === iss);
  if (app === undefined) throw new HubError(404, 'Integration not found');
  const valid = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(app.publicKey),
    Buffer.from(signature, 'base64url'),
  );
  if (!valid) throw new HubError(401, 'A JSON web token could not be decoded');
  const now = state.clock.now() / 1000;
  // GitHub forgives clocks that run a little fast.
  if (typeof iat !== 'number' || iat > now + 60)
    throw new HubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (typeof exp !== 'number' || exp <= now)
    throw new HubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + 600 + 60)
    throw new HubError(401, "'Expiration time' claim ('exp') is too far in the future");
  return app;
};

const credentialOf = (header: string): string | null => {
  const [scheme = '', value = ''] = header.trim().split(/\s+/);
  if (/^(bearer|token)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const [user = '', ...rest] = Buffer.from(value, 'base64').toString('utf8').split(':');
  const password = rest.join(':');
  return password === '' || password === 'x-oauth-basic' ? user : password;
};

/** https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#using-basic-authentication */
const clientOf = (state: HubState, header: string): App | null => {
  const [, encoded = ''] = /^basic\s+(\S+)$/i.exec(header.trim()) ?? [];
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  return [...state.apps.values()].find((one) => given === `${one.clientId}:${one.clientSecret}`) ?? null;
};

/** Reads an `Authorization` header; none is nobody, a wrong or expired one is a 401. */
export const identify = (state: HubState, header: string | null): Identity => {
  if (header === null || header === '') return { kind: 'nobody' };
  const client = clientOf(state, header);
  if (client !== null) return { kind: 'client', app: client };
  const text = credentialOf(header);
  if (text === null) throw badCredentials();
  if (!text.startsWith('ghs_') && text.split('.').length === 3)
    return { kind: 'app', app: appOfJwt(state, text) };
  const token = state.tokens.get(text);
  if (token === undefined) throw badCredentials();
  if (token.expiresAt !== null && token.expiresAt <= state.clock.now()) throw badCredentials();
  return { kind: 'token', token, text };
};

/** The account a token acts as; 401 for nobody, 403 for an App that should have used a token. */
export const actorOf = (identity: Identity): Actor => {
  if (identity.kind === 'nobody') throw new HubError(401, 'Requires authentication');
  if (identity.kind !== 'token') throw new HubError(403, 'Resource not accessible by integration');
  return identity.token.kind === 'user'
    ? asUser(identity.token.account)
    : asApp(identity.token.installation.app);
};

const levels = ['read', 'write', 'admin'];

/** Does `granted` hold `name:level`, or more? Every App may read metadata. */
export const grants = (granted: AppPermissions, need: string): boolean => {
  const [name = '', level = 'read'] = need.split(':');
  if (name === 'metadata' && level === 'read') return true;
  const have = granted[name];
  return have !== undefined && levels.indexOf(have) >= levels.indexOf(level);
};

export interface TokenWish {
  readonly repoIds?: readonly number[];
  readonly permissions?: AppPermissions;
}

/** An installation token, good for one hour, with no more than the installation has. */
export const issueToken = (
  state: HubState,
  installation: Installation,
  wish: TokenWish,
): { readonly text: string; readonly token: Extract<Token, { kind: 'installation' }> } => {
  for (const id of wish.repoIds ?? []) {
    if (!installation.repoIds.has(id))
      throw new HubError(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
  }
  for (const [name, level] of Object.entries(wish.permissions ?? {})) {
    if (!grants(installation.permissions, `${name}:${level}`))
      throw new HubError(422, 'The permissions requested are not granted to this installation.');
  }
  const token = {
    kind: 'installation',
    installation,
    repoIds: wish.repoIds === undefined ? installation.repoIds : new Set(wish.repoIds),
    permissions: wish.permissions ?? installation.permissions,
    expiresAt: state.clock.now() + 60 * 60 * 1000,
  } as const;
  const text = state.tokenShape === 'long' ? newLongToken(installation.app.id) : newToken('ghs');
  state.tokens.set(text, token);
  return { text, token };
};
