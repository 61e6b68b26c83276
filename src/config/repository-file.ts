import type { Problem, ProblemCode } from '../domain/problem.ts';
import type { Dependency } from '../domain/project.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import { parseRepoPath, type RepoPath, resolveFrom, root } from '../domain/repo-path.ts';
import { circle, joinDependencies } from './dependencies.ts';
import { modeIn } from './drift.ts';
import { isGlob, mayBeNamed } from './expand-dirs.ts';
import { explainIssues, problemOf } from './explain.ts';
import { feedsIn, wrongFeed } from './feeds.ts';
import { globProblem } from './globs.ts';
import { nameFor } from './project-name.ts';
import { type RawProject, type RawRepositoryFile, repositorySchema } from './repository-schema.ts';
import { type SourceOf, sourceIn } from './requirements.ts';
import { anyGlob, compileRule, compileSettings, type LineOf, linesIn } from './rules.ts';
import { settingNames } from './settings-schema.ts';
import type { DeclaredProject, FileFormat, Parsed, RepositoryFile } from './types.ts';
import { watchedGlobProblem } from './watched.ts';
import { asYamlText, type Finding, type Path, type PlainYaml, readPlainYaml, type YamlText } from './yaml.ts';

interface CodedFinding extends Finding {
  readonly code: ProblemCode;
}

type Report = (path: Path, sentence: string, advice?: string, code?: ProblemCode) => void;

/** Of the head's nothing is taken that would name its place. */
const ruleSource = (format: FileFormat): string => `${format}.yaml of the base branch`;

const nothingRun = 'Nothing was run.';

/** A text that has the shape of the file, or what is wrong with it. Nothing but data: it may come from another process. */
export type CheckedFile =
  | { readonly raw: RawRepositoryFile; readonly yaml: PlainYaml; readonly format: FileFormat }
  | { readonly findings: readonly Finding[] };

/** What is wrong, not yet said of a file by its name. */
export interface Refused {
  readonly code: ProblemCode;
  readonly findings: readonly Finding[];
}

/** The part of reading whose time grows with the text, whoever wrote it. */
export const checkRepositoryFile = (text: string): CheckedFile => {
  const yaml = readPlainYaml(text);
  if ('findings' in yaml) return yaml;
  const checked = repositorySchema.safeParse(yaml.value);
  return checked.success
    ? { raw: checked.data, yaml, format: 'tidegate' }
    : { findings: explainIssues(checked.error.issues, asYamlText(yaml)) };
};

/** The rest: what is left to find, and globs as functions. */
export const compileRepositoryFile = (
  checked: CheckedFile,
): { readonly value: RepositoryFile } | { readonly refused: Refused } => {
  if ('findings' in checked) return { refused: { code: 'config-invalid', findings: checked.findings } };
  const yaml = asYamlText(checked.yaml);
  const source = ruleSource(checked.format);
  const { projects, findings } = readProjects(checked.raw, yaml, checked.format);
  const [first] = findings;
  if (first !== undefined) return { refused: { code: first.code, findings } };
  const { rules, discovery } = checked.raw;
  return {
    value: {
      format: checked.format,
      projects,
      rules: rules.map((rule, index) =>
        compileRule(rule, sourceIn(source, yaml, ['rules', index]), linesIn(yaml, ['rules', index]), 'rule'),
      ),
      discovery: {
        mode: discovery?.mode ?? null,
        enabled: isOn(discovery?.mode ?? 'auto', projects === null),
        ignores: anyGlob(discovery?.ignore ?? []),
      },
      sets: keysIn(checked.raw, yaml),
      workflows: entriesIn(checked.raw).flatMap(({ raw, path }) =>
        raw.workflow === undefined
          ? []
          : [{ name: raw.workflow, line: yaml.placeOfKey(path, 'workflow').line }],
      ),
      drifts: entriesIn(checked.raw).flatMap(({ raw, path }) => {
        const mode = modeIn(raw.drift);
        return mode === null ? [] : [{ mode, line: yaml.placeOfKey(path, 'drift').line }];
      }),
    },
  };
};

const isOn = (mode: 'auto' | 'enabled' | 'disabled', isAlone: boolean): boolean =>
  mode === 'auto' ? isAlone : mode === 'enabled';

const entriesIn = (file: RawRepositoryFile) => [
  ...file.rules.map((raw, index) => ({ raw, path: ['rules', index] })),
  ...(file.projects ?? []).map((raw, index) => ({ raw, path: ['projects', index] })),
];

const keysIn = (file: RawRepositoryFile, yaml: YamlText): RepositoryFile['sets'] => {
  const entries = entriesIn(file);
  return settingNames.flatMap((key) => {
    const lines = entries
      .filter(({ raw }) => raw[key] !== undefined)
      .map(({ path }) => yaml.placeOfKey(path, key).line);
    return lines.length === 0 ? [] : [{ key, line: Math.min(...lines) }];
  });
};

export const refusedFile = ({ code, findings }: Refused, fileName: string): Problem =>
  problemOf(code, fileName, findings, nothingRun);

/**
 * Reads `tidegate.yaml`. A file that cannot be taken is `config-invalid`, or `path-refused` where
 * a path is what is wrong; the sentence has file, line and what is allowed. `fileName` is for that
 * sentence only. A text of strangers belongs to `repository-reader.ts`: nobody says here how long it takes.
 */
export const parseRepositoryFile = (text: string, fileName: string): Parsed<RepositoryFile> => {
  const read = compileRepositoryFile(checkRepositoryFile(text));
  return 'refused' in read ? { problem: refusedFile(read.refused, fileName) } : read;
};

