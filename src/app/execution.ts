import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock/port.ts';
import type { Config } from '../config/types.ts';
import { checkWorkflowRunners } from '../config/workflows.ts';
import { parseYaml } from '../config/yaml.ts';
import type { Isolation } from '../domain/isolation.ts';
import { mayPreview } from '../domain/preview.ts';
import type { Reach } from '../domain/run.ts';
import type { Log } from '../observe/log.ts';
import type { ServerPrograms } from '../programs/server-programs.ts';
import { loadRunners } from '../runner/load.ts';
import type { Runners } from '../runner/port.ts';
import { createBareSandbox } from '../sandbox/local/bare-sandbox.ts';
import { chooseIsolation } from '../sandbox/local/isolation/choose.ts';
import { noWall, unwalled } from '../sandbox/local/isolation/refusal.ts';
import { createLocalSandbox, type LocalSandbox } from '../sandbox/local/sandbox.ts';
import type { Sandbox } from '../sandbox/port.ts';
import type { Tools } from '../tools/port.ts';
import { createTools } from '../tools/tools.ts';

export interface ExecutionOptions {
  readonly config: Config;
  /** The server's own variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** PATH on which tools are found. */
  readonly searchPath: string;
  /** What the server starts itself. */
  readonly programs: ServerPrograms;
  /** What of them tools may see. */
  readonly passed: Readonly<Record<Reach, Readonly<Record<string, string>>>>;
  readonly mask: (text: string) => string;
  /** The values behind `mask`, as they are when a run begins. */
  readonly secrets: () => readonly string[];
  /** With what a run's host signs. */
  readonly runKey: (runId: string) => Buffer;
  /** Where the code of hosts is kept, absolute; undefined: beside the runs. */
  readonly hostCode: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Is given what has to be closed, as soon as it is open. */
  readonly onOpen: (close: () => Promise<void>) => void;
}

export interface Execution {
  readonly runners: Runners;
  readonly sandbox: LocalSandbox;
  /** Knows no variable and no secret: for what only looks at files. */
  readonly bareSandbox: Pick<Sandbox, 'open'>;
  /** The same, where the operator lets code that nobody trusts be previewed; else null. */
  readonly previewSandbox: Pick<Sandbox, 'open'> | null;
  readonly tools: Tools;
  readonly isolation: Isolation;
}

/** `runners/` stands beside `src/` in a checkout and beside `dist/` in the image. */
const runnersFolder = fileURLToPath(new URL('../../runners', import.meta.url));

/**
 * What runs tools: the runners, the wall that the operator asks for, and versions of tools. Throws UserError where this machine
 * has no such wall.
 */
export const openExecution = async (options: ExecutionOptions): Promise<Execution> => {
  const { config, environment, searchPath, programs, passed, clock, log, onOpen } = options;
  const { operator } = config;
  const within = (name: string) => path.join(config.dataDir, name);
  const runners = await loadRunners([runnersFolder, ...operator.runners], {
    parseYaml,
    stepTimeoutMs: operator.stepTimeoutMs,
    danger: operator.danger,
  });
  checkWorkflowRunners(
    operator.workflows,
    runners.names.flatMap((name) => runners.get(name) ?? []),
  );
  const chosen = await chooseIsolation({
    kind: operator.isolation,
    programs,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    dataFolder: config.dataDir,
    toolsFolder: within('tools'),
    runsFolder: within('runs'),
    passed,
    stateFolder: operator.allowLocalState,
    clock,
    ...operator.sandbox,
  });
  if ('refused' in chosen) throw noWall(operator.isolation, chosen.refused);
  if (chosen.isolation.kind === 'none') log.warn(unwalled);
  const sandbox = createLocalSandbox({
    folder: within('runs'),
    logs: within('logs'),
    environment: passed,
    path: searchPath,
    programs,
    isolation: chosen.isolation,
    providerMirror: operator.sandbox.providerMirror,
    mask: options.mask,
    secrets: options.secrets,
    runKey: options.runKey,
    idleMs: operator.idleTimeoutMs,
    codeCache: options.hostCode,
    clock,
  });
  onOpen(() => sandbox.close());
  const bare = {
    dataFolder: config.dataDir,
    path: searchPath,
    programs,
    kind: chosen.isolation.kind,
    limits: operator.sandbox.limits,
    mask: options.mask,
    runKey: options.runKey,
    codeCache: options.hostCode,
    clock,
  };
  const bareSandbox = createBareSandbox({ ...bare, folder: within('generating') });
  onOpen(() => bareSandbox.close());
  const previewSandbox = mayPreview(operator.trust.previews, bare.kind)
    ? createBareSandbox({ ...bare, folder: within('previewing') })
    : null;
  if (previewSandbox !== null) onOpen(() => previewSandbox.close());
  const tools = await createTools({ ...operator.tools, folder: within('tools'), environment, clock, log });
  onOpen(() => tools.close());
  return { runners, sandbox, bareSandbox, previewSandbox, tools, isolation: chosen.isolation.kind };
};
