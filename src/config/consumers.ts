import { z } from 'zod';
import { anyRepository, asList } from './rules.ts';
import { section } from './schema-parts.ts';
import { repositoryGlobs } from './settings-schema.ts';

const most = 'a whole number from 1 to 100';

/** `consumers` of the operator file: whose projects may be shown, and planned, on pull requests of a repository of modules. */
export const consumersSchema = section({
  modules: repositoryGlobs.describe('Globs of repositories of modules, as `OWNER/REPOSITORY`.'),
  used_by: repositoryGlobs.describe(
    'Globs of repositories whose projects may be named there. Everybody who reads the repository of modules reads that.',
  ),
  plan: z
    .boolean({ error: '`true` or `false`' })
    .default(false)
    .describe(
      'May `/plan --consumers` plan them there? The code of the module is run with what their plans are given.',
    ),
  most: z
    .int({ error: most })
    .min(1, { error: most })
    .max(100, { error: most })
    .default(20)
    .describe('Projects that one command plans; the rest is counted.'),
});

/** What may be shown of others on pull requests of one repository of modules. */
export interface ConsumersRule {
  /** May projects of this repository (`OWNER/NAME`) be named? */
  shows(repository: string): boolean;
  /** May they be planned? */
  plans(repository: string): boolean;
  readonly most: number;
}

export interface ConsumersRules {
  /** By the repository of modules (`OWNER/NAME`); null where no rule is for it. */
  of(modules: string): ConsumersRule | null;
  /** Is there any place where projects of this repository may be named? */
  isNamed(repository: string): boolean;
}

export const compileConsumers = (raw: readonly z.infer<typeof consumersSchema>[]): ConsumersRules => {
  const rules = raw.map(({ modules, used_by, plan, most }) => ({
    isOf: anyRepository(asList(modules)),
    names: anyRepository(asList(used_by)),
    plan,
    most,
  }));
  return {
    of: (modules) => {
      const own = rules.filter(({ isOf }) => isOf(modules));
      if (own.length === 0) return null;
      return {
        shows: (repository) => own.some(({ names }) => names(repository)),
        plans: (repository) => own.some(({ names, plan }) => plan && names(repository)),
        most: Math.max(...own.map((rule) => rule.most)),
      };
    },
    isNamed: (repository) => rules.some(({ names }) => names(repository)),
  };
};
