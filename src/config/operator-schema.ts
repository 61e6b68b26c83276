import { z } from 'zod';
import { glob, listOf, ruleSchema, section, text } from './settings-schema.ts';

const repositoryGlob = text(
  '`OWNER/REPOSITORY`, with `*` for any name, for example `acme/*`',
  /^[A-Za-z0-9_.?*[\]{},!-]{1,100}\/[A-Za-z0-9_.?*[\]{},!-]{1,100}$/,
);

const prefix = text('one word in small letters, for example `atlantis`', /^@?[a-z0-9][a-z0-9_-]{0,38}$/);

const passedVariable = text(
  'a variable name, with `*` for any text, for example `AWS_*`',
  /^[A-Za-z_*][A-Za-z0-9_*]{0,127}$/,
);

const passed = (verb: string) =>
  listOf(passedVariable, 'a list of variable names')
    .default([])
    .describe(
      `Variables of the server that the tool sees during ${verb}; \`*\` stands for any text, but the server's own secrets are never passed.`,
    );

export const operatorSchema = section({
  allow: listOf(repositoryGlob, 'a list of repositories, for example `[acme/*]`')
    .min(1, { error: 'a list with one repository or more, for example `[acme/*]`' })
    .describe(
      'Repositories this server works for, as `OWNER/REPOSITORY` with globs. Required. Events of others are recorded and ignored.',
    ),
  prefixes: listOf(prefix, 'a list of words')
    .default([])
    .describe('Words that start a command besides `/` and `tidegate`, for example `atlantis`.'),
  base_branches: listOf(glob, 'a list of branches, for example `[main, release/*]`')
    .optional()
    .describe(
      'Branches (globs) that pull requests may be applied into. Default: the default branch of the repository. Rules come from the base branch, so list no branch that anybody may push to.',
    ),
  env: section({ plan: passed('plan'), apply: passed('apply') })
    .default({ plan: [], apply: [] })
    .describe('Variables of the server that tools may see. They see no others.'),
  allow_local_state: text('an absolute folder of the server', /^\/[^\p{C}]{1,1000}$/u)
    .optional()
    .describe(
      'Folder of the server in which a `local` backend may keep state. Absent: local state is refused, it would be lost.',
    ),
  parallel_runs: z
    .int({ error: 'a whole number from 1 to 256' })
    .min(1, { error: 'a whole number from 1 to 256' })
    .max(256, { error: 'a whole number from 1 to 256' })
    .default(4)
    .describe('Runs at a time on this server.'),
  step_timeout: text('a duration from `1s` to `24h`, for example `60m`', /^[1-9]\d{0,4}(?:s|m|h)$/)
    .default('60m')
    .describe('Time limit of one tool invocation. An apply is never killed for it.'),
  rules: listOf(ruleSchema, 'a list of rules')
    .default([])
    .describe(
      'Settings for every project whose dir matches, in every repository; later rules win, requirements add up.',
    ),
});
