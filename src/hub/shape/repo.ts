import type { components } from '@octokit/openapi-types';
import type { HubState, Permission, Repo } from '../state.ts';
import { accountJson, apiUrl, isoTime, nodeId } from './account.ts';

type Schemas = components['schemas'];

export const fullName = (repo: Repo): string => `${repo.owner.login}/${repo.name}`;

export const repoApi = (state: HubState, repo: Repo): string => `${apiUrl(state)}/repos/${fullName(repo)}`;

export const repoHtml = (state: HubState, repo: Repo): string => `${state.url}/${fullName(repo)}`;

/** Templates and addresses, the larger part of every repository object. */
const repoUrls = (api: string) => ({
  archive_url: `${api}/{archive_format}{/ref}`,
  assignees_url: `${api}/assignees{/user}`,
  blobs_url: `${api}/git/blobs{/sha}`,
  branches_url: `${api}/branches{/branch}`,
  collaborators_url: `${api}/collaborators{/collaborator}`,
  comments_url: `${api}/comments{/number}`,
  commits_url: `${api}/commits{/sha}`,
  compare_url: `${api}/compare/{base}...{head}`,
  contents_url: `${api}/contents/{+path}`,
  contributors_url: `${api}/contributors`,
  deployments_url: `${api}/deployments`,
  downloads_url: `${api}/downloads`,
  events_url: `${api}/events`,
  forks_url: `${api}/forks`,
  git_commits_url: `${api}/git/commits{/sha}`,
  git_refs_url: `${api}/git/refs{/sha}`,
  git_tags_url: `${api}/git/tags{/sha}`,
  issue_comment_url: `${api}/issues/comments{/number}`,
  issue_events_url: `${api}/issues/events{/number}`,
  issues_url: `${api}/issues{/number}`,
  keys_url: `${api}/keys{/key_id}`,
  labels_url: `${api}/labels{/name}`,
  languages_url: `${api}/languages`,
  merges_url: `${api}/merges`,
  milestones_url: `${api}/milestones{/number}`,
  notifications_url: `${api}/notifications{?since,all,participating}`,
  pulls_url: `${api}/pulls{/number}`,
  releases_url: `${api}/releases{/id}`,
  stargazers_url: `${api}/stargazers`,
  statuses_url: `${api}/statuses/{sha}`,
  subscribers_url: `${api}/subscribers`,
  subscription_url: `${api}/subscription`,
  tags_url: `${api}/tags`,
  teams_url: `${api}/teams`,
  trees_url: `${api}/git/trees{/sha}`,
  hooks_url: `${api}/hooks`,
});

/** A repository as pull requests, payloads and lists carry it. */
export const repoJson = (state: HubState, repo: Repo) => {
  const api = repoApi(state, repo);
  const html = repoHtml(state, repo);
  const forks = [...state.repos.values()].filter((other) => other.parent === repo).length;
  const open = [...repo.pulls.values()].filter((pull) => pull.state === 'open').length;
  return {
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: fullName(repo),
    private: repo.private,
    owner: accountJson(state, repo.owner),
    html_url: html,
    description: repo.description,
    fork: repo.parent !== null,
    url: api,
    ...repoUrls(api),
    created_at: isoTime(repo.createdAt),
    updated_at: isoTime(repo.pushedAt),
    pushed_at: isoTime(repo.pushedAt),
    git_url: `git://${html.replace(/^http:\/\//, '')}.git`,
    ssh_url: `git@127.0.0.1:${fullName(repo)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: forks,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repo.private ? 'private' : 'public',
    forks,
    open_issues: open,
    watchers: 0,
    default_branch: repo.defaultBranch,
  } satisfies Schemas['repository'];
};

const rank = (permission: Permission): number =>
  ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(permission);

/** `permissions` of a repository for whoever asks. */
export const permissionFlags = (permission: Permission) => ({
  admin: rank(permission) >= 5,
  maintain: rank(permission) >= 4,
  push: rank(permission) >= 3,
  triage: rank(permission) >= 2,
  pull: rank(permission) >= 1,
});

/** `GET /repos/{owner}/{repo}`. */
export const fullRepoJson = (
  state: HubState,
  repo: Repo,
  permission: Permission,
): Schemas['full-repository'] => ({
  ...repoJson(state, repo),
  has_discussions: false,
  permissions: permissionFlags(permission),
  allow_merge_commit: repo.mergeMethods.merge,
  allow_squash_merge: repo.mergeMethods.squash,
  allow_rebase_merge: repo.mergeMethods.rebase,
  delete_branch_on_merge: repo.deleteBranchOnMerge,
  allow_auto_merge: false,
  allow_update_branch: false,
  subscribers_count: 0,
  network_count: 0,
  ...(repo.owner.type === 'Organization' ? { organization: accountJson(state, repo.owner) } : {}),
  ...(repo.parent === null
    ? {}
    : { parent: repoJson(state, repo.parent), source: repoJson(state, repo.parent) }),
});

/** The repository of a payload: as above, with the fields only payloads have. */
export const repoPayload = (state: HubState, repo: Repo) => {
  const { allow_forking, has_discussions, ...rest } = repoJson(state, repo);
  return { ...rest, allow_forking, has_discussions, custom_properties: {} };
};

/** The repository of a `push`: times are Unix seconds, the owner has a name. */
export const pushRepoPayload = (state: HubState, repo: Repo) => ({
  ...repoPayload(state, repo),
  owner: { name: repo.owner.login, email: null, ...accountJson(state, repo.owner) },
  url: repoHtml(state, repo),
  created_at: Math.floor(repo.createdAt / 1000),
  pushed_at: Math.floor(repo.pushedAt / 1000),
  stargazers: 0,
  master_branch: repo.defaultBranch,
  ...(repo.owner.type === 'Organization' ? { organization: repo.owner.login } : {}),
});
