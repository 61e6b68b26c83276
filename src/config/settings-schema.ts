import { z } from 'zod';
import { mergeMethods } from '../domain/merging.ts';
import { conditionProblem } from './conditions.ts';
import { driftSchema } from './drift-schema.ts';
import { environmentSchema } from './follows.ts';
import { readsSchema } from './reads.ts';
import { rulesShape } from './rules-schema.ts';
import { glob, judged, listOf, section, text, workflowName } from './schema-parts.ts';
import { version } from './tools-schema.ts';
import { isReserved, variablePattern } from './variable-names.ts';

const runner = text('the name of a runner, for example `terraform`', /^[a-z][a-z0-9-]{0,63}$/);

export const relativeFile = text(
  "a file inside the repository, relative to the project's `dir`, for example `../common.tfvars`",
  // The paths are resolved and judged by code; this keeps out what is never one.
  /^(?![/-])[^\\\p{C}\p{Zl}\p{Zp}]{1,512}$/u,
);

export const variableName = text(
  'a variable name: letters, digits and `_`, not starting with a digit',
  variablePattern,
).refine((name) => !isReserved(name), { error: 'a variable that the server does not decide itself' });

export const envSchema = z.record(
  variableName,
  z
    .string({ error: 'text; put numbers and true or false in quotes' })
    .max(4096, { error: 'at most 4,096 characters' })
    .refine((value) => !value.includes('\0'), { error: 'text without NUL' }),
  { error: 'a mapping of variable names to texts' },
);

const settingText = z.string({ error: 'text' }).max(4096, { error: 'text of at most 4,096 characters' });

/** Which of them a setting takes its runner says. */
const settingValue = z.union(
  [
    settingText,
    z.number({ error: 'a number' }),
    z.boolean({ error: '`true` or `false`' }),
    listOf(settingText, 'a list of texts'),
    z.record(z.string(), settingText, { error: 'a mapping of names to texts' }),
  ],
  { error: 'text, a number, `true` or `false`, a list of texts, or a mapping of names to texts' },
);

const autoApply = section({
  mode: z.literal('auto', { error: '`auto`' }).describe('Applied by itself after a plan.'),
  when: judged('a condition over the plan', conditionProblem).describe(
    'Condition in CEL over the plan, for example `plan.create > 0 && plan.destroy == 0`; other plans wait for a command.',
  ),
});

/** What the server and the base branch decide about a project; the same keys in rules and projects. */
export const settingsShape = {
  runner: runner
    .optional()
    .describe('Folder under `runners/` that says how the tool is called. Default: `terraform`.'),
  version: version
    .optional()
    .describe(
      'Version of the tool, or a constraint such as `~> 1.9` or `>= 1.6, < 2.0`. Default: what `required_version` in the code of the project asks for, else what the operator says, else whichever is there.',
    ),
  var_files: listOf(relativeFile, 'a list of files')
    .optional()
    .describe('Variable files, relative to `dir`, inside the repository.'),
  backend_files: listOf(relativeFile, 'a list of files')
    .optional()
    .describe('Backend configuration files, relative to `dir`, inside the repository.'),
  env: envSchema
    .optional()
    .describe(
      'Variables for the tool in plan and apply. Never secret: they are in Git. Names add up over rules, the last value wins.',
    ),
  workflow: text('the name of a workflow', workflowName)
    .optional()
    .describe(
      'Workflow of the operator file: programs that run between the steps of the runner. Default: none.',
    ),
  environment: environmentSchema
    .optional()
    .describe(
      'A label such as `production`; or a mapping of that `name` and what the environment follows, a `branch` or a `tag`. What was said last counts as a whole.',
    ),
  labels: listOf(
    text('a label such as `team-a`', /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_./:-]{0,99}$/u),
    'a list of labels',
  )
    .optional()
    .describe(
      'Words by which commands choose projects: `/plan -l team-a`. Those of rules and of the project add up.',
    ),
  apply: z
    .union([autoApply, z.enum(['command', 'merge', 'auto'], { error: '`command`, `merge` or `auto`' })], {
      error: '`command`, `merge`, `auto`, or a mapping with `mode` and `when`',
    })
    .optional()
    .describe(
      'When it is applied: on `/apply` (`command`), after the merge and only if the plan made then is the one that was approved (`merge`), or by itself as soon as its requirements are met (`auto`). Default: `command`.',
    ),
  automerge: z
    .union(
      [
        section({
          method: z
            .enum(mergeMethods, { error: '`merge`, `squash` or `rebase`' })
            .describe(
              'How it is merged, where the rules of the repository let that through; else by one that they do.',
            ),
        }),
        z.boolean({ error: '`true` or `false`' }),
      ],
      { error: '`true`, `false` or a mapping with `method`' },
    )
    .optional()
    .describe(
      'Merge the pull request by itself after its last apply, if every project that it affects says so. Default: `false`.',
    ),
  drift: driftSchema
    .optional()
    .describe(
      'What is done about a world that is not as it was applied: nothing (`off`), looked for and shown (`detect`), told in an issue (`issue`), put right in a pull request that is opened by itself (`pr`) or without a command (`apply`); or a mapping with `mode` and more about it. What was said last counts, each key by itself. Default: `off`.',
    ),
  converge: z
    .enum(['on', 'off'], { error: '`on` or `off`' })
    .optional()
    .describe(
      'Is a project planned once more right after its apply, before anybody else may have its lock? That plan should be empty; what is left is told. Default: `on`.',
    ),
  with: z
    .record(
      text('the name of a setting: small letters, digits and `_`', /^[a-z][a-z0-9_]{0,63}$/),
      settingValue,
      { error: 'a mapping of names of settings to values' },
    )
    .optional()
    .describe(
      'Settings of the runner, by name: those that its `runner.yml` declares. Names add up over rules, the last value wins. A rule may give one that only some runners know; a project may not.',
    ),
  ...rulesShape,
};

