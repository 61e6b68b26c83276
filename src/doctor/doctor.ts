import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createSystemClock } from '../clock/system.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Config, Secrets } from '../config/types.ts';
import { parseYaml } from '../config/yaml.ts';
import { UserError } from '../domain/problem.ts';
import { createAppDesk } from '../forge/github/app-desk.ts';
import { gitProgram, releaseWithoutHoles } from '../git/local/version.ts';
import { silentLog } from '../observe/log.ts';
import { createMask } from '../observe/masking.ts';
import { operatorPath } from '../programs/search-path.ts';
import { lookForServerPrograms, type ServerPrograms } from '../programs/server-programs.ts';
import { loadRunners } from '../runner/load.ts';
import type { Runner, Runners } from '../runner/port.ts';
import { findIsolation } from '../sandbox/local/isolation/choose.ts';
import { checkApp } from './app.ts';
import type { Manifest } from './app-checks.ts';
import { type Finding, fail, skip } from './finding.ts';
import { checkDataFolder } from './folder-checks.ts';
import { checkIsolation, type IsolationFacts } from './isolation-check.ts';
import { askTool, dataFolderFacts, fileFacts, hasPackage } from './machine.ts';
import {
  checkGit,
  checkHost,
  checkNode,
  checkOperatorFile,
  checkPrivateKey,
  checkRunners,
  checkSecretKey,
  checkSettings,
  checkTools,
  type SecretKeyPlace,
} from './machine-checks.ts';
import { hasFailed, jsonOf, printFindings } from './print.ts';
import { checkPrograms } from './program-checks.ts';

export interface DoctorOptions {
  /** The environment that the server has, or would have. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative settings start here. */
  readonly folder: string;
  readonly home: string;
  readonly json: boolean;
  readonly colour: boolean;
  readonly out: (text: string) => void;
}

const root = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

const manifestSchema = z.object({
  default_events: z.array(z.string()),
  default_permissions: z.record(z.string(), z.string()),
});

const readManifest = async (): Promise<Manifest> => {
  const { default_events: events, default_permissions: permissions } = manifestSchema.parse(
    parseYaml(await readFile(root('app.yml'), 'utf8')),
  );
  return { events, permissions };
};

/** Does any step of it ask for a terminal? What stands for the values of a run changes nothing about that. */
const draws = (runner: Runner): boolean =>
  runner
    .steps('plan', { planDir: '/plan', workspace: 'default', varFiles: [], backendFiles: [], extra: [] })
    .some(({ terminal }) => terminal === true);

const isInside = (file: string, folder: string): boolean => {
  const way = path.relative(folder, file);
  return way === '' || !(way.startsWith('..') || path.isAbsolute(way));
};

/** Ours and the operator's, or why they cannot be read: a server would not start with them. */
const runnersIn = async (own: readonly string[]): Promise<Runners | UserError> =>
  loadRunners([root('runners'), ...own], { parseYaml }).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });

const checkMachine = async (
  searchPath: string,
  there: Awaited<ReturnType<typeof lookForServerPrograms>>,
  own: readonly string[],
): Promise<readonly Finding[]> => {
  const { programs } = there;
  const git = await gitProgram(programs.git, searchPath).then(
    ({ version }) => version,
    (error: unknown) => {
      if (error instanceof UserError) return error.problem;
      throw error;
    },
  );
  const all = await runnersIn(own);
  const runners = all instanceof UserError ? await loadRunners([root('runners')], { parseYaml }) : all;
  const known = runners.names.flatMap((name) => runners.get(name) ?? []);
  const tools = await Promise.all(known.map((runner) => askTool(runner, searchPath)));
  return [
    checkNode(process.version),
    ...checkPrograms(there, process.execPath),
    checkGit(git, typeof git === 'string' ? releaseWithoutHoles(git) : null),
    checkRunners(all instanceof UserError ? all.problem : all.names, own),
    ...checkTools(tools),
    ...checkHost({
      nohup: programs.nohup !== null,
      terminal: hasPackage('node-pty'),
      drawing: known.filter(draws).map(({ name }) => name),
    }),
  ];
};

