import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { openChannels } from './app/channels.ts';
import { openExecution } from './app/execution.ts';
import { newId } from './app/new-id.ts';
import type { Clock } from './clock/port.ts';
import { createSystemClock } from './clock/system.ts';
import { createConditions } from './config/conditions.ts';
import { readEnvironment } from './config/environment.ts';
import { sharedUrl } from './config/pages-settings.ts';
import { passedVariables } from './config/passed-variables.ts';
import { createRepositoryFiles } from './config/repository-reader.ts';
import type { Config, Secrets } from './config/types.ts';
import { runVerbs } from './domain/run.ts';
import { createCheckouts } from './flow/checkouts.ts';
import { createGenerator } from './flow/generate.ts';
import { maskStore } from './flow/masked.ts';
import { measureForge, measureSandbox, measureStore } from './flow/measured.ts';
import type { FlowPorts } from './flow/ports.ts';
import { liveStates, readNumbers } from './flow/readings.ts';
import { createRoad } from './flow/road.ts';
import { createSnapshots } from './flow/snapshots.ts';
import { createSpace } from './flow/space.ts';
import { createGithubForge } from './forge/github/forge.ts';
import { createGithubLogin } from './forge/github/login.ts';
import { createWebhookListener } from './forge/github/webhooks.ts';
import type { Forge } from './forge/port.ts';
import { createLocalGit } from './git/local/git.ts';
import { gitProgram } from './git/local/version.ts';
import { secretsInFiles } from './observe/credential-files.ts';
import { partsOf, secretsGiven } from './observe/given-values.ts';
import { createPino, type LoggerOptions, wrapPino } from './observe/logger.ts';
import { createMask } from './observe/masking.ts';
import { createMetrics } from './observe/metrics.ts';
import { ownVersion } from './observe/own-version.ts';
import { operatorPath } from './programs/search-path.ts';
import { findServerPrograms } from './programs/server-programs.ts';
import { createPageRenderer } from './render/pages/pages.ts';
import { createRenderer } from './render/renderer.ts';
import { createConfigurationReader } from './runner/read/hcl.ts';
import { createLocalArtifacts } from './sandbox/artifact.ts';
import { removeRunFolders } from './sandbox/local/sandbox.ts';
import { createDiskLogs } from './sandbox/logs/disk.ts';
import { createDiskBlobs } from './store/blobs/disk.ts';
import { claimDataFolder } from './store/data-folder.ts';
import { freeSpace } from './store/free-space.ts';
import { deriveKeys, loadOrMakeSecretKey } from './store/install-keys.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { createClientAddresses } from './web/client-address.ts';
import { createPages } from './web/pages.ts';
import { createServer, type Readiness } from './web/server.ts';

/** What tests and the demo may put in place of the real thing. */
export interface AppOverrides {
  readonly clock?: Clock;
  readonly forge?: Forge;
  /** Gets every port the road is built from, and gives those that it is built from instead. */
  readonly around?: (ports: FlowPorts) => FlowPorts;
  readonly logDestination?: LoggerOptions['destination'];
  /** Where the code of hosts is kept, absolute: servers one after the other need not each read it anew. */
  readonly hostCode?: string;
  /** How long to wait for another server to leave the data folder, in milliseconds. */
  readonly waitForDataFolderMs?: number;
}

export interface App {
  /** Where webhooks and health are served, once started. */
  readonly url: string;
  /** Where metrics and pages are. */
  readonly pagesUrl: string;
  /** Opens the pages to whoever has it, until the server ends; null where people sign in with GitHub. Not for a log. */
  readonly pagesLink: string | null;
  /** Resolves when nothing is left to do at this moment. */
  idle(): Promise<void>;
  /**
   * Lets the data folder go, after what `TIDEGATE_ON_STOP` says (`how`, if given): `detach` leaves applies to their hosts,
   * `drain` waits for them. `late`: something of ours did not end in time, and whoever started us should not wait for it.
   */
  stop(how?: Config['onStop']): Promise<'closed' | 'late'>;
}

/**
 * The server's settings, from its environment; relative paths start from `folder`. Where no secret key
 * is given, one is kept below `home`, outside the data folder.
 */
export const readSettings = (
  environment: Readonly<Record<string, string | undefined>>,
  from: { readonly folder: string; readonly home: string; readonly warn: (sentence: string) => void },
): ReturnType<typeof readEnvironment> =>
  readEnvironment(environment, {
    folder: from.folder,
    // systemd gives every unit this variable, and ends all processes of one together.
    endsWithServer: process.pid === 1 || environment['INVOCATION_ID'] !== undefined,
    readFile: (file) => readFile(file, 'utf8'),
    secretKey: () =>
      loadOrMakeSecretKey({
        path: path.join(from.home, '.config', 'tidegate', 'secret-key'),
        warn: from.warn,
      }),
  });

