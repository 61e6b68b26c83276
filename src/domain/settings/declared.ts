import { ownValue } from '../own-value.ts';

/** A value of a setting, checked: what a step is told as it is. */
export type SettingValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** What a project says to its runner, by name. */
export type RunnerSettings = Readonly<Record<string, SettingValue>>;

/**
 * `name`: a DNS label. `text`: one printable line. `version`: a version or a constraint. `choice`: one of `of`. `flag`, `number`.
 * `file`, `files`, `folder`: in the repository, relative to the project's folder. `source`: such a folder where it begins with `.`,
 * else an address or a name. `map`: names to texts.
 */
export const settingKinds = [
  'name',
  'text',
  'version',
  'choice',
  'flag',
  'number',
  'file',
  'files',
  'folder',
  'source',
  'map',
] as const;
export type SettingKind = (typeof settingKinds)[number];

/** A setting that a runner knows. */
export interface SettingDeclaration {
  readonly kind: SettingKind;
  readonly required: boolean;
  /** What may be chosen; of a `choice` only. */
  readonly of: readonly string[];
  /** Where nobody says it; null: then it is not there. */
  readonly default: SettingValue | null;
  /**
   * Whose word counts on a pull request. `base`: what the base branch and the operator say, as for variable files. `head`: the pull
   * request's own, where it only says what is planned, such as a version, and nothing of where.
   */
  readonly from: 'base' | 'head';
  /** What it is, for people. */
  readonly says: string;
}

/** All settings of one runner, by name. */
export type DeclaredSettings = Readonly<Record<string, SettingDeclaration>>;

/** What every runner of the server declares, by the runner's name. */
export type DeclaredRunners = ReadonlyMap<string, DeclaredSettings>;

/** A file or a folder that settings name: an input of the project, which has to be there. */
export interface NamedPath {
  readonly setting: string;
  /** As it is written. */
  readonly text: string;
  readonly kind: 'file' | 'folder';
}

/** One of a runner's settings, by its name; undefined where it has no such setting. */
export const declaredIn = (declared: DeclaredSettings, name: string): SettingDeclaration | undefined =>
  ownValue(declared, name);

/** Settings that somebody has to give. */
export const neededOf = (declared: DeclaredSettings): readonly string[] =>
  Object.entries(declared).flatMap(([name, one]) => (one.required && one.default === null ? [name] : []));

/** Does a `source` mean a folder of the repository? */
export const isFolderSource = (text: string): boolean => text.startsWith('.');

/** What a checked value names in the repository. */
export const namedIn = (setting: string, kind: SettingKind, value: SettingValue): readonly NamedPath[] => {
  const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
  const named = (is: NamedPath['kind']) =>
    texts.map((text: string): NamedPath => ({ setting, text, kind: is }));
  if (kind === 'file' || kind === 'files') return named('file');
  if (kind === 'folder' || (kind === 'source' && texts.every(isFolderSource))) return named('folder');
  return [];
};
