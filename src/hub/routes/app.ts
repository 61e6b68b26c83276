import type { App, AppPermissions, Delivery, Installation } from '../app-state.ts';
import { HubError, notFound } from '../errors.ts';
import { issueToken } from '../identity.ts';
import { isoTime } from '../shape/account.ts';
import {
  appJson,
  deliveryItemJson,
  deliveryJson,
  hookConfigJson,
  installationJson,
  permissionsJson,
} from '../shape/app.ts';
import { repoJson } from '../shape/repo.ts';
import { type Answer, type Call, created, isRecord, list, ok, page, type Route } from './route.ts';

const installationsOf = (call: Call, app: App): Installation[] =>
  [...call.state.installations.values()].filter((one) => one.app === app);

/** The one it is asked with; from now on it is nobody's. */
const revoke = (call: Call): Answer => {
  if (call.identity.kind === 'token') call.state.tokens.delete(call.identity.text);
  return { status: 204 };
};

const installationOf = (call: Call): Installation => {
  const found = call.state.installations.get(call.id('installation'));
  if (found === undefined || found.app !== call.app()) throw notFound();
  return found;
};

const permissionsWished = (call: Call): AppPermissions | undefined => {
  const value = call.body['permissions'];
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw new HubError(422, 'Invalid request.');
  const wish: Record<string, 'read' | 'write' | 'admin'> = {};
  for (const [name, level] of Object.entries(value)) {
    if (level !== 'read' && level !== 'write' && level !== 'admin')
      throw new HubError(422, 'Invalid request.');
    wish[name] = level;
  }
  return wish;
};

const reposWished = (call: Call, installation: Installation): number[] | undefined => {
  const ids = list(call.body, 'repository_ids');
  const names = list(call.body, 'repositories');
  if (ids === undefined && names === undefined) return undefined;
  const byName = (names ?? []).map((name) => {
    const repo = [...call.state.repos.values()].find(
      (one) => one.owner === installation.account && one.name.toLowerCase() === String(name).toLowerCase(),
    );
    return repo?.id ?? -1;
  });
  return [...(ids ?? []).map(Number), ...byName];
};

const token = (call: Call): Answer => {
  const installation = installationOf(call);
  if (installation.suspendedAt !== null) throw new HubError(403, 'This installation has been suspended');
  const repoIds = reposWished(call, installation);
  const permissions = permissionsWished(call);
  const issued = issueToken(call.state, installation, {
    ...(repoIds === undefined ? {} : { repoIds }),
    ...(permissions === undefined ? {} : { permissions }),
  });
  const repos = [...issued.token.repoIds].flatMap((id) => call.state.repos.get(id) ?? []);
  return created({
    token: issued.text,
    expires_at: isoTime(issued.token.expiresAt),
    permissions: permissionsJson({ metadata: 'read', ...issued.token.permissions }),
    repository_selection: 'selected',
    ...(repoIds === undefined ? {} : { repositories: repos.map((repo) => repoJson(call.state, repo)) }),
  });
};

const ofRepo = (call: Call): Answer => {
  const app = call.app();
  const found = installationsOf(call, app).find((one) => one.repoIds.has(call.repo().id));
  if (found === undefined) throw notFound();
  return ok(installationJson(call.state, found));
};

const deliveriesOf = (call: Call): Delivery[] =>
  call.state.deliveries.filter((one) => one.app === call.app()).reverse();

const deliveryOf = (call: Call): Delivery => {
  const found = deliveriesOf(call).find((one) => one.id === call.id('delivery'));
  if (found === undefined) throw notFound();
  return found;
};

/** Newest first, by cursor: `cursor` names the delivery the page starts with. */
const deliveries = (call: Call): Answer => {
  const status = call.query.get('status');
  const all = deliveriesOf(call).filter(
    (one) => status === null || (status === 'success') === (one.statusCode >= 200 && one.statusCode < 400),
  );
  const size = Math.min(100, Number.parseInt(call.query.get('per_page') ?? '', 10) || 30);
  const cursor = call.query.get('cursor');
  const start = cursor === null ? 0 : all.findIndex((one) => `v1_${one.id}` === cursor);
  if (start < 0) throw new HubError(422, 'Invalid cursor');
  const next = all[start + size];
  const query = new URLSearchParams(call.query);
  if (next !== undefined) query.set('cursor', `v1_${next.id}`);
  return {
    status: 200,
    body: all.slice(start, start + size).map(deliveryItemJson),
    ...(next === undefined ? {} : { headers: { link: `<${call.address}?${query}>; rel="next"` } }),
  };
};