const readProjects = (file: RawRepositoryFile, yaml: YamlText, format: FileFormat) => {
  const source = ruleSource(format);
  const findings: CodedFinding[] = [];
  const report: Report = (path, sentence, advice = '', code = 'config-invalid') =>
    findings.push({ ...yaml.place(path), sentence, advice, code });
  const read =
    file.projects?.map((raw, index) => {
      const path = ['projects', index];
      const feed = (name: string) => yaml.placeOfKey([...path, 'feeds'], name).line;
      const lines = { entry: yaml.place(path).line, of: linesIn(yaml, path), feed };
      return readProject(raw, index, report, { sourceOf: sourceIn(source, yaml, path), lines, format });
    }) ?? null;
  const projects = read?.filter((project) => project !== null) ?? null;
  if (read !== null) checkNames(read, report);
  if (projects !== null && findings.length === 0) checkDependencies(projects, report, format);
  return { projects, findings };
};

const readProject = (
  raw: RawProject,
  at: number,
  report: Report,
  {
    sourceOf,
    lines,
    format,
  }: {
    readonly sourceOf: SourceOf;
    readonly lines: { readonly entry: number; readonly of: LineOf; readonly feed: LineOf };
    readonly format: FileFormat;
  },
): DeclaredProject | null => {
  const path = ['projects', at];
  const parsed = parseRepoPath(raw.dir);
  if ('refused' in parsed) {
    const sentence = `The folder ${quoted(raw.dir)} is refused: ${parsed.refused}.`;
    report(
      [...path, 'dir'],
      sentence,
      'Name a folder inside the repository; `.` is its root.',
      'path-refused',
    );
    return null;
  }
  const dir = parsed.path;
  if (isGlob(dir, format)) {
    const why = globProblem(dir);
    if (why !== null) report([...path, 'dir'], `The glob ${quoted(dir)} is refused: it ${why}.`);
    if (format === 'tidegate' && raw.name !== undefined)
      report(
        [...path, 'name'],
        `The dir ${quoted(dir)} is a glob: each folder that it matches is a project with a name of its own.`,
        'Leave the name out; it is the dir of each.',
      );
    if (why !== null) return null;
  }
  checkFiles(raw, dir, path, report);
  raw.when_modified?.forEach((glob, index) => {
    const why = watchedGlobProblem(glob, dir);
    if (why !== null)
      report([...path, 'when_modified', index], `The glob ${quoted(glob)} is refused: it ${why}.`);
  });
  const dependsOn = dependenciesIn(raw);
  const feeds = feedsIn(raw, lines.feed);
  const wrong = wrongFeed(raw.name ?? nameFor(dir, raw.workspace), feeds, dependsOn);
  if (wrong !== null) report([...path, 'feeds', wrong.name], wrong.sentence, wrong.advice);
  return {
    at,
    line: lines.entry,
    name: raw.name ?? nameFor(dir, raw.workspace),
    dir,
    workspace: raw.workspace,
    branches: raw.branches ?? null,
    whenModified: raw.when_modified ?? null,
    dependsOn,
    feeds,
    settings: compileSettings(raw, sourceOf, lines.of, 'project'),
  };
};

const dependenciesIn = ({ depends_on: needs }: RawProject): readonly Dependency[] =>
  joinDependencies(
    needs.map((need) =>
      typeof need === 'string'
        ? { name: need, outputs: null }
        : { name: need.project, outputs: need.outputs ?? null },
    ),
  );

const checkFiles = (raw: RawProject, dir: RepoPath, path: Path, report: Report): void => {
  for (const key of ['var_files', 'backend_files'] as const) {
    raw[key]?.forEach((file, index) => {
      const place = resolveFrom(dir, file);
      if (place !== null && place !== root) return;
      const from = dir === root ? 'from the root' : `from ${quoted(dir)}`;
      const sentence = `The file ${quoted(file)} is refused: ${from} it is not a file inside the repository.`;
      report([...path, key, index], sentence, 'Paths are relative to `dir`.', 'path-refused');
    });
  }
};

/** Names are what selectors, dependencies and the head's projects are found by: one each. */
const checkNames = (projects: readonly (DeclaredProject | null)[], report: Report): void => {
  const first = new Map<string, number>();
  projects.forEach((project, index) => {
    if (project === null) return;
    const before = first.get(project.name);
    if (before === undefined) {
      first.set(project.name, index);
      return;
    }
    report(
      ['projects', index, 'name'],
      `The name ${quoted(project.name)} is taken by ${quoted(`projects[${before}]`)}.`,
      'Give each project a `name` of its own.',
    );
  });
};

const checkDependencies = (
  projects: readonly DeclaredProject[],
  report: Report,
  format: FileFormat,
): void => {
  const needs = new Map(
    projects.map(({ name, dependsOn }) => [name, dependsOn.map((need) => need.name)] as const),
  );
  projects.forEach(({ name, dependsOn }, index) => {
    for (const [at, { name: need }] of dependsOn.entries()) {
      if (needs.has(need) || projects.some((one) => mayBeNamed(one, need, format))) continue;
      const sentence = `${quoted(name)} depends on ${quoted(need)}, and there is no project of that name.`;
      const advice = `Projects here: ${quotedList([...needs.keys()].slice(0, 20))}.`;
      report(['projects', index, 'depends_on', at], sentence, advice);
    }
  });
  const round = circle(needs);
  if (round === null) return;
  const index = projects.findIndex(({ name }) => name === round[0]);
  const advice = 'Take away one of these dependencies.';
  report(
    ['projects', index, 'depends_on'],
    `Projects depend on each other in a circle: ${round.slice(0, 20).map(quoted).join(' -> ')}.`,
    advice,
  );
};
