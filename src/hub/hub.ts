import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { Clock } from '../clock/port.ts';
import { asItself, exclusively, findAccount, findRepo } from './access.ts';
import { createApi, type Exchange } from './api.ts';
import type { AppPermissions, Delivery } from './app-state.ts';
import { protect, requireChecks } from './branch-rules.ts';
import { type EnvironmentWish, setEnvironment } from './environments.ts';
import { createFaults, type Faults } from './faults.ts';
import type { FileContent } from './git/write.ts';
import { createGitServer } from './git-server.ts';
import { createLimits, type LimitOptions } from './limits.ts';
import { authorize, readAuthorization } from './login.ts';
import { createPages } from './pages/routes.ts';
import { openPull, setDraft } from './pulls.ts';
import { deleteBranch, pushFiles } from './pushes.ts';
import { advanceQueues } from './queue/advance.ts';
import { endQueueTime } from './queue/entries.ts';
import { renameRepository } from './rename.ts';
import {
  type AppWish,
  addOrganisation,
  addRepository,
  addUser,
  forkRepository,
  installApp,
  type NewApp,
  type NewRepository,
  type NewUser,
  newAppKey,
  registerApp,
} from './seed.ts';
import type { Account, Actor, HubState, Permission, Pull, Repo, RepoButton } from './state.ts';
import { addTeam, findTeam, type Team } from './teams.ts';
import { createOutbox } from './webhooks.ts';

export interface HubOptions {
  /** Where the bare repositories live; made when absent, left behind at the end. */
  readonly folder: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly clock: Clock;
  readonly log?: (line: string) => void;
  readonly limits?: LimitOptions;
  readonly mergeability?: HubState['mergeability'];
  readonly tokenShape?: HubState['tokenShape'];
  /** A fresh one for each App, when absent. To make one takes a third of a second. */
  readonly newKey?: HubState['newKey'];
  /** `close` does not throw for routes the hub does not have. */
  readonly allowUnknown?: boolean;
  /** Sees every answer of the API. */
  readonly observe?: (exchange: Exchange) => void;
  /** Sees every request as it comes, to the API, GraphQL and git alike; the path with its query. */
  readonly requested?: (method: string, path: string) => void;
  /**
   * How long a request, to the API, GraphQL and git alike, is on its way to the hub and its answer on the way back, in milliseconds. Asked
   * once for each request; the path comes with its query.
   */
  readonly travels?: (method: string, path: string) => { readonly out: number; readonly back: number };
  /** False: git leaves no files out for whoever asks for that, as some servers cannot. */
  readonly partialClone?: boolean;
}

type Tail<T extends (repo: Repo, ...rest: never[]) => void> = T extends (repo: Repo, ...rest: infer R) => void
  ? R
  : never;

