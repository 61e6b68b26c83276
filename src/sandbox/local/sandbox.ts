import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock/port.ts';
import type { RunVerb } from '../../domain/run.ts';
import type { Sandbox, SandboxSpec, Session } from '../port.ts';
import { toolEnvironment } from './environment.ts';
import { runStep } from './run-step.ts';

export interface LocalSandboxOptions {
  /** Holds one private folder per open run; absolute, made when missing. */
  readonly folder: string;
  /** What the operator's allow-lists let each verb see. */
  readonly environment: Readonly<Record<RunVerb, Readonly<Record<string, string>>>>;
  /** PATH on which tools are found. */
  readonly path: string;
  /** Applied to every text before it leaves. */
  readonly mask: (text: string) => string;
  readonly clock: Clock;
}

/** Without these lines terraform would call home about its own version. */
const cliConfig = 'disable_checkpoint = true\n';

const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
};

/**
 * Removes the folders of runs that nobody will take up again: a server that was killed left plans in
 * clear in them. Only for a start, when no run of this server is under way.
 * @param folder of all runs, absolute; may be missing
 * @param keep runs whose tools may still be at work
 */
export const removeRunFolders = async (folder: string, keep: ReadonlySet<string>): Promise<void> => {
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (!keep.has(name)) await rm(join(folder, name), { recursive: true, force: true });
};

/**
 * Runs tools on this machine as the server's own user: a clean environment and folders of its own, but no wall around
 * the file system. `open` throws when a folder of that run is there already (its tool may still be running), and
 * when the project's folder is not in the checkout.
 */
export const createLocalSandbox = (options: LocalSandboxOptions): Sandbox => {
  const open = async (spec: SandboxSpec): Promise<Session> => {
    const cwd = join(spec.checkout, spec.dir);
    if (!(await isFolder(cwd))) throw new Error(`the checkout has no folder ${JSON.stringify(spec.dir)}`);
    const folder = join(options.folder, spec.runId);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await mkdir(folder, { mode: 0o700 });
    await Promise.all(['home', 'tmp', 'logs'].map((name) => mkdir(join(folder, name), { mode: 0o700 })));
    await writeFile(join(folder, 'terraform.tfrc'), cliConfig, { mode: 0o600 });
    let count = 0;
    return {
      folder,
      run: (step, more) => {
        count += 1;
        return runStep(
          step,
          {
            cwd,
            environment: toolEnvironment({
              path: options.path,
              folder,
              allowed: options.environment[spec.verb],
              project: spec.env,
              step,
            }),
            logFile: join(folder, 'logs', `${String(count).padStart(2, '0')}-${step.name}.log`),
            clock: options.clock,
            mask: options.mask,
          },
          more?.signal,
        );
      },
      insist: () => undefined,
      detach: async () => undefined,
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  };
  const reattach: Sandbox['reattach'] = async (runId) => ({
    folder: join(options.folder, runId),
    running: false,
    ending: Promise.resolve({ kind: 'unknown', because: 'nothing is left of the run', text: '' }),
    interrupt: () => undefined,
    insist: () => undefined,
    detach: () => undefined,
    dispose: () => rm(join(options.folder, runId), { recursive: true, force: true }),
  });
  return { open, reattach };
};