/** Keys of a project that `may_set` of the operator file speaks of. */
export const settingNames = Object.keys(settingsShape) as readonly (keyof typeof settingsShape)[];

/** A glob, or a list of them. */
export const globs = (of: z.ZodType<string>, example: string) =>
  z.union([of, listOf(of, 'a list of globs').min(1, { error: 'a list with one glob or more' })], {
    error: `a glob or a list of globs, for example \`${example}\``,
  });

const environments = globs(glob, 'production')
  .optional()
  .describe(
    'Globs of `environment` labels that this rule is for; the label comes from rules without this key and from the project. Absent: every project.',
  );

const ruleShape = {
  match: globs(glob, 'prod/**').describe(
    'Globs of project dirs that this rule is for; `.` is the root, `**` every dir.',
  ),
  environments,
  ...settingsShape,
};

const noCircle = (raw: { readonly environments?: unknown; readonly environment?: unknown }): boolean =>
  raw.environments === undefined || raw.environment === undefined;
const noCircleError = {
  error: 'a rule with `environments` or one with `environment`: it cannot give the label that it asks for',
};

export const ruleSchema = section(ruleShape).refine(noCircle, noCircleError);

const repositoryGlob = text(
  '`OWNER/REPOSITORY`, with `*` for any name, for example `acme/*`',
  /^[A-Za-z0-9_.?*[\]{},!-]{1,100}\/[A-Za-z0-9_.?*[\]{},!-]{1,100}$/,
);

/** Whose words a file of a repository has. */
export const fileFormats = z.enum(['tidegate', 'atlantis'], { error: '`tidegate` or `atlantis`' });

/** A list of what is left out says nothing of what is in. */
const someTaken = (given: string | readonly string[]): boolean =>
  [given].flat().length === 0 || [given].flat().some((one) => !one.startsWith('!'));
const someTakenError = { error: 'a glob or a list of globs of which one at least does not begin with `!`' };

/** Of repositories, as `OWNER/REPOSITORY`; the last one that matches decides, and `!` before it leaves out. */
export const repositoryGlobs = globs(repositoryGlob, 'acme/*').refine(someTaken, someTakenError);
export const repositoryGlobList = listOf(
  repositoryGlob,
  'a list of repositories, for example `[acme/*]`',
).refine(someTaken, someTakenError);

export const operatorRuleSchema = section({
  ...ruleShape,
  reads: readsSchema,
  repositories: repositoryGlobs
    .optional()
    .describe(
      'Globs of repositories, as `OWNER/REPOSITORY`, that this rule is for; `!` before one leaves out, and the last one that matches decides. Absent: every one.',
    ),
}).refine(noCircle, noCircleError);

export type RawRule = z.infer<typeof operatorRuleSchema>;
export type RawSettings = Omit<RawRule, 'match' | 'environments' | 'repositories' | 'reads'>;
