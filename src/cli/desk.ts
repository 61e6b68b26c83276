import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WrongUse } from '../arguments.ts';
import type { Clock } from '../clock/port.ts';
import { createSystemClock } from '../clock/system.ts';
import { atlantisHost, atlantisServerOf } from '../config/atlantis-server.ts';
import { type AtlantisServerText, parseOperatorFile } from '../config/operator-file.ts';
import { createRepositoryFiles, type RepositoryFiles } from '../config/repository-reader.ts';
import type { OperatorSettings } from '../config/types.ts';
import { type FileText, withoutOperator } from '../config/without-operator.ts';
import { parseYaml } from '../config/yaml.ts';
import type { Sha } from '../domain/ids.ts';
import { UserError } from '../domain/problem.ts';
import { fullNameOf, type RepoRef } from '../domain/pull.ts';
import { quoted } from '../domain/quote.ts';
import { type Generator, noGenerator } from '../flow/generate.ts';
import { repositoryFileName } from '../flow/repository-file.ts';
import { createSnapshots, type Snapshots } from '../flow/snapshots.ts';
import { createLocalGit, type LocalGit } from '../git/local/git.ts';
import { gitProgram } from '../git/local/version.ts';
import { borrowWorkTree, type WorkTree } from '../git/local/work-tree.ts';
import { operatorPath } from '../programs/search-path.ts';
import { findServerPrograms, type ServerPrograms } from '../programs/server-programs.ts';
import { loadRunners } from '../runner/load.ts';
import type { ConfigurationReader, Runners } from '../runner/port.ts';
import { createConfigurationReader } from '../runner/read/hcl.ts';
import { openGenerating } from './generating.ts';
import type { Terminal } from './terminal.ts';

/** What every command on a checkout takes. */
export const checkoutOptions = {
  config: { type: 'string' },
  repository: { type: 'string' },
  json: { type: 'boolean', default: false },
  generate: { type: 'boolean', default: false },
} as const;

export interface DeskWish {
  /** The checkout, or a folder in it; relative to where the command was started. */
  readonly folder: string;
  /** The operator file; absent: there is none to be asked. */
  readonly config: string | undefined;
  /** `OWNER/NAME`; absent: as the checkout's `origin` says. */
  readonly repository: string | undefined;
  /** Run the operator's command that says projects of the repository, if there is one. Nothing runs that was not asked for. */
  readonly generate: boolean;
}

export interface CheckoutFile extends FileText {
  readonly name: string;
}

/** A checkout on this machine and what it is read with. */
export interface Desk {
  /** A folder of our own that goes with the desk. */
  readonly folder: string;
  readonly workTree: WorkTree;
  readonly repo: RepoRef;
  readonly clock: Clock;
  readonly git: LocalGit;
  /** PATH on which tools are found. */
  readonly searchPath: string;
  /** What we start ourselves. */
  readonly programs: ServerPrograms;
  readonly runners: Runners;
  readonly configuration: ConfigurationReader;
  readonly repositoryFiles: RepositoryFiles;
  readonly snapshots: Snapshots;
  readonly generator: Generator;
  /** What has to be said of the operator's command that says projects; null where there is none. */
  readonly generated: { readonly ran: boolean; readonly sentence: string } | null;
  /** Text of the operator file; null where none was named. */
  readonly operatorFile: {
    readonly name: string;
    readonly text: string;
    readonly server: AtlantisServerText | null;
    /** Absolute: what folders in it are meant from. */
    readonly folder: string;
  } | null;
  /** What it says; without one, what stands for it when one looks at these commits. Throws UserError for one that is wrong. */
  operatorFor(commits: readonly Sha[]): Promise<OperatorSettings>;
  /** `tidegate.yaml` at a commit, or the file of Atlantis that is read in its place; null where there is neither. */
  fileAt(commit: Sha): Promise<CheckoutFile | null>;
  close(): Promise<void>;
}

/** `runners/` stands beside `src/` in a checkout of ours and beside `dist/` in the image. */
export const runnersFolder = fileURLToPath(new URL('../../runners', import.meta.url));

const repositoryOf = (given: string | undefined, known: string | null): RepoRef => {
  const text = given ?? known ?? 'local/checkout';
  const [owner = '', name = '', ...more] = text.split('/');
  if (owner === '' || name === '' || more.length > 0)
    throw new WrongUse(`\`--repository\` is \`${text}\`; it takes OWNER/NAME.`);
  return { id: 1, owner, name, installationId: 0 };
};

const generatedBy = (program: string, ran: boolean): NonNullable<Desk['generated']> => ({
  ran,
  sentence: ran
    ? `The command ${quoted(program)} of the operator file was asked for projects as well.`
    : `The operator file has the command ${quoted(program)} say projects of this repository. It was not run, and they are not counted: \`--generate\` runs it.`,
});

const textOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new UserError({
      code: 'checkout-refused',
      sentence: `The operator file ${quoted(file)} cannot be read${code}.`,
      advice: 'Correct the path behind `--config`.',
    });
  }
};

