import { createSign } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock/port.ts';
import { newAppKey } from '../../src/hub/seed.ts';
import { createWorld, infra, octokitFor, refusal, silent } from './world.ts';

/** A clock that tests move; waiting on it is over at once. */
const movable = (): Clock & { forward(ms: number): void } => {
  let extra = 0;
  return {
    now: () => Date.now() + extra,
    monotonic: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    forward: (ms) => {
      extra += ms;
    },
  };
};

const jwtWith = (privateKey: string, claims: Record<string, unknown>, alg = 'RS256'): string => {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createSign('sha256').update(signed).sign(privateKey, 'base64url')}`;
};

describe('the App', () => {
  it('finds itself, its installations and its repositories', async () => {
    const { jwt, bot, app, installationId } = await createWorld();
    const { data: self } = await jwt.apps.getAuthenticated();
    expect(self).toMatchObject({ id: app.appId, slug: 'tidegate', installations_count: 1 });
    const { data: all } = await jwt.apps.listInstallations();
    expect(all.map(({ id }) => id)).toEqual([installationId]);
    const { data: one } = await jwt.apps.getInstallation({ installation_id: installationId });
    expect(one).toMatchObject({ app_id: app.appId, target_type: 'Organization' });
    const { data: here } = await jwt.apps.getRepoInstallation(infra);
    expect(here.id).toBe(installationId);
    const { data: repos } = await bot.apps.listReposAccessibleToInstallation();
    expect(repos.repositories.map(({ full_name }) => full_name)).toEqual(['acme/infra']);
  });

  it('is refused with a JWT that is expired, too long, from the future, of another key or none', async () => {
    const { hub, app } = await createWorld({ newKey: newAppKey });
    const other = await hub.registerApp({ slug: 'other', events: [], permissions: {} });
    const now = Math.floor(Date.now() / 1000);
    const ask = (token: string) => refusal(octokitFor(hub, token).request('GET /app'));
    const claims = { iss: app.appId, iat: now - 60, exp: now + 300 };
    await octokitFor(hub, jwtWith(app.privateKey, claims)).request('GET /app');
    for (const [token, message] of [
      [jwtWith(app.privateKey, { ...claims, exp: now - 1 }), /must be a numeric value/],
      [jwtWith(app.privateKey, { ...claims, exp: now + 3600 }), /too far in the future/],
      [jwtWith(app.privateKey, { ...claims, iat: now + 600 }), /Issued at/],
      [jwtWith(other.privateKey, claims), /could not be decoded/],
      [jwtWith(app.privateKey, claims, 'none'), /could not be decoded/],
    ] as const) {
      expect(await ask(token)).toMatchObject({
        status: 401,
        data: { message: expect.stringMatching(message) },
      });
    }
    expect(await ask(jwtWith(app.privateKey, { ...claims, iss: 1 }))).toMatchObject({ status: 404 });
  });

  it('gets tokens that expire after an hour', async () => {
    const clock = movable();
    const { hub, jwt, installationId } = await createWorld({ clock });
    const { data } = await jwt.apps.createInstallationAccessToken({ installation_id: installationId });
    expect(data.token).toMatch(/^ghs_[0-9A-Za-z]{36}$/);
    const bot = octokitFor(hub, data.token);
    await bot.repos.get(infra);
    clock.forward(59 * 60_000);
    await bot.repos.get(infra);
    clock.forward(2 * 60_000);
    expect(await refusal(bot.repos.get(infra))).toMatchObject({
      status: 401,
      data: { message: 'Bad credentials' },
    });
  });

  it('gets tokens for less, and never for more', async () => {
    const { hub, jwt, installationId, open } = await createWorld();
    const secretRepo = await hub.addRepository('acme', 'vault');
    await open();
    const ask = (wish: Record<string, unknown>) =>
      jwt.apps.createInstallationAccessToken({ installation_id: installationId, ...wish });
    const { data } = await ask({ repositories: ['infra'], permissions: { pull_requests: 'read' } });
    expect(data.permissions).toEqual({ metadata: 'read', pull_requests: 'read' });
    const weak = octokitFor(hub, data.token);
    await weak.pulls.get({ ...infra, pull_number: 1 });
    expect(
      await refusal(weak.issues.createComment({ ...infra, issue_number: 1, body: 'hello' })),
    ).toMatchObject({ status: 403, data: { message: 'Resource not accessible by integration' } });
    expect(await refusal(weak.repos.getContent({ ...infra, path: 'README.md' }))).toMatchObject({
      status: 403,
    });
    expect(await refusal(ask({ repository_ids: [secretRepo.id] }))).toMatchObject({ status: 422 });
    expect(await refusal(ask({ permissions: { administration: 'write' } }))).toMatchObject({ status: 422 });
    expect(await refusal(weak.repos.get({ owner: 'acme', repo: 'vault' }))).toMatchObject({ status: 404 });
  });

  it('cannot work with its JWT where a token is needed, nor without the key where one is', async () => {
    const { hub, app, as } = await createWorld();
    const now = Math.floor(Date.now() / 1000);
    const asApp = octokitFor(hub, jwtWith(app.privateKey, { iss: app.appId, iat: now - 60, exp: now + 300 }));
    expect(await refusal(asApp.pulls.list(infra))).toMatchObject({ status: 403 });
    expect(await refusal(as('alice').apps.getAuthenticated())).toMatchObject({ status: 401 });
    const nobody = new Octokit({ baseUrl: hub.apiUrl, log: silent });
    expect(await refusal(nobody.repos.get(infra))).toMatchObject({
      status: 404,
      data: { message: 'Not Found', status: '404' },
    });
    expect(await refusal(nobody.users.getAuthenticated())).toMatchObject({
      status: 401,
      data: { message: 'Requires authentication' },
    });
  });

  it('shows its webhook settings without the secret, and changes them', async () => {
    const { jwt, sink, hub, app } = await createWorld();
    const { data } = await jwt.apps.getWebhookConfigForApp();
    expect(data).toEqual({ url: sink.url, content_type: 'json', insecure_ssl: '0', secret: '********' });
    // Octokit takes `url` for the address of the request, hence the body by name.
    await jwt.request('PATCH /app/hook/config', { data: { url: `${sink.url}/new` } });
    expect(hub.state.apps.get(app.appId)?.webhook.url).toBe(`${sink.url}/new`);
  });

  it('works with the client id in place of the number', async () => {
    const { hub, app, installationId } = await createWorld();
    const bot = new Octokit({
      baseUrl: hub.apiUrl,
      authStrategy: createAppAuth,
      auth: { appId: app.clientId, privateKey: app.privateKey, installationId },
      log: silent,
    });
    expect((await bot.repos.get(infra)).data.full_name).toBe('acme/infra');
  });
});
