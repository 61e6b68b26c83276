import type { ProblemCode } from '../domain/problem.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import { type RepoPath, resolveFrom } from '../domain/repo-path.ts';
import { modeIn, modeRefused } from './drift.ts';
import { isGlob } from './expand-dirs.ts';
import type { CheckedFile } from './repository-file.ts';
import { settingNames } from './settings-schema.ts';
import type { OperatorSettings, RepositoryFile } from './types.ts';
import { asYamlText, type Finding } from './yaml.ts';

/** What is wrong at one place of `tidegate.yaml`. */
export interface Fault extends Finding {
  readonly code: ProblemCode;
}

type Checked = Extract<CheckedFile, { readonly raw: unknown }>;

const entriesOf = ({ raw }: Checked) => [
  ...raw.rules.map((entry, index) => ({ entry, path: ['rules', index] })),
  ...(raw.projects ?? []).map((entry, index) => ({ entry, path: ['projects', index] })),
];

/** Every place that names a key or a workflow which the operator file does not let the repository have. */
export const refusedByOperator = (
  checked: Checked,
  operator: OperatorSettings,
  repository: string,
): readonly Fault[] => {
  const yaml = asYamlText(checked.yaml);
  const allowed = operator.maySet(repository);
  const workflows = [...operator.workflows.keys()];
  const list = allowed.length === 0 ? 'no keys of projects' : quotedList(allowed);
  return entriesOf(checked).flatMap(({ entry, path }): Fault[] => {
    const keys = settingNames.filter((key) => entry[key] !== undefined && !allowed.includes(key));
    const faults = keys.map(
      (key): Fault => ({
        ...yaml.placeOfKey(path, key),
        code: 'config-invalid',
        sentence: `The operator file does not let ${quoted(repository)} set ${quoted(key)}.`,
        advice: `This repository may set ${list}.`,
      }),
    );
    const tooMuch = modeRefused(modeIn(entry.drift), operator.driftOf(repository), repository);
    if (tooMuch !== null)
      faults.push({
        ...yaml.placeOfKey(path, 'drift'),
        code: 'config-invalid',
        sentence: `${tooMuch.charAt(0).toUpperCase()}${tooMuch.slice(1)}.`,
        advice:
          'Ask for less, or ask the people who run Tidegate to raise `drift: {most}` of `repositories`.',
      });
    if (entry.workflow === undefined || workflows.includes(entry.workflow)) return faults;
    const there = workflows.length === 0 ? 'There are none.' : `There are: ${quotedList(workflows)}.`;
    const sentence = `The operator file has no workflow ${quoted(entry.workflow)}.`;
    return [
      ...faults,
      { ...yaml.place([...path, 'workflow']), code: 'config-invalid', sentence, advice: there },
    ];
  });
};

/** Variable and backend files of projects that the repository does not have; a workflow may write its project's. */
export const missingFiles = (
  checked: Checked,
  file: RepositoryFile,
  isThere: (path: RepoPath) => boolean,
): readonly Fault[] => {
  const yaml = asYamlText(checked.yaml);
  return (file.projects ?? []).flatMap(({ name, dir, settings, at: index }): Fault[] =>
    (['var_files', 'backend_files'] as const).flatMap((key) => {
      if (index === null) return [];
      const files = (key === 'var_files' ? settings.varFiles : settings.backendFiles) ?? [];
      return files.flatMap((text, at): Fault[] => {
        const path = resolveFrom(dir, text);
        if (path === null || isThere(path) || settings.workflow !== undefined) return [];
        return [
          {
            ...yaml.place(['projects', index, key, at]),
            code: 'path-refused',
            sentence: `Project ${quoted(name)}: there is no file ${quoted(path)} in the repository.`,
            advice: 'Paths are relative to `dir`.',
          },
        ];
      });
    }),
  );
};

/** Rules whose `match` no project's dir fits, with the line of each: nothing is wrong with them, and they do nothing. */
export const idleRules = (
  checked: Checked,
  file: RepositoryFile,
  dirs: readonly string[],
): readonly (Pick<Finding, 'line' | 'column'> & { readonly sentence: string })[] => {
  const yaml = asYamlText(checked.yaml);
  return file.rules.flatMap(({ matches }, index) =>
    dirs.some(matches)
      ? []
      : [
          {
            ...yaml.place(['rules', index, 'match']),
            sentence: 'This rule is for no project that there is.',
          },
        ],
  );
};

/** Entries that do nothing, with the line of each. */
export const idleEntries = (
  checked: Checked,
  file: RepositoryFile,
): readonly (Pick<Finding, 'line' | 'column'> & { readonly sentence: string })[] => {
  const yaml = asYamlText(checked.yaml);
  const made = new Set(file.projects?.map(({ at }) => at));
  return (checked.raw.projects ?? []).flatMap(({ dir }, at) =>
    isGlob(dir, checked.format) && !made.has(at)
      ? [
          {
            ...yaml.place(['projects', at, 'dir']),
            sentence: 'This glob is for no folder with root configuration.',
          },
        ]
      : [],
  );
};

/** Where a declared project says its dir, or something else about itself. */
export const placeInProject = (
  checked: Checked,
  index: number,
  key: string,
): Pick<Finding, 'line' | 'column'> => asYamlText(checked.yaml).place(['projects', index, key]);