/** Everything by name, for tests and the demo; the functions beside this file take the objects. */
export interface Hub {
  readonly url: string;
  readonly apiUrl: string;
  /** What the pages ask for, made anew at each start. */
  readonly pagesToken: string;
  /** A page's address (`/acme/infra/pull/1`) that signs the browser in. */
  pageUrl(path: string): string;
  readonly state: HubState;
  readonly faults: Faults;
  /** `METHOD /path` of API requests the hub has no route for. */
  readonly unknownRequests: readonly string[];
  addUser(login: string, options?: Parameters<typeof addUser>[2]): NewUser;
  addOrganisation(login: string, options?: Parameters<typeof addOrganisation>[2]): Account;
  /** `parent`, `members` and `pending` by slug and logins. */
  addTeam(
    organisation: string,
    slug: string,
    wish?: {
      readonly parent?: string;
      readonly members?: readonly string[];
      readonly pending?: readonly string[];
    },
  ): void;
  addRepository(owner: string, name: string, wish?: NewRepository): Promise<Repo>;
  /** `repo` is `owner/name` here and below. */
  fork(repo: string, owner: string): Promise<Repo>;
  /** Its id stays, and the old name leads to it until another repository takes it. */
  renameRepository(repo: string, name: string): void;
  setPermission(repo: string, login: string, permission: Permission): void;
  registerApp(wish: AppWish): Promise<NewApp>;
  /** Where the App listens, once it is up. */
  setWebhook(appId: number, url: string | null): void;
  /** One more address that people may be sent back to when they signed in to the App. */
  addCallback(appId: number, url: string): void;
  /** As if this person went to that address below `/login/oauth/authorize` and agreed; returns where they are sent. */
  signIn(login: string, address: string): string;
  /** Installs the App with this id on repositories of one owner; returns the installation's id. */
  installApp(appId: number, owner: string, repos: readonly string[]): number;
  suspend(installationId: number): void;
  /** What the account agrees to instead; tokens that were given out end. */
  grant(installationId: number, permissions: AppPermissions): void;
  /** What a branch requires, as its protection or a ruleset says: all of it, or only the checks. */
  protect(repo: string, ...rules: Tail<typeof protect>): void;
  requireChecks(repo: string, ...checks: Tail<typeof requireChecks>): void;
  /** In the place of the environment of that name; reviewers by login, teams of the owner by slug. What is not named is not asked for. */
  environment(
    repo: string,
    name: string,
    wish?: Omit<EnvironmentWish, 'reviewers'> & {
      readonly users?: readonly string[];
      readonly teams?: readonly string[];
    },
  ): void;
  /** Of the branch's merge queue: checks that were not reported have failed, and small groups have waited enough. */
  endQueueTime(repo: string, branch: string): void;
  openPull(repo: string, wish: Parameters<typeof openPull>[3] & { readonly as: string }): Promise<Pull>;
  setDraft(repo: string, number: number, as: string, draft: boolean): void;
  /** One commit on a branch: returns its sha. `from` names where a new branch starts, or where to reset to. */
  pushFiles(
    repo: string,
    branch: string,
    change: {
      readonly files?: Readonly<Record<string, FileContent>>;
      readonly deletes?: readonly string[];
      readonly as: string;
      /** Who wrote it, where it is not whoever pushes. */
      readonly author?: string;
      readonly message?: string;
      readonly from?: string;
    },
  ): Promise<string>;
  deleteBranch(repo: string, branch: string, as: string): Promise<void>;
  repo(name: string): Repo;
  actor(login: string): Actor;
  addButton(repo: string, button: RepoButton): void;
  deliveries(): readonly Delivery[];
  /** Resolves when no webhook is queued or on its way, and no merge queue moves on by itself. */
  settled(): Promise<void>;
  /** Stops everything; throws when a route was asked for that the hub does not have. */
  close(): Promise<void>;
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

/**
 * A page in somebody's browser must not reach the hub by a name of its own (DNS rebinding) nor post
 * to it from elsewhere.
 */
const guard =
  (port: number) =>
  async (c: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const own = [`127.0.0.1:${port}`, `localhost:${port}`];
    if (!own.includes(c.req.header('host') ?? '')) return c.text('Misdirected Request\n', 421);
    const origin = c.req.header('origin');
    if (origin !== undefined && !own.some((host) => origin === `http://${host}`))
      return c.text('Foreign origin\n', 403);
    await next();
    return undefined;
  };

const isServerContext = (value: unknown): value is { readonly incoming: { destroy(): void } } =>
  typeof value === 'object' && value !== null && 'incoming' in value;

/** Starts a GitHub on this machine. */
export const createHub = async (options: HubOptions): Promise<Hub> => {
  const { clock } = options;
  const faults = createFaults();
  const root = new Hono();
  const server = createServer(getRequestListener(root.fetch));
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  const unknownRequests: string[] = [];
  let last = 1000;
  const nextId = (): number => {
    last += 1;
    return last;
  };
  const deliveries: Delivery[] = [];
  const outbox = createOutbox({
    clock,
    faults,
    nextId,
    record: (delivery) => {
      deliveries.push(delivery);
      const what = delivery.action === null ? delivery.event : `${delivery.event}.${delivery.action}`;
      options.log?.(`webhook ${what} -> ${delivery.statusCode} ${delivery.status}`);
    },
  });
  const state: HubState = {
    url,
    folder: options.folder,
    clock,
    mergeability: options.mergeability ?? 'at-once',
    tokenShape: options.tokenShape ?? 'short',
    newKey: options.newKey ?? newAppKey,
    partialClone: options.partialClone ?? true,
    nextId,
    accounts: new Map(),
    repos: new Map(),
    teams: new Map(),
    formerNames: new Map(),
    apps: new Map(),
    installations: new Map(),
    tokens: new Map(),
    codes: new Map(),
    deliveries,
    send: outbox.send,
    touch: (repo) => {
      if (repo.queues.size === 0) return;
      exclusively(repo, () => advanceQueues(state, repo)).catch((error: unknown) => {
        options.log?.(`hub error: ${String(error)}`);
      });
    },
  };
  const pagesToken = randomBytes(24).toString('base64url');

  root.use(guard(port));
  root.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const path = `${pathname}${search}`;
    const { out, back } = options.travels?.(c.req.method, path) ?? { out: 0, back: 0 };
    if (out > 0) await clock.sleep(out);
    options.requested?.(c.req.method, path);
    await next();
    if (back > 0) await clock.sleep(back);
  });
  root.onError((error, c) => {
    options.log?.(`hub error: ${error.stack ?? error.message}`);
    return c.json({ message: 'Server Error', details: error.message }, 500);
  });
  root.route(
    '/',
    createApi({
      state,
      faults,
      limits: createLimits(clock, options.limits ?? {}),
      unknownRequests,
      redeliver: outbox.redeliver,
      ...(options.observe === undefined ? {} : { observe: options.observe }),
      cut: (c) => {
        if (isServerContext(c.env)) c.env.incoming.destroy();
      },
    }),
  );
  root.route('/', createGitServer(state));
  root.route('/', createPages(state, { token: pagesToken }));

  const accountOf = (login: string): Account => {
    const account = findAccount(state, login);
    if (account === null) throw new Error(`the hub has no user ${login}`);
    return account;
  };
  const repoOf = (name: string): Repo => {
    const [owner = '', short = ''] = name.split('/');
    const repo = findRepo(state, owner, short);
    if (repo === null) throw new Error(`the hub has no repository ${name}`);
    return repo;
  };
  const appOf = (id: number) => {
    const app = state.apps.get(id);
    if (app === undefined) throw new Error(`the hub has no App ${id}`);
    return app;
  };
  const teamOf = (organisation: string, slug: string): Team => {
    const team = findTeam(state, organisation, slug);
    if (team === null) throw new Error(`the hub has no team ${organisation}/${slug}`);
    return team;
  };
  const installationOf = (id: number) => {
    const installation = state.installations.get(id);
    if (installation === undefined) throw new Error(`the hub has no installation ${id}`);
    return installation;
  };
  const pullOf = (name: string, number: number): Pull => {
    const pull = repoOf(name).pulls.get(number);
    if (pull === undefined) throw new Error(`${name} has no pull request ${number}`);
    return pull;
  };
  const work = (): readonly Promise<unknown>[] => [...state.repos.values()].map(({ busy }) => busy);
  const settled = async (): Promise<void> => {
    let before: readonly Promise<unknown>[];
    do {
      before = work();
      await Promise.all(before);
      await outbox.idle();
    } while (work().some((busy) => !before.includes(busy)));
  };
  const actor = (login: string): Actor => asItself(state, accountOf(login));

  return {
    url,
    apiUrl: `${url}/api/v3`,
    pagesToken,
    pageUrl: (path) => `${url}${path}?token=${pagesToken}`,
    state,
    faults,
    unknownRequests,
    addUser: (login, wish) => addUser(state, login, wish),
    addOrganisation: (login, wish) => addOrganisation(state, login, wish),
    addTeam: (organisation, slug, { members = [], pending = [], ...wish } = {}) => {
      const people = { members: members.map(accountOf), pending: pending.map(accountOf) };
      addTeam(state, accountOf(organisation), slug, { ...wish, ...people });
    },
    addRepository: (owner, name, wish) => addRepository(state, owner, name, wish),
    fork: (repo, owner) => forkRepository(state, repoOf(repo), owner),
    renameRepository: (repo, name) => renameRepository(state, repoOf(repo), name),
    setPermission: (repo, login, permission) => {
      repoOf(repo).collaborators.set(accountOf(login).id, permission);
    },
    registerApp: (wish) => registerApp(state, wish),
    setWebhook: (appId, address) => {
      appOf(appId).webhook.url = address;
    },
    addCallback: (appId, address) => {
      appOf(appId).callbackUrls.push(address);
    },
    signIn: (login, address) =>
      authorize(state, accountOf(login), readAuthorization(state, new URL(address).searchParams)),
    installApp: (appId, owner, repos) => installApp(state, appOf(appId), owner, repos.map(repoOf)).id,
    suspend: (id) => {
      installationOf(id).suspendedAt = clock.now();
    },
    grant: (id, permissions) => {
      const installation = installationOf(id);
      installation.permissions = permissions;
      for (const [text, token] of state.tokens)
        if (token.kind === 'installation' && token.installation === installation) state.tokens.delete(text);
    },
    environment: (name, environment, { users = [], teams = [], ...wish } = {}) => {
      const repo = repoOf(name);
      const reviewers = [...users.map(accountOf), ...teams.map((slug) => teamOf(repo.owner.login, slug))];
      setEnvironment(state, repo, environment, { ...wish, reviewers });
    },
    protect: (repo, ...rules) => {
      protect(repoOf(repo), ...rules);
      state.touch(repoOf(repo));
    },
    requireChecks: (repo, ...checks) => {
      requireChecks(repoOf(repo), ...checks);
      state.touch(repoOf(repo));
    },
    endQueueTime: (repo, branch) => endQueueTime(state, repoOf(repo), branch),
    openPull: (repo, { as, ...wish }) => openPull(state, repoOf(repo), actor(as), wish),
    setDraft: (repo, number, as, draft) => setDraft(state, pullOf(repo, number), actor(as), draft),
    pushFiles: (repo, branch, { as, author, message = 'Change files', ...change }) => {
      const written = author === undefined ? {} : { author: accountOf(author) };
      return pushFiles(state, repoOf(repo), actor(as), { branch, message, ...change, ...written });
    },
    deleteBranch: (repo, branch, as) => deleteBranch(state, repoOf(repo), actor(as), branch),
    repo: repoOf,
    actor,
    addButton: (name, button) => void repoOf(name).buttons.push(button),
    deliveries: () => deliveries,
    settled,
    close: async () => {
      await Promise.all(work());
      await outbox.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      if (unknownRequests.length > 0 && options.allowUnknown !== true)
        throw new Error(`the hub was asked for what it does not have: ${unknownRequests.join(', ')}`);
    },
  };
};
