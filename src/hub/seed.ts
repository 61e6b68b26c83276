import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findAccount, findRepo, leadName, signatureOf } from './access.ts';
import type { App, AppKey, AppPermissions, Installation } from './app-state.ts';
import { HubError } from './errors.ts';
import { cloneBare, createBare, type FileContent, writeCommit } from './git/write.ts';
import { newToken } from './identity.ts';
import { accountJson, nodeId } from './shape/account.ts';
import { installationJson } from './shape/app.ts';
import { fullName } from './shape/repo.ts';
import type { Account, HubState, Permission, Repo } from './state.ts';

const names = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$/;

const addAccount = (
  state: HubState,
  login: string,
  type: Account['type'],
  more: { readonly name?: string; readonly siteAdmin?: boolean; readonly owners?: readonly number[] } = {},
): Account => {
  if (!names.test(login.replace(/\[bot\]$/, ''))) throw new HubError(422, `not a login: ${login}`);
  if (findAccount(state, login) !== null) throw new HubError(422, `${login} is taken`);
  const account: Account = {
    id: state.nextId(),
    login,
    type,
    name: more.name ?? null,
    siteAdmin: more.siteAdmin ?? false,
    owners: new Set(more.owners ?? []),
    createdAt: state.clock.now(),
  };
  state.accounts.set(login.toLowerCase(), account);
  return account;
};

const queueLogin = 'github-merge-queue[bot]';

/** Who merges what went through a merge queue; on GitHub it has always been there. */
export const queueBot = (state: HubState): Account =>
  findAccount(state, queueLogin) ?? addAccount(state, queueLogin, 'Bot');

export interface NewUser {
  readonly account: Account;
  readonly id: number;
  readonly login: string;
  /** Personal token; good until the end. */
  readonly token: string;
}

export const addUser = (
  state: HubState,
  login: string,
  options: { readonly admin?: boolean; readonly name?: string } = {},
): NewUser => {
  const account = addAccount(state, login, 'User', {
    siteAdmin: options.admin ?? false,
    ...(options.name === undefined ? {} : { name: options.name }),
  });
  const token = newToken('ghp');
  state.tokens.set(token, { kind: 'user', account, through: null, expiresAt: null });
  return { account, id: account.id, login, token };
};

/** `owners` are logins; they administer every repository of the organisation. */
export const addOrganisation = (
  state: HubState,
  login: string,
  options: { readonly owners?: readonly string[] } = {},
): Account => {
  const owners = (options.owners ?? []).map((name) => {
    const account = findAccount(state, name);
    if (account === null) throw new HubError(422, `no such user: ${name}`);
    return account.id;
  });
  return addAccount(state, login, 'Organization', { owners });
};

export interface NewRepository {
  /** First commit of the default branch. */
  readonly files?: Readonly<Record<string, FileContent>>;
  readonly defaultBranch?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly message?: string;
  readonly permissions?: Readonly<Record<string, Permission>>;
}

/** Throws for a name that is none, or that a repository of this owner has. */
export const requireFreeName = (state: HubState, owner: Account, name: string): void => {
  if (!names.test(name) || findRepo(state, owner.login, name) !== null)
    throw new HubError(422, `not a free repository name: ${name}`);
};

const newRepo = (
  state: HubState,
  owner: Account,
  name: string,
  more: Pick<Repo, 'private' | 'defaultBranch' | 'description' | 'parent'>,
): Repo => {
  requireFreeName(state, owner, name);
  // Who had the name before is not found by it any more.
  leadName(state, owner.login, name, null);
  const at = state.clock.now();
  const id = state.nextId();
  const repo: Repo = {
    id,
    owner,
    name,
    ...more,
    folder: join(state.folder, `${id}.git`),
    createdAt: at,
    pushedAt: at,
    collaborators: new Map(),
    pulls: new Map(),
    issues: new Map(),
    buttons: [],
    comments: new Map(),
    labels: new Map(),
    checkRuns: new Map(),
    checkSuites: new Map(),
    statuses: [],
    deployments: new Map(),
    environments: new Map(),
    requirements: new Map(),
    queues: new Map(),
    activity: [],
    nextNumber: 1,
    mergeMethods: { merge: true, squash: true, rebase: true },
    deleteBranchOnMerge: false,
    busy: Promise.resolve(),
  };
  state.repos.set(id, repo);
  return repo;
};

const ownerOf = (state: HubState, login: string): Account => {
  const owner = findAccount(state, login);
  if (owner === null) throw new HubError(422, `no such owner: ${login}`);
  return owner;
};

