import { createHmac, randomBytes } from 'node:crypto';
import path from 'node:path';
import { passedVariables } from '../config/passed-variables.ts';
import type { OperatorSettings } from '../config/types.ts';
import { parseYaml } from '../config/yaml.ts';
import type { Isolation as Kind } from '../domain/isolation.ts';
import { createCheckouts } from '../flow/checkouts.ts';
import type { plan } from '../flow/plan.ts';
import { secretsInFiles } from '../observe/credential-files.ts';
import { partsOf, secretsGiven } from '../observe/given-values.ts';
import { silentLog } from '../observe/log.ts';
import { createMask } from '../observe/masking.ts';
import { loadRunners } from '../runner/load.ts';
import { createLocalArtifacts } from '../sandbox/artifact.ts';
import { chooseIsolation } from '../sandbox/local/isolation/choose.ts';
import { noWall } from '../sandbox/local/isolation/refusal.ts';
import { createLocalSandbox } from '../sandbox/local/sandbox.ts';
import { createDiskLogs } from '../sandbox/logs/disk.ts';
import { createMemoryBlobs } from '../store/blobs/memory.ts';
import { createMemoryStore } from '../store/memory/store.ts';
import { createTools } from '../tools/tools.ts';
import { type Desk, runnersFolder } from './desk.ts';
import type { Terminal } from './terminal.ts';

export type PlanPorts = Parameters<typeof plan>[0];

export interface PlanBench {
  readonly ports: PlanPorts;
  /** Names of the variables that tools see of the person's own. */
  readonly passed: readonly string[];
  readonly isolation: Kind;
  close(): Promise<void>;
}

/**
 * What a plan of a checkout is made with: the stages of a server over a store that is gone with the process, and keys that nobody
 * has afterwards. Of the person's environment tools see PATH, what the operator file passes to plans, and what is named besides.
 */
export const openPlanBench = async (
  desk: Desk,
  operator: OperatorSettings,
  { environment }: Terminal,
  names: readonly string[],
): Promise<PlanBench> => {
  const { clock, folder } = desk;
  const within = (name: string): string => path.join(folder, name);
  const key = randomBytes(32);
  const variables = passedVariables(environment, [...operator.env.plan, ...names]);
  const masked = [
    ...secretsGiven(variables).flatMap(partsOf),
    ...(await secretsInFiles(Object.values(variables))),
  ];
  const mask = createMask();
  for (const secret of masked) mask.add(secret);
  const { searchPath, programs } = desk;
  const wall = (kind: Kind | null) =>
    chooseIsolation({
      kind,
      programs,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      dataFolder: folder,
      runsFolder: within('runs'),
      toolsFolder: within('tools'),
      passed: { plan: variables, apply: {} },
      stateFolder: operator.allowLocalState,
      clock,
      ...operator.sandbox,
    });
  const asked = await wall(operator.isolation);
  // Whoever runs this could run the tool without any wall as well; a server never goes on without one.
  const chosen = 'refused' in asked ? await wall('none') : asked;
  if ('refused' in chosen) throw noWall(operator.isolation, chosen.refused);
  const sandbox = createLocalSandbox({
    folder: within('runs'),
    logs: within('logs'),
    environment: { plan: variables, apply: {} },
    path: searchPath,
    programs,
    isolation: chosen.isolation,
    providerMirror: operator.sandbox.providerMirror,
    mask: mask.text,
    secrets: () => masked,
    runKey: (runId) => createHmac('sha256', key).update(runId).digest(),
    idleMs: operator.idleTimeoutMs,
    clock,
  });
  const tools = await createTools({
    ...operator.tools,
    folder: within('tools'),
    environment,
    clock,
    log: silentLog,
  });
  const { git, configuration, repositoryFiles, snapshots } = desk;
  return {
    ports: {
      git,
      configuration,
      repositoryFiles,
      snapshots,
      tools,
      runners: await loadRunners([runnersFolder, ...operator.runners], {
        parseYaml,
        stepTimeoutMs: operator.stepTimeoutMs,
        danger: operator.danger,
      }),
      sandbox,
      artifacts: createLocalArtifacts(),
      logs: createDiskLogs(within('logs')),
      store: createMemoryStore({ clock }),
      blobs: createMemoryBlobs({ key }),
      clock,
      operator,
      checkouts: createCheckouts({ folder: within('checkouts') }),
      space: {
        isLow: async () => false,
        isLowNow: async () => false,
        room: async () => undefined,
        refused: async () => false,
        stop: () => undefined,
      },
      log: silentLog,
      mask: mask.text,
      sign: (text) => createHmac('sha256', key).update(text).digest('hex'),
      newId: () => randomBytes(12).toString('base64url'),
    },
    passed: Object.keys(variables).sort(),
    isolation: chosen.isolation.kind,
    close: async () => {
      await sandbox.close();
      await tools.close();
    },
  };
};
