import type { Automerge } from '../domain/merging.ts';
import type { ApplyMode } from '../domain/project.ts';
import { compileDrift } from './drift.ts';
import { compileEnvironment } from './follows.ts';
import { compileGlob } from './globs.ts';
import { compileRules, type SourceOf } from './requirements.ts';
import type { RawRule, RawSettings } from './settings-schema.ts';
import type { GivenSetting, GivenSettings, ProjectRule, RuleScope } from './types.ts';
import type { Path, YamlText } from './yaml.ts';

export type RuleSettings = Omit<ProjectRule, keyof RuleScope>;

const applyMode = (raw: NonNullable<RawSettings['apply']>): ApplyMode => {
  if (typeof raw !== 'string') return { kind: 'auto', when: raw.when };
  return raw === 'auto' ? { kind: raw, when: null } : { kind: raw };
};

const automergeOf = (raw: NonNullable<RawSettings['automerge']>): Automerge | null => {
  if (typeof raw === 'boolean') return raw ? { method: null } : null;
  return raw;
};

/** On which line a setting of `with` stands. */
export type LineOf = (setting: string) => number;

/** For what is written at `base` of a file. */
export const linesIn =
  (yaml: YamlText, base: Path): LineOf =>
  (setting) =>
    yaml.placeOfKey([...base, 'with'], setting).line;

const givenSettings = (
  raw: NonNullable<RawSettings['with']>,
  lineOf: LineOf,
  by: GivenSetting['by'],
): GivenSettings =>
  Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, { value, line: lineOf(name), by }]));

/** From the file's words to ours; keys that were not given stay away. `by`: where they stand. */
export const compileSettings = (
  raw: RawSettings,
  sourceOf: SourceOf,
  lineOf: LineOf,
  by: GivenSetting['by'],
): RuleSettings => ({
  ...(raw.runner === undefined ? {} : { runner: raw.runner }),
  ...(raw.version === undefined ? {} : { version: raw.version }),
  ...(raw.var_files === undefined ? {} : { varFiles: raw.var_files }),
  ...(raw.backend_files === undefined ? {} : { backendFiles: raw.backend_files }),
  ...(raw.env === undefined ? {} : { env: raw.env }),
  ...(raw.environment === undefined ? {} : compileEnvironment(raw.environment)),
  ...(raw.labels === undefined ? {} : { labels: raw.labels }),
  ...(raw.workflow === undefined ? {} : { workflow: raw.workflow }),
  ...(raw.apply === undefined ? {} : { apply: applyMode(raw.apply) }),
  ...(raw.automerge === undefined ? {} : { automerge: automergeOf(raw.automerge) }),
  ...(raw.drift === undefined ? {} : { drift: compileDrift(raw.drift) }),
  ...(raw.converge === undefined ? {} : { converge: raw.converge === 'on' }),
  ...(raw.with === undefined ? {} : { with: givenSettings(raw.with, lineOf, by) }),
  ...compileRules(raw, sourceOf),
});

/** A predicate that holds where one of the globs does. */
export const anyGlob = (globs: readonly string[]): ((text: string) => boolean) => {
  const matchers = globs.map(compileGlob);
  return (text) => matchers.some((matches) => matches(text));
};

/** The same for repositories: GitHub's names are the same in small and capital letters; the last glob that matches decides, `!` leaves out. */
export const anyRepository = (globs: readonly string[]): ((repository: string) => boolean) => {
  const matchers = globs.map((glob) => ({
    takes: !glob.startsWith('!'),
    matches: compileGlob(glob.replace(/^!/, '').toLowerCase()),
  }));
  return (repository) => {
    const name = repository.toLowerCase();
    return matchers.findLast(({ matches }) => matches(name))?.takes ?? false;
  };
};

export const asList = (one: string | readonly string[]): readonly string[] =>
  typeof one === 'string' ? [one] : one;

export const compileRule = (
  { match, environments, repositories, reads, ...settings }: RawRule,
  sourceOf: SourceOf,
  lineOf: LineOf,
  by: 'operator' | 'rule',
): ProjectRule => ({
  scope: JSON.stringify([asList(match), environments ?? null]),
  matches: anyGlob(asList(match)),
  inEnvironment: environments === undefined ? null : anyGlob(asList(environments)),
  inRepository: repositories === undefined ? null : anyRepository(asList(repositories)),
  ...(reads === undefined ? {} : { reads }),
  ...compileSettings(settings, sourceOf, lineOf, by),
});

/** What a rule says, without whom it says it to. */
export const settingsIn = ({
  scope: _,
  matches: __,
  inEnvironment: ___,
  inRepository: ____,
  ...settings
}: ProjectRule): RuleSettings => settings;
