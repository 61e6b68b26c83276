import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type App, type AppOverrides, readSettings, startApp } from '../app.ts';
import { createSystemClock } from '../clock/system.ts';
import { parseYaml } from '../config/yaml.ts';
import { createHub, type Hub, type HubOptions } from '../hub/hub.ts';
import type { Permission } from '../hub/state.ts';

export interface WorldOptions {
  /** Absolute; holds everything, made when missing, left behind at the end. */
  readonly folder: string;
  /** Files on the default branch. */
  readonly files: Readonly<Record<string, string>>;
  /** Further repositories of the organisation with their files, by name. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What each person may do. Administrators own the organisation; a browser begins as the first person. */
  readonly people: Readonly<Record<string, Permission>>;
  /** What the operator file allows; every repository of the organisation when absent. */
  readonly allow?: readonly string[];
  /** More of the operator file than `allow` and `allow_local_state`, as YAML. */
  readonly operator?: string;
  readonly hub?: Partial<HubOptions>;
  /** Of the App, besides those of the manifest. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  readonly app?: AppOverrides;
  /** Starts the server some other way than in this process, on the environment it is given. */
  readonly launch?: (environment: Readonly<Record<string, string | undefined>>) => Promise<App>;
  /** The server's environment, beyond PATH; for operator allow-lists. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logLevel?: string;
  /** People sign in to the pages with the hub; else the link of a start opens them. */
  readonly login?: boolean;
  /** False: no project may keep its state on this machine. */
  readonly localState?: boolean;
}

/** A GitHub on this machine with one repository or more, and Tidegate beside it as its App. */
export interface World {
  readonly hub: Hub;
  readonly app: App;
  /** `owner/name`; the first one. */
  readonly repository: string;
  /** Where projects may keep state; absolute. */
  readonly stateFolder: string;
  readonly appId: number;
  /** Personal tokens by login. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Stops the server and starts one anew on the same data. */
  /** `meanwhile`: done while no server runs. */
  restart(how?: Parameters<App['stop']>[0], meanwhile?: () => Promise<void>): Promise<void>;
  /** Resolves when neither side has anything left to do. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const manifest = z.object({
  default_events: z.array(z.string()),
  default_permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])),
});

export const stateFolderOf = (folder: string): string => path.join(folder, 'state');

export const organisation = 'acme';
const repositoryName = 'infrastructure';
const webhookPath = '/api/github/webhooks';

export const startWorld = async (options: WorldOptions): Promise<World> => {
  const { folder, people } = options;
  const repository = `${organisation}/${repositoryName}`;
  const stateFolder = stateFolderOf(folder);
  await mkdir(stateFolder, { recursive: true });
  const hub = await createHub({
    folder: path.join(folder, 'hub'),
    clock: createSystemClock(),
    ...options.hub,
  });
  const tokens: Record<string, string> = {};
  for (const login of Object.keys(people)) tokens[login] = hub.addUser(login).token;
  const owners = Object.keys(people).filter((login) => people[login] === 'admin');
  hub.addOrganisation(organisation, { owners });
  const repositories = { [repositoryName]: options.files, ...options.others };
  for (const [name, files] of Object.entries(repositories))
    await hub.addRepository(organisation, name, { files, permissions: people });
  const secret = randomBytes(24).toString('base64url');
  // The App asks for exactly what the manifest says, so a missing permission shows here first.
  const { default_events, default_permissions } = manifest.parse(
    parseYaml(await readFile(fileURLToPath(new URL('../../app.yml', import.meta.url)), 'utf8')),
  );
  const registered = await hub.registerApp({
    slug: 'tidegate',
    name: 'Tidegate',
    webhookSecret: secret,
    events: default_events,
    permissions: { ...default_permissions, ...options.permissions },
  });
  // The hub sets no limits of its own, and nobody wants to wait here for those of github.com.
  const pace = options.operator?.includes('write_pace:') ? '' : 'write_pace: unlimited\n';
  const operatorFile = path.join(folder, 'operator.yaml');
  // It plans its own repository, and has to work where nothing but Node, git and terraform is installed.
  const isolation = options.operator?.includes('isolation:') ? '' : 'isolation: none\n';
  const local = options.localState === false ? '' : `allow_local_state: ${stateFolder}\n`;
  await writeFile(
    operatorFile,
    `allow: ${JSON.stringify(options.allow ?? [`${organisation}/*`])}\n${local}${pace}${isolation}${options.operator ?? ''}`,
  );
  const environment = {
    ...options.environment,
    APP_ID: String(registered.appId),
    PRIVATE_KEY: registered.privateKey,
    WEBHOOK_SECRET: secret,
    GHE_HOST: new URL(hub.url).host,
    GHE_PROTOCOL: 'http',
    HOST: '127.0.0.1',
    PORT: '0',
    TIDEGATE_PAGES_PORT: '0',
    ...(options.login === true
      ? { GITHUB_CLIENT_ID: registered.clientId, GITHUB_CLIENT_SECRET: registered.clientSecret }
      : {}),
    WEBHOOK_PATH: webhookPath,
    LOG_LEVEL: options.logLevel ?? 'warn',
    TIDEGATE_DATA_DIR: path.join(folder, 'data'),
    TIDEGATE_CONFIG: operatorFile,
    TIDEGATE_SECRET_KEY: randomBytes(32).toString('base64'),
  };
  const launchHere = async (): Promise<App> => {
    const read = await readSettings(environment, { folder, home: folder, warn: () => {} });
    if ('problems' in read)
      throw new Error(read.problems.map(({ sentence, advice }) => `${sentence} ${advice}`).join('\n'));
    return startApp(read.config, read.secrets, environment, options.app);
  };
  const launch = async (): Promise<App> => {
    const app = await (options.launch?.(environment) ?? launchHere());
    hub.setWebhook(registered.appId, `${app.url}${webhookPath}`);
    if (app.pagesUrl !== '') hub.addCallback(registered.appId, `${app.pagesUrl}/login/callback`);
    return app;
  };
  let app: App;
  try {
    app = await launch();
  } catch (error) {
    await hub.close();
    throw error;
  }
  const installed = Object.keys(repositories).map((name) => `${organisation}/${name}`);
  hub.installApp(registered.appId, organisation, installed);
  return {
    hub,
    get app() {
      return app;
    },
    repository,
    stateFolder,
    appId: registered.appId,
    tokens,
    restart: async (how, meanwhile) => {
      await app.stop(how);
      await meanwhile?.();
      app = await launch();
    },
    settled: async () => {
      // What Tidegate says raises webhooks, and those may give it work: both must be quiet at once.
      do {
        await hub.settled();
        await app.idle();
      } while (!(await isQuiet(hub)));
    },
    close: async () => {
      // Its folder goes next: nothing may go on working in there.
      await app.stop('drain');
      await hub.close();
    },
  };
};

const isQuiet = async (hub: Hub): Promise<boolean> => {
  const before = hub.deliveries().length;
  await hub.settled();
  return hub.deliveries().length === before;
};
