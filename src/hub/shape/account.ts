import type { components } from '@octokit/openapi-types';
import type { Account, HubState } from '../state.ts';

type Schemas = components['schemas'];

/** Unix milliseconds as GitHub writes a time: whole seconds. */
export const isoTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export const apiUrl = (state: HubState): string => `${state.url}/api/v3`;

/** Opaque, different per kind: what a `node_id` promises. */
export const nodeId = (kind: string, id: number): string =>
  `${kind}_${Buffer.from(String(id)).toString('base64url')}`;

const accountUrls = (state: HubState, account: Account) => {
  const api = `${apiUrl(state)}/users/${encodeURIComponent(account.login)}`;
  return {
    url: api,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
  };
};

/** The short form of an account that stands in every other object. */
export const accountJson = (state: HubState, account: Account): Schemas['simple-user'] => ({
  login: account.login,
  id: account.id,
  node_id: nodeId(account.type === 'Organization' ? 'O' : account.type === 'Bot' ? 'BOT' : 'U', account.id),
  avatar_url: `${state.url}/avatars/${account.id}`,
  gravatar_id: '',
  html_url:
    account.type === 'Bot'
      ? `${state.url}/apps/${account.login.replace(/\[bot\]$/, '')}`
      : `${state.url}/${account.login}`,
  ...accountUrls(state, account),
  type: account.type,
  site_admin: account.siteAdmin,
  user_view_type: 'public',
});

/** `GET /users/{login}`; a bot is answered as well, as on GitHub. */
export const publicUserJson = (state: HubState, account: Account): Schemas['public-user'] => ({
  ...accountJson(state, account),
  gravatar_id: '',
  name: account.name,
  company: null,
  blog: '',
  location: null,
  email: null,
  hireable: null,
  bio: null,
  public_repos: [...state.repos.values()].filter((repo) => repo.owner === account).length,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: isoTime(account.createdAt),
  updated_at: isoTime(account.createdAt),
});

/** `GET /user` for a token of one's own. */
export const privateUserJson = (state: HubState, account: Account): Schemas['private-user'] => ({
  ...publicUserJson(state, account),
  name: account.name,
  email: null,
  gravatar_id: '',
  user_view_type: 'private',
  private_gists: 0,
  total_private_repos: 0,
  owned_private_repos: 0,
  disk_usage: 0,
  collaborators: 0,
  two_factor_authentication: true,
});

/** The `organization` of a payload. */
export const organisationJson = (state: HubState, account: Account) => {
  const api = `${apiUrl(state)}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('O', account.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${state.url}/avatars/${account.id}`,
    description: '',
  };
};
