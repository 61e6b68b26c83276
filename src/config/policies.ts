import type { z } from 'zod';
import { quoted } from '../domain/quote.ts';
import { conditionProblem } from './conditions.ts';
import { later } from './later-schema.ts';
import { compilePeople } from './requirements.ts';
import { anyGlob, anyRepository, asList } from './rules.ts';
import { peopleSchema } from './rules-schema.ts';
import { argv, glob, judged, section, text } from './schema-parts.ts';
import { globs, repositoryGlobs } from './settings-schema.ts';
import type { Policy } from './types.ts';

export const policySchema = section({
  name: text('a name of small letters, digits and dashes', /^[a-z0-9][a-z0-9-]{0,62}$/).describe(
    'Unique; people name it in `/approve`.',
  ),
  match: globs(glob, 'prod/**')
    .default('**')
    .describe('Globs of project dirs that it is for. Default: every one.'),
  repositories: repositoryGlobs
    .optional()
    .describe('Globs of repositories, as `OWNER/REPOSITORY`, that it is for. Absent: every one.'),
  rule: judged('a condition over the plan', conditionProblem)
    .optional()
    .describe('Condition in CEL over the plan that has to hold.'),
  command: later(
    'command',
    argv,
    'Instead of `rule`: a program of the server with its arguments that says whether a plan passes.',
  ),
  message: text('text of at most 500 characters', /^[^\p{Cc}]{1,500}$/u)
    .optional()
    .describe('What people are told when it fails.'),
  owners: peopleSchema
    .optional()
    .describe('Who may let a plan pass all the same, with a reason. Absent: nobody.'),
}).refine(({ rule, command }) => (rule === undefined) !== (command === undefined), {
  error: 'a policy with a `rule`',
});

type RawPolicy = z.infer<typeof policySchema>;

export const compilePolicy = (raw: RawPolicy, source: string): Policy => ({
  name: raw.name,
  matches: anyGlob(asList(raw.match)),
  inRepository: raw.repositories === undefined ? null : anyRepository(asList(raw.repositories)),
  // One without a rule was refused by now; it would let nothing pass.
  rule: raw.rule ?? 'false',
  message: raw.message ?? null,
  owners: raw.owners === undefined ? null : compilePeople(raw.owners),
  source,
});

/** The second of two with one name; null where each has its own. */
export const sameNames = (
  policies: readonly Pick<RawPolicy, 'name'>[],
): { readonly index: number; readonly sentence: string } | null => {
  const names = policies.map(({ name }) => name);
  const index = names.findIndex((name, at) => names.indexOf(name) < at);
  const name = names[index];
  return name === undefined
    ? null
    : { index, sentence: `The name ${quoted(name)} is taken by another policy.` };
};
