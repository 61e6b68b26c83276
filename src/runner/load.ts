import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type DangerCatalogue, emptyCatalogue } from '../domain/danger/catalogue.ts';
import { planFileName } from '../domain/plan-folder.ts';
import { UserError } from '../domain/problem.ts';
import { readPlainFile } from './plain-file.ts';
import type { Releases, Runner, Runners } from './port.ts';
import { toolOf } from './programs.ts';
import { readOutputs } from './read/outputs.ts';
import { readProviderVersions } from './read/provider-versions.ts';
import { createSummaryReader } from './read/summary.ts';
import { forgetSummary, summaryIn } from './read/summary-file.ts';
import { createTerraformReader } from './read/terraform-json.ts';
import { readTerraformLock } from './read/terraform-lock.ts';
import { readPlannedState } from './read/terraform-plan-file.ts';
import { terraformLocalState } from './read/terraform-state.ts';
import { readTerraformState } from './read/terraform-state-file.ts';
import { readTerraformWarnings } from './read/terraform-warnings.ts';
import { type RunnerFile, runnerFile } from './schema.ts';
import type { InputKind } from './settings-schema.ts';
import { type Driven, exitCodesOf, expandSteps, nameOf, ownSteps } from './steps.ts';
import { whenWritten } from './written-zip.ts';

const readers = { 'terraform-json': createTerraformReader, summary: createSummaryReader } as const;
const warningReaders: Readonly<Record<RunnerFile['read'], Runner['warningsIn']>> = {
  'terraform-json': readTerraformWarnings,
  summary: () => [],
};

/** By what `state:` says: the name that the question of `holder` goes by in a lock, and the readers. */
type StateReaders = Pick<
  Runner,
  'hasState' | 'plannedState' | 'readState' | 'readLock' | 'localState' | 'fetchedVersions'
>;
const stateReaders: Readonly<Record<RunnerFile['state'], StateReaders>> = {
  'terraform-backend': {
    hasState: true,
    plannedState: (planDir) => readPlannedState(join(planDir, planFileName)),
    readState: readTerraformState,
    readLock: (text) => readTerraformLock(text, 'untaint'),
    localState: terraformLocalState,
    fetchedVersions: readProviderVersions,
  },
  none: {
    hasState: false,
    plannedState: async () => null,
    readState: () => null,
    readLock: () => null,
    localState: async () => null,
    fetchedVersions: async () => new Map(),
  },
};

/** What counts as input of a tool's projects where the file says nothing of it. */
const usualInputs = { 'terraform-json': 'terraform-modules', summary: 'folder' } as const satisfies Record<
  RunnerFile['read'],
  InputKind
>;

const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/** `*` is any run of characters, but never a leading dot: tools pass over hidden files. */
const fileNamePattern = (glob: string): RegExp =>
  new RegExp(`^${glob.startsWith('*') ? '(?!\\.)' : ''}${glob.split('*').map(literally).join('[^/]*')}$`);

const invalid = (path: string, what: string, cause?: unknown): UserError =>
  new UserError(
    {
      code: 'no-such-runner',
      sentence: `\`${path}\` is not a runner: ${what}.`,
      advice: 'Correct the file and start the server again; `runners/README.md` explains each key.',
    },
    { cause },
  );

const readLeft = async (folder: string, name: string): Promise<{ path: string; bytes: Buffer } | null> => {
  const bytes = await readPlainFile(folder, name);
  return bytes === null ? null : { path: join(folder, name), bytes };
};

/** With the key itself in the place of its file's name. */
const releasesOf = async ({ releases }: RunnerFile, folder: string): Promise<Releases | null> => {
  if (releases === null) return null;
  const file = join(folder, releases.key);
  const key = await readFile(file, 'utf8').catch((error: unknown) => {
    throw invalid(join(folder, 'runner.yml'), `there is no \`${releases.key}\` beside it`, error);
  });
  return { ...releases, key };
};

