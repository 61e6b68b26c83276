import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { UserError } from '../domain/problem.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import { modeRefused } from './drift.ts';
import { durationMs, durationSchema } from './durations.ts';
import { anyRepository, asList } from './rules.ts';
import { argv, programProblem, section } from './schema-parts.ts';
import { fileFormats, repositoryGlobs } from './settings-schema.ts';
import type { FileFormat, OperatorSettings, RepositoryFile } from './types.ts';

/** A program that says which projects a repository has. */
export interface GeneratorCommand {
  /** `{base}` and `{tree}` stand in it for absolute folders: code of the base branch, and the tree that is looked at. */
  readonly argv: readonly [string, ...string[]];
  /** Of what it prints. */
  readonly format: FileFormat;
  readonly timeLimitMs: number;
  /** SHA-256 (hex) over all of it: what it printed counts for this very command. */
  readonly definition: string;
}

export const baseFolder = '{base}';
export const treeFolder = '{tree}';

/** What is wrong with a command, as the phrase after "it must be"; null where nothing is. */
const commandProblem = ([program = '', ...rest]: readonly string[]): string | null => {
  const own = program.startsWith(`${baseFolder}/`) ? program.slice(baseFolder.length) : program;
  const wrong = programProblem([own, ...rest]);
  if (wrong !== null) return wrong;
  const odd = [own, ...rest].flatMap((part) => part.match(/\{[A-Za-z_]*\}/g) ?? []);
  const foreign = odd.find((name) => name !== baseFolder && name !== treeFolder);
  if (foreign !== undefined)
    return `a command without ${quoted(foreign)}; there are \`{base}\` and \`{tree}\``;
  if (program.includes(treeFolder)) return 'a command whose program does not come with the pull request';
  if (rest.some((part) => part.includes(`${treeFolder}/`)))
    return 'a command with nothing behind `{tree}`: what a pull request brings is data, and no program of it is run';
  return rest.some((part) => part.includes(treeFolder))
    ? null
    : 'a command with `{tree}` among its arguments, which stands for the folder that it is to look at';
};

const command = argv.check((context) => {
  const message = context.issues.length > 0 ? null : commandProblem(context.value);
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
});

const longestMs = 10 * 60_000;

export const generateSchema = section({
  match: repositoryGlobs.describe('Globs of repositories, as `OWNER/REPOSITORY`.'),
  command: command.describe(
    'A program with its arguments, no shell. `{tree}` stands for a folder with the files that it is to look at, `{base}` for one with those of the base branch: a program of the repository is `{base}/PATH`.',
  ),
  format: fileFormats
    .default('tidegate')
    .describe('Whose format it prints: that of `tidegate.yaml` or that of `atlantis.yaml`.'),
  time_limit: durationSchema('1m')
    .refine((value) => durationMs(value) <= longestMs, { error: 'a duration from `1s` to `10m`' })
    .default('1m')
    .describe('How long it may take before it is stopped.'),
});

type RawGenerate = z.infer<typeof generateSchema>;

const compileCommand = ({ command: parts, format, time_limit }: RawGenerate): GeneratorCommand => {
  const [program = '', ...rest] = parts;
  const timeLimitMs = durationMs(time_limit);
  const definition = createHash('sha256')
    .update(JSON.stringify([parts, format, timeLimitMs]))
    .digest('hex');
  return { argv: [program, ...rest], format, timeLimitMs, definition };
};

export const compileGenerate = (entries: readonly RawGenerate[]): OperatorSettings['generator'] => {
  const listed = entries.map((raw) => ({
    is: anyRepository(asList(raw.match)),
    command: compileCommand(raw),
  }));
  return (repository) => listed.findLast(({ is }) => is(repository))?.command ?? null;
};

/** Whose tree it is, for sentences. */
interface Of {
  readonly where: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly operator: Pick<OperatorSettings, 'maySet' | 'workflows' | 'driftOf'>;
}

const problemIn = (file: RepositoryFile, { repository, operator }: Of): string | null => {
  if (file.projects === null) return 'it has no `projects`';
  // Of a file of Atlantis the projects are taken, and no other key of it.
  if (file.format === 'tidegate') {
    if (file.rules.length > 0) return 'it has `rules`, which stand in `tidegate.yaml` only';
    if (file.discovery.mode !== null) return 'it has `discovery`, which stands in `tidegate.yaml` only';
  }
  const allowed = operator.maySet(repository);
  const key = file.sets.find((set) => !allowed.includes(set.key));
  if (key !== undefined)
    return `line ${key.line}: the operator file does not let ${quoted(repository)} set ${quoted(key.key)}`;
  for (const { mode, line } of file.drifts) {
    const refused = modeRefused(mode, operator.driftOf(repository), repository);
    if (refused !== null) return `line ${line}: ${refused}`;
  }
  const missing = file.workflows.find(({ name }) => !operator.workflows.has(name));
  return missing === undefined
    ? null
    : `line ${missing.line}: the operator file has no workflow ${quoted(missing.name)}`;
};

const refuse = (sentence: string, where: string): never => {
  throw new UserError({
    code: 'config-invalid',
    sentence: `What the command printed that says the projects of this repository (${where}) is refused: ${sentence}.`,
    advice: 'Mend what it looks at and push, or ask the people who run Tidegate. Nothing was run.',
  });
};

/**
 * What the repository's own file says, with the projects that were printed beside its own. Throws UserError `config-invalid` for
 * what may not be printed, and for a name that both have.
 */
export const withGenerated = (
  own: RepositoryFile | null,
  printed: RepositoryFile,
  of: Of,
): RepositoryFile => {
  const problem = problemIn(printed, of);
  if (problem !== null) return refuse(problem, of.where);
  const names = new Set(own?.projects?.map(({ name }) => name));
  const both = printed.projects?.filter(({ name }) => names.has(name)).map(({ name }) => name) ?? [];
  if (both.length > 0)
    return refuse(`${quotedList(both.slice(0, 5))} is in \`${own?.format}.yaml\` as well`, of.where);
  // It says which there are: what is found besides counts only where somebody asks for that.
  const enabled = own?.discovery.mode === 'enabled';
  return {
    format: own?.format ?? 'tidegate',
    projects: [
      ...(own?.projects ?? []),
      ...(printed.projects ?? []).map((one) => ({ ...one, at: null, line: null })),
    ],
    rules: own?.rules ?? [],
    discovery: { mode: null, ignores: () => false, ...own?.discovery, enabled },
    sets: own?.sets ?? [],
    drifts: own?.drifts ?? [],
    workflows: own?.workflows ?? [],
  };
};