/** Whoever stops a server that detaches gives it ten seconds. */
const closeLimitMs = 9_000;

/**
 * The one place where rooms meet. Resolves when webhooks are taken. Throws UserError, with nothing
 * left open, for what an operator can mend.
 *
 * `environment` is the server's own; tools get from it `operatorPath` and what the operator's allow-lists name.
 */
export const startApp = async (
  config: Config,
  secrets: Secrets,
  environment: Readonly<Record<string, string | undefined>>,
  overrides: AppOverrides = {},
): Promise<App> => {
  const clock = overrides.clock ?? createSystemClock();
  const mask = createMask();
  const { clientSecret, metricsToken } = secrets;
  const masked = [
    secrets.privateKey,
    secrets.webhookSecret,
    secrets.secretKey.toString('base64'),
    ...[clientSecret, metricsToken].filter((secret) => secret !== null),
  ].flatMap(partsOf);
  for (const secret of masked) mask.add(secret);
  const { logDestination: destination } = overrides;
  const pino = createPino({
    level: config.logLevel,
    mask,
    ...(destination === undefined ? {} : { destination }),
  });
  const log = wrapPino(pino);
  const searchPath = operatorPath(environment['PATH']);
  const programs = await findServerPrograms(searchPath);
  const git = await gitProgram(programs.git, searchPath);

  const claim = await claimDataFolder(config.dataDir, {
    clock,
    waitMs: overrides.waitForDataFolderMs ?? 10_000,
    onWait: (sentence) => log.warn(sentence),
  });
  const open: (() => Promise<void> | void)[] = [() => claim.release()];
  let closing: Promise<void> | null = null;
  const closeInOrder = async (): Promise<void> => {
    for (const close of open.reverse()) await close();
  };
  // Asked for twice, by a signal and by whoever started us, everything still closes once.
  const closeAll = (): Promise<void> => {
    closing ??= closeInOrder();
    return closing;
  };
  try {
    const within = (name: string) => path.join(config.dataDir, name);
    const space = createSpace({
      free: () => freeSpace(config.dataDir),
      floor: config.operator.freeSpaceFloor,
      clock,
      log,
    });
    const keys = deriveKeys(secrets.secretKey);
    const store = await openSqliteStore({
      path: within('tidegate.db'),
      clock,
      auditKey: keys.audit,
      whenFull: space.refused,
    });
    open.push(() => store.close());
    if ((await store.audit.head()).signature === null) log.error(auditNotOurs);
    const configuration = createConfigurationReader({ clock });
    open.push(() => configuration.close());
    const repositoryFiles = createRepositoryFiles({ clock });
    open.push(() => repositoryFiles.close());
    const { operator } = config;
    const passed = (verb: 'plan' | 'apply') => passedVariables(environment, operator.env[verb]);
    // What only a tool may see must not come back in what people see.
    for (const verb of ['plan', 'apply'] as const)
      masked.push(...secretsGiven(passed(verb)), ...(await secretsInFiles(Object.values(passed(verb)))));
    const channels = openChannels({
      channels: operator.notify.channels,
      environment,
      clock,
      hide: (secret) => masked.push(...partsOf(secret)),
    });
    for (const secret of masked) mask.add(secret);
    const mirrors = createLocalGit({
      folder: within('mirrors'),
      log,
      git,
      path: searchPath,
    });
    open.push(() => mirrors.settled());
    let started = false;
    let stopping: Promise<'closed' | 'late'> | null = null;
    const ready = async (): Promise<Readiness> => {
      if (!started) return { ok: false, reason: 'it is starting' };
      if (stopping !== null) return { ok: false, reason: 'it is being stopped' };
      return (await space.isLow()) ? { ok: false, reason: noRoom } : { ok: true };
    };
    const github = () => {
      const made = createGithubForge({
        appId: config.appId,
        privateKey: secrets.privateKey,
        apiUrl: config.apiUrl,
        clock,
        log,
      });
      open.push(() => made.close());
      return made;
    };
    const forge = overrides.forge ?? github();
    const metrics = createMetrics({
      read: async () =>
        readNumbers(
          { store, clock },
          {
            freeSpace: await freeSpace(config.dataDir).catch(() => null),
            ready: (await ready()).ok,
          },
        ),
      runs: { verbs: runVerbs, states: liveStates },
      version: await ownVersion(),
      left: (installationId) => forge.primaryLimit(installationId)?.remaining ?? null,
      clock,
    });
    const { meter } = metrics;
    const { runners, sandbox, bareSandbox, previewSandbox, tools, isolation } = await openExecution({
      config,
      environment,
      searchPath,
      programs,
      passed: { plan: passed('plan'), apply: passed('apply') },
      mask: mask.text,
      secrets: () => masked,
      runKey: (runId) => createHmac('sha256', keys.hosts).update(runId).digest(),
      hostCode: overrides.hostCode,
      clock,
      log,
      onOpen: (close) => open.push(close),
    });
    const shared = sharedUrl(config);
    const logs = createDiskLogs(within('logs'));
    const ports: FlowPorts = {
      appId: config.appId,
      forge: measureForge(forge, meter),
      git: mirrors,
      runners,
      configuration,
      repositoryFiles,
      snapshots: createSnapshots(),
      generator: createGenerator({ operator, git: mirrors, sandbox: bareSandbox, newId, clock, log }),
      sandbox: measureSandbox(sandbox, runners, meter, clock),
      previewSandbox,
      artifacts: createLocalArtifacts(),
      logs,
      store: maskStore(measureStore(store, runners, meter), mask.text),
      blobs: createDiskBlobs({ folder: within('blobs'), key: keys.blobs }),
      clock,
      renderer: createRenderer({ templates: operator.templates, danger: operator.danger }),
      operator,
      conditions: createConditions(),
      checkouts: createCheckouts({ folder: within('checkouts') }),
      space,
      channels,
      tools,
      log,
      mask: mask.text,
      host: hostname(),
      pageUrl: (page) => (shared === null ? null : `${shared}${page}`),
      sign: (text) => createHmac('sha256', keys.planDigest).update(text).digest('hex'),
      newId,
    };
    // Of a run that was started, what became of it is in its folder; of one that is unresolved, the last there is.
    const kept = await store.runs.inState(['running', 'unresolved']);
    await removeRunFolders(within('runs'), new Set(kept.map(({ id }) => id)), (run, error) =>
      log.error('the folder of a run was not removed', { run, error: String(error) }),
    );
    for (const bare of ['generating', 'previewing'])
      await removeRunFolders(within(bare), new Set(), (name, error) =>
        log.error('a folder was not removed', { name, error: String(error) }),
      );
    const clients = createClientAddresses(config.proxies);
    const road = createRoad(overrides.around?.(ports) ?? ports);
    const pages = createPages({
      host: config.pagesHost,
      port: config.pagesPort,
      publicUrl: config.publicUrl,
      webUrl: config.webUrl,
      metrics,
      metricsToken,
      login:
        config.loginClientId === null || clientSecret === null
          ? null
          : createGithubLogin({
              clientId: config.loginClientId,
              clientSecret,
              webUrl: config.webUrl,
              apiUrl: config.apiUrl,
              clock,
            }),
      store,
      tells: channels.length > 0,
      logs,
      renderer: createPageRenderer(),
      unlock: road.unlock,
      look: road.look,
      mask: mask.text,
      clients,
      clock,
      log,
    });
    await pages.start();
    open.push(() => pages.stop());
    const webhooks = await createWebhookListener({
      appId: config.appId,
      privateKey: secrets.privateKey,
      webhookSecret: secrets.webhookSecret,
      path: config.webhookPath,
      onDelivery: road.receive,
      closed: async () => ((await space.isLow()) ? noRoom : null),
      clientOf: clients.of,
      clock,
      log,
    });
    const server = createServer({
      host: config.host,
      port: config.port,
      webhooks: async (req, res) => {
        const isOurs = await webhooks(req, res);
        if (isOurs) meter.webhookAnswered(res.statusCode);
        return isOurs;
      },
      ready,
      clients,
      clock,
      log,
    });
    await server.start();
    open.push(() => road.stop());
    open.push(() => server.stop());
    await road.start();
    started = true;
    log.info('tidegate is ready', {
      metrics: `${pages.url}/metrics`,
      url: server.url,
      webhooks: config.webhookPath,
      data: config.dataDir,
      isolation,
    });
    return {
      url: server.url,
      pagesUrl: pages.url,
      pagesLink: pages.link,
      idle: road.idle,
      stop: (how = config.onStop) => {
        const drained = async () => {
          if (how === 'drain') await road.drain(operator.drainTimeoutMs);
          const over = new AbortController();
          const closed = closeAll().then(() => 'closed' as const);
          const late = clock.sleep(closeLimitMs, over.signal).then(() => 'late' as const);
          return Promise.race([closed, late]).finally(() => over.abort());
        };
        stopping ??= drained();
        return stopping;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
};

const auditNotOurs =
  'the audit trail is not as this installation left it, or its key is another one now: `tidegate audit verify` says more';

/** The answer to whoever asks whether webhooks are taken. */
const noRoom = 'the disk of the data folder is full';