const redeliver = (call: Call): Answer => {
  call.world.redeliver(deliveryOf(call));
  return { status: 202, body: {} };
};

const repositories = (call: Call): Answer => {
  const { identity, state } = call;
  if (identity.kind !== 'token' || identity.token.kind !== 'installation') throw notFound();
  const repos = [...identity.token.repoIds].flatMap((id) => state.repos.get(id) ?? []);
  return page(
    call,
    repos,
    (repo) => repoJson(state, repo),
    (shown, total) => ({ total_count: total, repository_selection: 'selected', repositories: shown }),
  );
};

export const appRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/app',
    doc: 'apps/apps#get-the-authenticated-app',
    who: 'app',
    handle: (call) =>
      ok({
        ...appJson(call.state, call.app()),
        installations_count: installationsOf(call, call.app()).length,
      }),
  },
  {
    method: 'GET',
    path: '/app/installations',
    doc: 'apps/apps#list-installations-for-the-authenticated-app',
    who: 'app',
    handle: (call) =>
      page(call, installationsOf(call, call.app()), (one) => installationJson(call.state, one)),
  },
  {
    method: 'GET',
    path: '/app/installations/:installation',
    doc: 'apps/apps#get-an-installation-for-the-authenticated-app',
    who: 'app',
    handle: (call) => ok(installationJson(call.state, installationOf(call))),
  },
  {
    method: 'POST',
    path: '/app/installations/:installation/access_tokens',
    doc: 'apps/apps#create-an-installation-access-token-for-an-app',
    who: 'app',
    handle: token,
  },
  {
    method: 'GET',
    path: '/app/hook/config',
    doc: 'apps/webhooks#get-a-webhook-configuration-for-an-app',
    who: 'app',
    handle: (call) => ok(hookConfigJson(call.app())),
  },
  {
    method: 'PATCH',
    path: '/app/hook/config',
    doc: 'apps/webhooks#update-a-webhook-configuration-for-an-app',
    who: 'app',
    handle: (call) => {
      const { webhook } = call.app();
      const { url, secret, content_type: contentType } = call.body;
      if (typeof url === 'string') webhook.url = url;
      if (typeof secret === 'string') webhook.secret = secret;
      if (contentType === 'json' || contentType === 'form') webhook.contentType = contentType;
      return ok(hookConfigJson(call.app()));
    },
  },
  {
    method: 'GET',
    path: '/app/hook/deliveries',
    doc: 'apps/webhooks#list-deliveries-for-an-app-webhook',
    who: 'app',
    handle: deliveries,
  },
  {
    method: 'GET',
    path: '/app/hook/deliveries/:delivery',
    doc: 'apps/webhooks#get-a-delivery-for-an-app-webhook',
    who: 'app',
    handle: (call) => ok(deliveryJson(deliveryOf(call))),
  },
  {
    method: 'POST',
    path: '/app/hook/deliveries/:delivery/attempts',
    doc: 'apps/webhooks#redeliver-a-delivery-for-an-app-webhook',
    who: 'app',
    handle: redeliver,
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo/installation',
    doc: 'apps/apps#get-a-repository-installation-for-the-authenticated-app',
    who: 'app',
    handle: ofRepo,
  },
  {
    method: 'GET',
    path: '/installation/repositories',
    doc: 'apps/installations#list-repositories-accessible-to-the-app-installation',
    who: 'installation',
    handle: repositories,
  },
  {
    method: 'DELETE',
    path: '/installation/token',
    doc: 'apps/installations#revoke-an-installation-access-token',
    who: 'installation',
    handle: revoke,
  },
];