const toRunner = (driven: Driven, releases: Releases | null, danger: DangerCatalogue): Runner => {
  const { file, program, madeOf } = driven;
  const name = nameOf(file);
  const inSummary = file.read === 'summary' && !file.phases.show.some(({ output }) => output === 'data');
  const detect = file.detect.map(fileNamePattern);
  const fetchedAgain = file.fetched_again.map((folder) => new RegExp(`(^|/)${literally(folder)}(/|$)`));
  const version = new RegExp(file.version.pattern);
  return {
    name: file.name,
    executable: name,
    pin: file.pin,
    detects: (fileName) => detect.some((pattern) => pattern.test(fileName)),
    versionStep: {
      name: 'version',
      argv: [...program, ...file.version.args],
      output: 'data',
      timeoutMs: 60_000,
      environment: file.environment,
      mutates: false,
      ...(madeOf.length === 0 ? {} : { madeOf }),
    },
    readVersion: (output) => {
      const found = version.exec(output.toString('utf8'))?.[1];
      if (found !== undefined) return found;
      throw new UserError({
        code: 'tool-missing',
        sentence: `\`${name} ${file.version.args.join(' ')}\` did not print a version.`,
        advice: `Install ${file.name} on the server, or repair its installation.`,
        details: output.toString('utf8', 0, 2000),
      });
    },
    releases,
    settings: file.with,
    previews: file.untrusted === 'preview',
    destroys: file.phases.destroy.length > 0,
    isFed: file.feeds,
    codifies: file.phases.codify.length > 0,
    hasOutputs: file.phases.outputs.length > 0,
    readOutputs,
    inputs: file.inputs ?? usualInputs[file.read],
    ownSteps: { plan: ownSteps(file, 'plan'), apply: ownSteps(file, 'apply') },
    steps: (verb, inputs) => expandSteps(driven, verb, inputs),
    applyCodes: exitCodesOf(file, 'apply', true),
    planIsFile: inSummary,
    planOf: async (printed, planDir) => (inSummary ? summaryIn(planDir) : printed),
    whenWritten,
    forget: async (planDir) => (inSummary ? forgetSummary(planDir) : undefined),
    read: async (output, options) => {
      const reader = readers[file.read](danger, options);
      for (;;) {
        for await (const chunk of output.chunks()) reader.push(chunk);
        const reading = reader.end();
        if (reading !== null) return reading;
      }
    },
    warningsIn: warningReaders[file.read],
    ...stateReaders[file.state],
    leftStateName: file.left_state,
    leftState: async (folder) => (file.left_state === null ? null : readLeft(folder, file.left_state)),
    ownFolders: file.own_folders,
    isFetchedAgain: (path) => fetchedAgain.some((pattern) => pattern.test(path)),
  };
};

/** Those with files of ours, whatever else lies beside them, in the order of their names. */
const runnerFolders = async (folders: readonly string[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      throw invalid(folder, 'the folder cannot be read', error);
    });
    const names = entries.filter((one) => one.isDirectory()).map(({ name }) => name);
    found.push(...names.sort().map((name) => join(folder, name)));
  }
  return found;
};

/**
 * Reads every `runner.yml` one level below each folder (absolute). A name that is there twice is refused.
 *
 * `parseYaml` comes from outside because YAML is the `config` room's package. `stepTimeoutMs` is the
 * operator's limit for one tool invocation, in milliseconds (default 30 minutes). `danger` says what readers of
 * plans look for in attributes (default: nothing).
 * Throws a UserError that names the file and each thing that is wrong in it.
 */
export const loadRunners = async (
  folders: readonly string[],
  options: {
    readonly parseYaml: (text: string) => unknown;
    readonly stepTimeoutMs?: number;
    readonly danger?: DangerCatalogue;
  },
): Promise<Runners> => {
  const runners = new Map<string, Runner>();
  for (const own of await runnerFolders(folders)) {
    const path = join(own, 'runner.yml');
    let content: unknown;
    try {
      content = options.parseYaml(await readFile(path, 'utf8'));
    } catch (error) {
      throw invalid(path, error instanceof Error ? error.message : 'it can not be read', error);
    }
    const parsed = runnerFile.safeParse(content);
    if (!parsed.success) {
      const issues = parsed.error.issues.map(
        (issue) => `\`${issue.path.join('.') || '.'}\`: ${issue.message}`,
      );
      throw invalid(path, issues.join('; '));
    }
    const { name } = parsed.data;
    if (name !== basename(own))
      throw invalid(path, `\`name\` is \`${name}\`, but the folder is called \`${basename(own)}\``);
    if (runners.has(name)) throw invalid(path, `there is a runner \`${name}\` already`);
    const { stepTimeoutMs: timeoutMs = 30 * 60_000, danger = emptyCatalogue } = options;
    const file = parsed.data;
    const tool = await toolOf(file, own);
    if ('wrong' in tool) throw invalid(path, tool.wrong);
    runners.set(file.name, toRunner({ file, ...tool, timeoutMs }, await releasesOf(file, own), danger));
  }
  return {
    names: [...runners.keys()],
    get: (name) => runners.get(name) ?? null,
    declared: new Map([...runners].map(([name, { settings }]) => [name, settings])),
  };
};