const isolationFacts = async (
  { operator, dataDir }: Config,
  programs: ServerPrograms,
): Promise<IsolationFacts> => {
  const uid = process.getuid?.() ?? 0;
  const wanted = operator.isolation;
  const found = await findIsolation({
    kind: wanted,
    programs,
    uid,
    dataFolder: dataDir,
    stateFolder: operator.allowLocalState,
    network: operator.sandbox.network,
  });
  return {
    wanted,
    found,
    uid,
    limits: programs.prlimit !== null,
    localState: operator.allowLocalState !== null,
  };
};

const checkFiles = async (
  { environment, folder, home }: DoctorOptions,
  { dataDir, operator }: Config,
): Promise<readonly Finding[]> => {
  const given = (name: string): string | null => {
    const value = environment[name]?.trim() ?? '';
    return value === '' ? null : value;
  };
  const fileOf = async (name: string) => {
    const value = given(name);
    return value === null ? null : fileFacts(path.resolve(folder, value));
  };
  const placeOfKey = async (): Promise<SecretKeyPlace> => {
    if (given('TIDEGATE_SECRET_KEY') !== null) return { from: 'environment' };
    const named = await fileOf('TIDEGATE_SECRET_KEY_FILE');
    const file = named ?? (await fileFacts(path.join(home, '.config', 'tidegate', 'secret-key')));
    return { from: named === null ? 'standard' : 'file', file, inDataFolder: isInside(file.path, dataDir) };
  };
  const operatorFile = await fileOf('TIDEGATE_CONFIG');
  return [
    checkPrivateKey(await fileOf('PRIVATE_KEY_PATH')),
    checkSecretKey(await placeOfKey()),
    ...(operatorFile === null ? [] : [checkOperatorFile(operatorFile)]),
    ...checkDataFolder(await dataFolderFacts(dataDir), operator.freeSpaceFloor),
  ];
};

const checkGithub = async (config: Config, secrets: Secrets): Promise<readonly Finding[]> => {
  const { appId, apiUrl, publicUrl, loginClientId, webhookPath, operator } = config;
  const desk = createAppDesk({
    appId,
    privateKey: secrets.privateKey,
    apiUrl,
    clock: createSystemClock(),
    log: silentLog,
  });
  const manifest = await readManifest();
  return checkApp({
    desk,
    appId,
    apiUrl,
    publicUrl,
    loginClientId,
    webhookPath,
    manifest,
    allows: operator.allows,
    merges: operator.rules.some(({ automerge }) => automerge != null),
  });
};

/**
 * Looks at everything that has to be right for the server to work, and prints what it found and what to do. Takes no lock and
 * writes nothing, so it runs beside a server and without one.
 *
 * @returns the exit code: 0 when nothing failed, else 1
 */
export const doctor = async (options: DoctorOptions): Promise<number> => {
  const { environment, folder, json, colour, out } = options;
  const read = await readEnvironment(environment, {
    folder,
    readFile: (file) => readFile(file, 'utf8'),
    // Never used: only whether everything else is right is asked here, and a key that is missing must not be made.
    secretKey: () => Buffer.alloc(32),
  });
  const findings: Finding[] = [];
  const own = 'problems' in read ? [] : read.config.operator.runners;
  const searchPath = operatorPath(environment['PATH']);
  const there = await lookForServerPrograms(searchPath);
  const machine = await checkMachine(searchPath, there, own);
  const mask = createMask();
  if ('problems' in read) {
    findings.push(
      ...checkSettings(read.problems, ''),
      ...machine,
      skip('app', 'data folder, keys and the App: the settings have to be right first'),
    );
  } else {
    const { config, secrets } = read;
    for (const secret of [secrets.privateKey, secrets.webhookSecret]) mask.add(secret);
    findings.push(
      ...checkSettings([], `App ${config.appId} at ${config.apiUrl}`),
      ...machine,
      checkIsolation(await isolationFacts(config, there.programs)),
      ...(await checkFiles(options, config)),
      ...(await checkGithub(config, secrets).catch((error: unknown) => [
        fail(
          'app',
          `the doctor itself failed: ${error instanceof Error ? error.message : String(error)}`,
          'This is a bug of Tidegate; please report it.',
        ),
      ])),
    );
  }
  out(mask.text(json ? jsonOf(findings) : printFindings(findings, colour)));
  return hasFailed(findings) ? 1 : 0;
};
