import type { ProjectSettings, RequirementName } from '../domain/project.ts';
import type { RuleSettings } from './rules.ts';

/** Without duplicates, sorted, so that the same set is always the same list. */
export const union = (
  lists: readonly (readonly RequirementName[] | undefined)[],
): readonly RequirementName[] => [...new Set(lists.flatMap((list) => list ?? []))].sort();

/** Puts sources over each other, weakest first: the last value wins, variables and requirements add up. */
export const mergeSettings = (runner: string, sources: readonly RuleSettings[]): ProjectSettings => ({
  ...Object.assign({ runner, version: null, varFiles: [], backendFiles: [], environment: null }, ...sources),
  env: Object.assign({}, ...sources.map(({ env }) => env)),
  requirements: union(sources.map(({ requirements }) => requirements)),
});

/** Our names of settings -> the keys of the files. */
export const settingKeys = {
  runner: 'runner',
  version: 'version',
  varFiles: 'var_files',
  backendFiles: 'backend_files',
  env: 'env',
  environment: 'environment',
  requirements: 'requirements',
} as const satisfies Record<keyof ProjectSettings, string>;

const comparable = (value: unknown): string =>
  JSON.stringify(
    value instanceof Object && !Array.isArray(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : value,
  );

/** The settings in which two differ. */
export const differingSettings = (
  a: ProjectSettings,
  b: ProjectSettings,
): readonly (keyof ProjectSettings)[] =>
  (Object.keys(settingKeys) as (keyof ProjectSettings)[]).filter(
    (key) => comparable(a[key]) !== comparable(b[key]),
  );
