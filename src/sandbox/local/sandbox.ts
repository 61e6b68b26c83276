import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock/port.ts';
import type { Reach } from '../../domain/run.ts';
import { createMask } from '../../observe/masking.ts';
import type { ServerPrograms } from '../../programs/server-programs.ts';
import type { Sandbox, SandboxSpec, Session } from '../port.ts';
import { cliConfig } from './cli-config.ts';
import { apartEnvironment, toolEnvironment } from './environment.ts';
import { createHostStarter } from './host-starter.ts';
import { isolationFolder } from './isolation/choose.ts';
import {
  apartOf,
  cliConfigOf,
  filesOf,
  freshOf,
  homeOf,
  type Isolation,
  statesOf,
  temporaryOf,
  workOf,
} from './isolation/isolation.ts';
import { rawLogsOf } from './log-files.ts';
import { reattachRun } from './reattach.ts';
import { removeTree } from './remove-tree.ts';
import { openSession } from './session.ts';
import { beKilledBefore, standBack } from './stand-back.ts';

export interface LocalSandboxOptions {
  /** Holds one private folder per open run; absolute, made when missing. */
  readonly folder: string;
  /** Keeps what people see of the output of runs; absolute, made when missing. Absent: it goes with the run's folder. */
  readonly logs?: string;
  /** What the operator's allow-lists let each verb see. */
  readonly environment: Readonly<Record<Reach, Readonly<Record<string, string>>>>;
  /** PATH on which tools are found, anew for each step: one that is installed later is found as well. */
  readonly path: string;
  /** Programs of the server itself. They stand before a tool and its wall. */
  readonly programs: Pick<ServerPrograms, 'nohup'>;
  /** What stands between a tool and this machine. */
  readonly isolation: Isolation;
  /** Providers that need no registry: laid out as `terraform providers mirror` does, absolute. */
  readonly providerMirror?: string | null;
  /** Applied to every text before it leaves. */
  readonly mask: (text: string) => string;
  /** The values behind `mask`: a run's host masks by itself, for it outlives the server. */
  readonly secrets: () => readonly string[];
  /** Marks the records of one run. The same for every server of this install, and known to nobody else. */
  readonly runKey: (runId: string) => Uint8Array;
  readonly clock: Clock;
  /** Where Node keeps the hosts' code, absolute; beside the runs' folders when absent. */
  readonly codeCache?: string | undefined;
  /** Silence after which a plan step is stopped and an apply is reported, in milliseconds. Default 15 minutes. */
  readonly idleMs?: number;
  /** Between the SIGINT to a plan step and its end, in milliseconds. Default 10 seconds. */
  readonly graceMs?: number;
  /** Largest log of one step, in bytes. Default 256 MB. */
  readonly logBytes?: number;
  /** Largest standard output of a step that we read, in bytes. Default 2 GB. */
  readonly dataBytes?: number;
}

export interface LocalSandbox extends Sandbox {
  wake(): void;
  /** Runs that are open are left alone. */
  close(): Promise<void>;
}

/** Beside the runs' folders; no run's name starts with a dot. */
const codeCache = '.host-code';

/**
 * Removes the folders of runs that nobody will take up again: a server that was killed left plans in
 * clear in them. Only for a start, when no run of this server is under way.
 * @param folder of all runs, absolute; may be missing
 * @param keep runs whose tools may still be at work
 * @param onLeft one that cannot be removed is no reason not to start; told with its name
 */
export const removeRunFolders = async (
  folder: string,
  keep: ReadonlySet<string>,
  onLeft: (name: string, error: unknown) => void,
): Promise<void> => {
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (!keep.has(name) && name !== codeCache && name !== isolationFolder)
      await removeTree(join(folder, name)).catch((error: unknown) => onLeft(name, error));
};

/**
 * Runs tools on this machine: a clean environment, folders of their own, and the wall that `isolation` is. Each run has a host,
 * a process that outlives the server. `open` throws when a folder of that run is there already (its tool may still be running); a step throws when the project's folder is not in the checkout.
 */
