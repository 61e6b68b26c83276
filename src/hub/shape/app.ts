import type { components } from '@octokit/openapi-types';
import type { App, AppPermissions, Delivery, Installation } from '../app-state.ts';
import type { HubState } from '../state.ts';
import { accountJson, apiUrl, isoTime, nodeId } from './account.ts';

type Schemas = components['schemas'];

export const appJson = (state: HubState, app: App): Schemas['integration'] => ({
  id: app.id,
  client_id: app.clientId,
  slug: app.slug,
  node_id: nodeId('A', app.id),
  owner: accountJson(state, app.owner),
  name: app.name,
  description: '',
  external_url: `${state.url}/apps/${app.slug}`,
  html_url: `${state.url}/apps/${app.slug}`,
  created_at: isoTime(app.createdAt),
  updated_at: isoTime(app.createdAt),
  permissions: { ...app.permissions },
  events: [...app.events],
});

/** Permission names are GitHub's; the registration takes them as they come, so the type can not know them. */
const appPermissions = (permissions: AppPermissions): Schemas['app-permissions'] => ({ ...permissions });

export const installationJson = (
  state: HubState,
  installation: Installation,
): Schemas['installation'] & { readonly account: Schemas['simple-user'] } => ({
  id: installation.id,
  account: accountJson(state, installation.account),
  repository_selection: 'selected',
  access_tokens_url: `${apiUrl(state)}/app/installations/${installation.id}/access_tokens`,
  repositories_url: `${apiUrl(state)}/installation/repositories`,
  html_url: `${state.url}/settings/installations/${installation.id}`,
  app_id: installation.app.id,
  client_id: installation.app.clientId,
  app_slug: installation.app.slug,
  target_id: installation.account.id,
  target_type: installation.account.type,
  permissions: appPermissions(installation.permissions),
  events: [...installation.app.events],
  created_at: isoTime(installation.createdAt),
  updated_at: isoTime(installation.createdAt),
  single_file_name: null,
  has_multiple_single_files: false,
  single_file_paths: [],
  suspended_by: null,
  suspended_at: installation.suspendedAt === null ? null : isoTime(installation.suspendedAt),
});

export const permissionsJson = appPermissions;

export const hookConfigJson = (app: App): Schemas['webhook-config'] => ({
  ...(app.webhook.url === null ? {} : { url: app.webhook.url }),
  content_type: app.webhook.contentType,
  insecure_ssl: '0',
  ...(app.webhook.secret === null ? {} : { secret: '********' }),
});

export const deliveryItemJson = (delivery: Delivery) =>
  ({
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: new Date(delivery.deliveredAt).toISOString(),
    redelivery: delivery.redelivery,
    duration: delivery.duration / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  }) satisfies Schemas['hook-delivery-item'];

export const deliveryJson = (delivery: Delivery): Schemas['hook-delivery'] => ({
  ...deliveryItemJson(delivery),
  url: delivery.url,
  request: { headers: { ...delivery.request.headers }, payload: JSON.parse(delivery.request.payload) },
  response: { headers: { ...delivery.response.headers }, payload: delivery.response.payload },
});