const readOperator = ({ name, text, server, folder }: NonNullable<Desk['operatorFile']>) =>
  parseOperatorFile(text, name, server, folder);

const operatorFileAt = async (
  file: string,
  name: string,
  environment: Terminal['environment'],
): Promise<NonNullable<Desk['operatorFile']>> => {
  const text = await textOf(file);
  const beside = await atlantisServerOf(text, name, {
    host: atlantisHost(environment['GHE_HOST']),
    readFile: (path) => readFile(path, 'utf8'),
  });
  if ('problem' in beside) throw new UserError(beside.problem);
  return { name, text, server: beside.server, folder: path.dirname(file) };
};

/** Opens a checkout. Everything that is written for it goes into a folder of our own, which `close` removes. */
const openDesk = async (terminal: Terminal, wish: DeskWish): Promise<Desk> => {
  const { environment, home } = terminal;
  const searchPath = operatorPath(environment['PATH']);
  const programs = await findServerPrograms(searchPath);
  const found = await gitProgram(programs.git, searchPath);
  const named = wish.config === undefined ? null : path.resolve(terminal.folder, wish.config);
  const operatorFile = named === null ? null : await operatorFileAt(named, wish.config ?? named, environment);
  if (wish.generate && operatorFile === null)
    throw new WrongUse('`--generate` runs a command of the operator file: name that with `--config FILE`.');
  const clock = createSystemClock();
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'tidegate-')));
  const open: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of open.splice(0).reverse()) await end();
  };
  try {
    const mirrors = path.join(folder, 'mirrors');
    const workTree = await borrowWorkTree({
      folder: path.resolve(terminal.folder, wish.folder),
      mirrors,
      repositoryId: 1,
      program: found.file,
      path: searchPath,
      home,
    });
    const repo = repositoryOf(wish.repository, workTree.repository);
    const git = createLocalGit({
      folder: mirrors,
      git: found,
      // Each is laid out once.
      spareFrom: Number.POSITIVE_INFINITY,
      path: searchPath,
    });
    open.push(() => git.settled());
    const configuration = createConfigurationReader({ clock });
    open.push(() => configuration.close());
    const repositoryFiles = createRepositoryFiles({ clock });
    open.push(() => repositoryFiles.close());
    const asked = operatorFile === null ? null : readOperator(operatorFile);
    const { atlantisFile } = asked !== null && 'value' in asked ? asked.value : withoutOperator([]);
    const fileAt = async (commit: Sha): Promise<CheckoutFile | null> => {
      const entries = await git.entries(repo.id, await git.treeOf(repo.id, commit));
      const at = (name: string | null) =>
        entries.find(({ path: place, kind }) => place === name && kind === 'file');
      const own = at(repositoryFileName);
      const entry = own ?? at(atlantisFile(fullNameOf(repo)));
      if (entry === undefined) return null;
      const text = (await git.blobs(repo.id, [entry.id])).get(entry.id)?.toString('utf8');
      const format = own === undefined ? 'atlantis' : 'tidegate';
      return text === undefined ? null : { name: entry.path, text, format };
    };
    const operatorFor = async (commits: readonly Sha[]): Promise<OperatorSettings> => {
      if (operatorFile === null) {
        const files = await Promise.all(commits.map(fileAt));
        return withoutOperator(files.filter((file) => file !== null));
      }
      const read = readOperator(operatorFile);
      if ('problem' in read) throw new UserError(read.problem);
      return read.value;
    };
    const operator = asked !== null && 'value' in asked ? asked.value : null;
    const command = operator?.generator(fullNameOf(repo)) ?? null;
    const generated = command === null ? null : generatedBy(command.argv[0], wish.generate);
    const generating =
      operator !== null && generated?.ran === true
        ? await openGenerating({ operator, git, clock, folder, searchPath, programs })
        : null;
    if (generating !== null) open.push(generating.close);
    const generator = generating?.generator ?? noGenerator;
    const runners = await loadRunners([runnersFolder, ...(operator?.runners ?? [])], { parseYaml });
    const snapshots = createSnapshots();
    const readers = { clock, git, runners, configuration, repositoryFiles, snapshots, generator };
    return {
      folder,
      workTree,
      repo,
      searchPath,
      programs,
      ...readers,
      generated,
      operatorFile,
      operatorFor,
      fileAt,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** Does something at a desk, and leaves nothing of it behind. What is stopped in the middle has to end by itself. */
export const withDesk = async (
  terminal: Terminal,
  wish: DeskWish,
  work: (desk: Desk) => Promise<number>,
): Promise<number> => {
  const desk = await openDesk(terminal, wish);
  return work(desk).finally(desk.close);
};

/** The same for what only reads: stopped, it is left where it is. */
export const atDesk = (
  terminal: Terminal,
  wish: DeskWish,
  work: (desk: Desk) => Promise<number>,
): Promise<number> =>
  withDesk(terminal, wish, (desk) => {
    const working = work(desk);
    // Once it is stopped, nobody hears how the rest fails.
    working.catch(() => undefined);
    return Promise.race([working, terminal.stopped.then(() => 1)]);
  });
