import { onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { RepoRef } from '../../src/domain/pull.ts';
import { createGithubLogin } from '../../src/forge/github/login.ts';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import type { PagesOptions } from '../../src/web/pages.ts';
import { oneAppKey } from '../support/app-key.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type Answer, ask, cookiesOf, type PagesWorld, servePages } from './pages-world.ts';

export interface SignedInWorld extends PagesWorld {
  readonly hub: Hub;
  /** Of two owners, each with an installation of their own. */
  readonly ours: RepoRef;
  readonly theirs: RepoRef;
  /** Every answer on the way in, the last of which sets the session. */
  walkIn(login: string, to?: string): Promise<readonly Answer[]>;
  /** Cookies of somebody who signed in. */
  signIn(login: string): Promise<string>;
}

export const locationOf = ({ headers }: Answer): string => String(headers['location'] ?? '');

/**
 * Pages that people sign in to with a GitHub on this machine: `ada` may read acme/infra (and grace write), `eve` other/infra, and
 * `mallory`, who is a person there, neither.
 */
export const serveWithLogin = async (options: Partial<PagesOptions> = {}): Promise<SignedInWorld> => {
  const clock = options.clock ?? createSystemClock();
  const hub = await createHub({ folder: temporaryFolder('hub'), clock, newKey: oneAppKey });
  onTestFinished(() => hub.close());
  for (const login of ['owner', 'ada', 'grace', 'eve', 'mallory']) hub.addUser(login);
  const { app, appId, clientId, clientSecret } = await hub.registerApp({
    slug: 'tidegate',
    events: [],
    permissions: {},
  });
  const install = async (owner: string, permissions: Readonly<Record<string, 'read' | 'write'>>) => {
    hub.addOrganisation(owner, { owners: ['owner'] });
    const { id } = await hub.addRepository(owner, 'infra', { permissions });
    const installationId = hub.installApp(appId, owner, [`${owner}/infra`]);
    return { id, owner, name: 'infra', installationId };
  };
  const ours = await install('acme', { ada: 'read', grace: 'write' });
  const theirs = await install('other', { eve: 'write' });
  // Everybody may look at it, which is no reason to show its plans to everybody.
  await hub.addRepository('acme', 'open', { private: false });
  hub.installApp(app.id, 'acme', ['acme/open']);
  const world = await servePages({
    login: createGithubLogin({ clientId, clientSecret, webUrl: hub.url, apiUrl: hub.apiUrl, clock }),
    clock,
    ...options,
  });
  const { url } = world.pages;
  hub.addCallback(appId, `${options.publicUrl ?? url}/login/callback`);
  // As something with a certificate would pass them on.
  const near = (address: string): string =>
    options.publicUrl ? address.replace(new URL(options.publicUrl).origin, url) : address;
  const headers = options.publicUrl ? { host: new URL(options.publicUrl).host } : {};
  const walkIn = async (login: string, to = '/runs'): Promise<readonly Answer[]> => {
    const turned = await ask(`${url}${to}`, { headers });
    const begun = await ask(near(locationOf(turned)), { headers });
    const back = hub.signIn(login, locationOf(begun));
    const entered = await ask(near(back), { headers: { ...headers, cookie: cookiesOf(begun) } });
    return [turned, begun, entered];
  };
  return {
    ...world,
    hub,
    ours,
    theirs,
    walkIn,
    signIn: async (login) => {
      const entered = (await walkIn(login)).at(-1);
      return entered === undefined ? '' : cookiesOf(entered);
    },
  };
};
