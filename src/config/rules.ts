import { compileGlob } from './globs.ts';
import type { RawRule, RawSettings } from './settings-schema.ts';
import type { ProjectRule } from './types.ts';

export type RuleSettings = Omit<ProjectRule, 'matches'>;

/** From the file's words to ours; keys that were not given stay away. */
export const compileSettings = (raw: RawSettings): RuleSettings => ({
  ...(raw.runner === undefined ? {} : { runner: raw.runner }),
  ...(raw.version === undefined ? {} : { version: raw.version }),
  ...(raw.var_files === undefined ? {} : { varFiles: raw.var_files }),
  ...(raw.backend_files === undefined ? {} : { backendFiles: raw.backend_files }),
  ...(raw.env === undefined ? {} : { env: raw.env }),
  ...(raw.environment === undefined ? {} : { environment: raw.environment }),
  ...(raw.requirements === undefined ? {} : { requirements: raw.requirements }),
});

/** A predicate that holds where one of the globs does. */
export const anyGlob = (globs: readonly string[]): ((text: string) => boolean) => {
  const matchers = globs.map(compileGlob);
  return (text) => matchers.some((matches) => matches(text));
};

export const compileRule = ({ match, ...settings }: RawRule): ProjectRule => ({
  matches: anyGlob(typeof match === 'string' ? [match] : match),
  ...compileSettings(settings),
});
