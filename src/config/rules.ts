import type { Requirement } from '../domain/rules/requirement.ts';
import { compileGlob } from './globs.ts';
import type { RawRule, RawSettings } from './settings-schema.ts';
import type { ProjectRule } from './types.ts';
import type { Path, YamlText } from './yaml.ts';

export type RuleSettings = Omit<ProjectRule, 'matches'>;

/** Where the value at a path below the settings is written, for people. */
export type SourceOf = (path: Path) => string;

/** For what is written at `base` of a file that people call by this name: `operator file, line 12`. */
export const sourceIn =
  (name: string, yaml: YamlText, base: Path): SourceOf =>
  (path) =>
    `${name}, line ${yaml.place([...base, ...path]).line}`;

const approved = (source: string): Requirement => ({
  kind: 'approved',
  count: 1,
  from: null,
  codeOwners: false,
  when: null,
  source,
});

/** From the file's words to ours; keys that were not given stay away. */
export const compileSettings = (raw: RawSettings, sourceOf: SourceOf): RuleSettings => ({
  ...(raw.runner === undefined ? {} : { runner: raw.runner }),
  ...(raw.version === undefined ? {} : { version: raw.version }),
  ...(raw.var_files === undefined ? {} : { varFiles: raw.var_files }),
  ...(raw.backend_files === undefined ? {} : { backendFiles: raw.backend_files }),
  ...(raw.env === undefined ? {} : { env: raw.env }),
  ...(raw.environment === undefined ? {} : { environment: raw.environment }),
  ...(raw.requirements === undefined
    ? {}
    : {
        requirements: {
          apply: raw.requirements.map((_, index) => approved(sourceOf(['requirements', index]))),
        },
      }),
});

/** A predicate that holds where one of the globs does. */
export const anyGlob = (globs: readonly string[]): ((text: string) => boolean) => {
  const matchers = globs.map(compileGlob);
  return (text) => matchers.some((matches) => matches(text));
};

export const compileRule = ({ match, ...settings }: RawRule, sourceOf: SourceOf): ProjectRule => ({
  matches: anyGlob(typeof match === 'string' ? [match] : match),
  ...compileSettings(settings, sourceOf),
});
