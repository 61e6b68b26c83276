import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lockFileName } from '../../domain/trust/project-findings.ts';
import { createMask } from '../../observe/masking.ts';
import { findProgram } from '../../programs/find-program.ts';
import { operatorPath } from '../../programs/search-path.ts';
import type { Wanted } from './lock-files.ts';

type Package = Pick<Wanted, 'address' | 'version'>;

/** Terraform or OpenTofu, asked of providers alone: no line of any repository is read by it. */
export interface ProviderTool {
  /** Fetches a package from its registry into a folder (absolute) laid out as a mirror. Null, or what it said instead. */
  fetch(program: string, wanted: Package, into: string): Promise<string | null>;
  /** Would an `init` with this lock take the package from this mirror (absolute)? Null, or what it says instead. */
  refuses(
    program: string,
    wanted: Package,
    hashes: readonly string[],
    mirror: string,
  ): Promise<string | null>;
}

export interface ProviderToolOptions {
  /** A folder of our own, absolute. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; null where this machine has none, and nothing can be limited. */
  readonly prlimit: string | null;
  readonly signal: AbortSignal;
  /** For one package, milliseconds; 15 minutes when absent. */
  readonly limitMs?: number;
  /** Of what is fetched, and of every file that comes out of it, where there is a `prlimit`; two thousand million when absent. */
  readonly mostBytes?: number;
}

/** Of the person's own: how to reach registries, and as whom. */
const passed =
  /^(?:PATH|HOME|TF_CLI_CONFIG_FILE|TF_TOKEN_.*|SSL_CERT_FILE|SSL_CERT_DIR|(?:https?|no)_proxy)$/i;

const mostOutput = 10_000_000;
const mostSaid = 2000;
const minute = 60_000;

/** What is signed into an address opens it for whoever reads our log. */
const addressSecrets = /(?<=https?:\/\/)[^\s/?#"'@]*@|(?<=https?:\/\/[^\s?#"']*\?)[^\s"']+/g;

const configuration = ({ address, version }: Package): string =>
  JSON.stringify({
    terraform: { required_providers: { wanted: { source: address, version: `= ${version}` } } },
  });

const lockOf = ({ address, version }: Package, hashes: readonly string[]): string =>
  `provider "${address}" {\n  version = "${version}"\n  hashes = ${JSON.stringify(hashes)}\n}\n`;

export const createProviderTool = ({
  folder,
  environment,
  prlimit,
  signal,
  limitMs = 15 * minute,
  // The largest providers are a third of that.
  mostBytes = 2_000_000_000,
}: ProviderToolOptions): ProviderTool => {
  const searchPath = operatorPath(environment['PATH']);
  const own = Object.fromEntries(
    Object.entries({ ...environment, PATH: searchPath }).flatMap(([name, value]) =>
      value !== undefined && passed.test(name) ? [[name, value]] : [],
    ),
  );

  const mask = createMask();
  for (const [name, value] of Object.entries(own)) if (/^TF_TOKEN_/i.test(name)) mask.add(value);

  /** Runs it in a folder. Null where it ended well, else what it said. Throws what the signal was aborted with. */
  const run = async (
    name: string,
    asked: readonly string[],
    cwd: string,
    env: Readonly<Record<string, string>>,
  ): Promise<string | null> => {
    const tool = await findProgram(name, searchPath, folder);
    if (tool === null) return `there is no \`${name}\` on PATH`;
    const [program, args] =
      prlimit === null
        ? [tool, asked]
        : [prlimit, ['--core=0', `--fsize=${mostBytes}`, '--', tool, ...asked]];
    return new Promise((resolve, reject) => {
      const options = {
        cwd,
        env: { ...env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' },
        signal,
        maxBuffer: mostOutput,
        timeout: limitMs,
        killSignal: 'SIGKILL' as const,
      };
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        const settle = (): void => {
          if (error === null) resolve(null);
          else if (signal.aborted) reject(error);
          else {
            const said = mask.text(`${stderr}${stdout}`.replaceAll(addressSecrets, '***')).trim();
            const isLate = error.killed === true && error.code === null;
            const why = isLate ? `it took longer than ${limitMs / minute} minutes` : error.message;
            resolve(said === '' || isLate ? `${why}\n${said}`.trim() : said.slice(-mostSaid));
          }
        };
        // What it was told by the signal it may take minutes for, and write where somebody clears up.
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) settle();
        else {
          child.once('exit', settle);
          child.kill('SIGKILL');
        }
      });
    });
  };

  const within = async <T>(
    files: Readonly<Record<string, string>>,
    work: (at: string) => Promise<T>,
  ): Promise<T> => {
    const at = await mkdtemp(path.join(folder, 'work-'));
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(path.join(at, name), text);
      return await work(at);
    } finally {
      await rm(at, { recursive: true, force: true });
    }
  };

  return {
    fetch: (program, wanted, into) =>
      within({ 'main.tf.json': configuration(wanted) }, async (at) => {
        await mkdir(into, { recursive: true });
        return run(program, ['providers', 'mirror', '-no-color', into], at, own);
      }),
    refuses: (program, wanted, hashes, mirror) =>
      within(
        {
          'main.tf.json': configuration(wanted),
          [lockFileName]: lockOf(wanted, hashes),
          // No `direct`: what is not in this folder is not there.
          'settings.tfrc': `disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
        },
        (at) =>
          run(program, ['init', '-no-color', '-input=false', '-backend=false', '-lockfile=readonly'], at, {
            PATH: searchPath,
            HOME: at,
            TMPDIR: at,
            TF_CLI_CONFIG_FILE: path.join(at, 'settings.tfrc'),
          }),
      ),
  };
};