export const createLocalSandbox = (options: LocalSandboxOptions): LocalSandbox => {
  const hosts = createHostStarter({
    folder: options.folder,
    codeCache: options.codeCache ?? join(options.folder, codeCache),
    clock: options.clock,
  });
  const masked = (text: string, secrets: readonly string[]): string => {
    if (secrets.length === 0) return options.mask(text);
    const own = createMask();
    for (const secret of secrets) own.add(secret);
    return own.text(options.mask(text));
  };
  const logsOf = (runId: string): string =>
    options.logs === undefined ? rawLogsOf(join(options.folder, runId)) : join(options.logs, runId);
  const open = async (spec: SandboxSpec): Promise<Session> => {
    const { runId } = spec;
    const folder = join(options.folder, runId);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 });
    const folders = [
      homeOf(folder),
      temporaryOf(folder),
      filesOf(folder),
      freshOf(folder),
      apartOf(folder),
      rawLogsOf(folder),
      statesOf(folder),
    ];
    await Promise.all(folders.map((one) => mkdir(one, { mode: 0o700 })));
    const logs = logsOf(runId);
    if (options.logs !== undefined) {
      // Of an attempt that came to nothing; one that may still go on has its folder, and was refused above.
      await rm(logs, { recursive: true, force: true });
      await mkdir(logs, { recursive: true, mode: 0o700 });
    }
    await writeFile(cliConfigOf(folder), await cliConfig(options.providerMirror ?? null), { mode: 0o600 });
    const host = hosts.take(folder);
    if (spec.standsBack === true && host.pid !== undefined) standBack(host.pid);
    if (spec.verb === 'plan' && host.pid !== undefined) beKilledBefore(host.pid, 'applies');
    return openSession({
      hello: {
        kind: 'hello',
        runId,
        folder,
        logs,
        nohup: options.programs.nohup,
        key: options.runKey(runId),
        secrets: options.secrets(),
        limits: {
          graceMs: options.graceMs ?? 10_000,
          idleMs: options.idleMs ?? 15 * 60_000,
          logBytes: options.logBytes ?? 256 * 1024 * 1024,
          dataBytes: options.dataBytes ?? 2_000_000_000,
        },
      },
      host,
      cwd: join(spec.checkout, spec.dir),
      dir: spec.dir,
      environment: (step, apart) => {
        const of = apart ?? folder;
        const temporary = options.isolation.temporary ?? temporaryOf(of);
        const before = apart !== null || step.toolFolder === undefined ? '' : `${step.toolFolder}:`;
        const own = { path: `${before}${options.path}`, folder: of, temporary, step };
        return apart === null
          ? toolEnvironment({ ...own, allowed: options.environment[spec.verb], project: spec.env })
          : apartEnvironment(own);
      },
      furnish: async (apart) => {
        await mkdir(apart, { mode: 0o700 });
        const rooms = [homeOf(apart), temporaryOf(apart), workOf(apart)];
        await Promise.all(rooms.map((one) => mkdir(one, { mode: 0o700 })));
      },
      wall: (step, environment, apart) =>
        options.isolation.wall({
          folder,
          checkout: spec.checkout,
          dir: spec.dir,
          verb: spec.verb,
          mutates: step.mutates,
          program: step.argv[0],
          madeOf: step.madeOf ?? [],
          state: apart === null ? (spec.state ?? null) : null,
          environment,
          apart:
            apart === null ? null : { folder: apart, named: step.argv.filter((one) => one.startsWith('/')) },
        }),
      mask: masked,
      end: () => options.isolation.end(folder),
      removeOnDetach: spec.verb === 'plan',
    });
  };
  return {
    isolation: options.isolation.kind,
    open,
    wake: hosts.wake,
    close: hosts.close,
    reattach: (runId) =>
      reattachRun({
        folder: join(options.folder, runId),
        logs: logsOf(runId),
        runId,
        key: options.runKey(runId),
        clock: options.clock,
        end: () => options.isolation.end(join(options.folder, runId)),
        mask: masked,
      }),
  };
};