/** A repository with its first commit; no events, it was there before the App came. */
export const addRepository = async (
  state: HubState,
  login: string,
  name: string,
  wish: NewRepository = {},
): Promise<Repo> => {
  const owner = ownerOf(state, login);
  const defaultBranch = wish.defaultBranch ?? 'main';
  const repo = newRepo(state, owner, name, {
    private: wish.private ?? true,
    defaultBranch,
    description: wish.description ?? null,
    parent: null,
  });
  for (const [person, permission] of Object.entries(wish.permissions ?? {}))
    repo.collaborators.set(ownerOf(state, person).id, permission);
  await mkdir(state.folder, { recursive: true });
  await createBare(repo.folder, defaultBranch, state);
  const author = signatureOf(state, owner);
  await writeCommit(repo.folder, {
    branch: defaultBranch,
    parent: null,
    files: wish.files ?? { 'README.md': `# ${name}\n` },
    deletes: [],
    message: wish.message ?? 'Initial commit',
    author,
    committer: author,
  });
  return repo;
};

/** A fork of everything but pull requests, under another owner. */
export const forkRepository = async (state: HubState, repo: Repo, login: string): Promise<Repo> => {
  const { private: hidden, defaultBranch, description } = repo;
  const fork = newRepo(state, ownerOf(state, login), repo.name, {
    private: hidden,
    defaultBranch,
    description,
    parent: repo,
  });
  await cloneBare(repo.folder, fork.folder, defaultBranch, state);
  return fork;
};

export interface AppWish {
  readonly slug: string;
  readonly name?: string;
  /** Null until the App is up; `App.webhook.url` may be set later. */
  readonly webhookUrl?: string | null;
  readonly webhookSecret?: string | null;
  readonly events: readonly string[];
  readonly permissions: AppPermissions;
  readonly callbackUrls?: readonly string[];
  /** Login; the first account when absent. */
  readonly owner?: string;
}

export interface NewApp {
  readonly app: App;
  readonly appId: number;
  readonly slug: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly privateKey: AppKey['privateKey'];
}

/** What GitHub makes for an App. */
export const newAppKey = (): Promise<AppKey> =>
  promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });

/** Registers an App with a key and says `ping` to its webhook. */
export const registerApp = async (state: HubState, wish: AppWish): Promise<NewApp> => {
  const { publicKey, privateKey } = await state.newKey();
  const owner = wish.owner === undefined ? [...state.accounts.values()][0] : ownerOf(state, wish.owner);
  const id = state.nextId();
  const bot = addAccount(state, `${wish.slug}[bot]`, 'Bot');
  const app: App = {
    id,
    slug: wish.slug,
    name: wish.name ?? wish.slug,
    clientId: `Iv23li${String(id).padStart(14, '0')}`,
    clientSecret: randomBytes(20).toString('hex'),
    callbackUrls: [...(wish.callbackUrls ?? [])],
    owner: owner ?? bot,
    bot,
    publicKey,
    hookId: state.nextId(),
    webhook: { url: wish.webhookUrl ?? null, secret: wish.webhookSecret ?? null, contentType: 'json' },
    events: wish.events,
    permissions: wish.permissions,
    createdAt: state.clock.now(),
  };
  state.apps.set(id, app);
  if (app.webhook.url !== null) pingApp(state, app);
  return {
    app,
    appId: id,
    slug: app.slug,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    privateKey,
  };
};

const pingApp = (state: HubState, app: App): void =>
  state.send({
    app,
    event: 'ping',
    action: null,
    installationId: null,
    repositoryId: null,
    payload: {
      zen: 'Keep it logically awesome.',
      hook_id: app.hookId,
      hook: {
        type: 'App',
        id: app.hookId,
        name: 'web',
        active: true,
        events: app.events,
        config: { content_type: 'json', url: app.webhook.url, insecure_ssl: '0', secret: '********' },
        updated_at: new Date(app.createdAt).toISOString(),
        created_at: new Date(app.createdAt).toISOString(),
        app_id: app.id,
        deliveries_url: `${state.url}/api/v3/app/hook/deliveries`,
      },
    },
  });

/** Installs an App on some of an account's repositories: `installation.created`. Returns the installation. */
export const installApp = (
  state: HubState,
  app: App,
  login: string,
  repos: readonly Repo[],
): Installation => {
  const installation: Installation = {
    id: state.nextId(),
    app,
    account: ownerOf(state, login),
    repoIds: new Set(repos.map(({ id }) => id)),
    permissions: app.permissions,
    suspendedAt: null,
    createdAt: state.clock.now(),
  };
  state.installations.set(installation.id, installation);
  state.send({
    app,
    event: 'installation',
    action: 'created',
    installationId: installation.id,
    repositoryId: null,
    payload: {
      action: 'created',
      installation: installationJson(state, installation),
      repositories: repos.map((repo) => ({
        id: repo.id,
        node_id: nodeId('R', repo.id),
        name: repo.name,
        full_name: fullName(repo),
        private: repo.private,
      })),
      requester: null,
      sender: accountJson(state, installation.account),
    },
  });
  return installation;
};
