import { z } from 'zod';
import { globProblem } from './globs.ts';

/*
 * House rule of these schemas: every `error` is a phrase that follows "must be", so that
 * `explain.ts` can make the same kind of sentence of any of them; `.describe` is what the reference says.
 */

/** A mapping with these keys and no others. Its message for a foreign key is the list of known ones. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'a mapping of keys to values',
  });

export const text = (phrase: string, pattern: RegExp) =>
  z.string({ error: phrase }).regex(pattern, { error: phrase });

export const listOf = <Item extends z.ZodType>(item: Item, phrase: string) =>
  z.array(item, { error: phrase }).max(1000, { error: 'a list of at most 1,000' });

/** A glob, refused with the reason that the matcher would have. */
export const glob = z.string({ error: 'a glob' }).check((context) => {
  const why = globProblem(context.value);
  if (why !== null)
    context.issues.push({ code: 'custom', message: `a glob; this one ${why}`, input: context.value });
});

const runner = text('the name of a runner, for example `terraform`', /^[a-z][a-z0-9-]{0,63}$/);

const version = text(
  'an exact version in quotes, for example `"1.11.4"`',
  /^\d{1,4}\.\d{1,4}\.\d{1,4}(?:-[0-9A-Za-z.-]{1,40})?$/,
);

const relativeFile = text(
  "a file inside the repository, relative to the project's `dir`, for example `../common.tfvars`",
  // The paths are resolved and judged by code; this keeps out what is never one.
  /^(?![/-])[^\\\p{C}\p{Zl}\p{Zp}]{1,512}$/u,
);

// The server decides these: each changes where the tool reads from, what it runs or how it is called.
const reserved =
  /^(?:PATH|HOME|USER|SHELL|PWD|TMPDIR|TMP|TEMP|ENV|BASH_ENV|IFS|NODE_OPTIONS|(?:LD|DYLD|GIT|TIDEGATE|XDG)_.*|TF_(?:CLI_ARGS.*|CLI_CONFIG_FILE|DATA_DIR|WORKSPACE|INPUT|IN_AUTOMATION|PLUGIN_CACHE_.*|REATTACH_PROVIDERS|LOG.*|TEMP_DIR))$/i;

const variableName = text(
  'a variable name: letters, digits and `_`, not starting with a digit',
  /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
).refine((name) => !reserved.test(name), { error: 'a variable that the server does not decide itself' });

const env = z.record(
  variableName,
  z
    .string({ error: 'text; put numbers and true or false in quotes' })
    .max(4096, { error: 'at most 4,096 characters' })
    .refine((value) => !value.includes('\0'), { error: 'text without NUL' }),
  { error: 'a mapping of variable names to texts' },
);

const requirement = z.enum(['approved'], { error: '`approved`' });

/** What the server and the base branch decide about a project; the same keys in rules and projects. */
export const settingsShape = {
  runner: runner
    .optional()
    .describe('Folder under `runners/` that says how the tool is called. Default: `terraform`.'),
  version: version
    .optional()
    .describe('Exact tool version that must be installed. Default: whichever is there.'),
  var_files: listOf(relativeFile, 'a list of files')
    .optional()
    .describe('Variable files, relative to `dir`, inside the repository.'),
  backend_files: listOf(relativeFile, 'a list of files')
    .optional()
    .describe('Backend configuration files, relative to `dir`, inside the repository.'),
  env: env
    .optional()
    .describe(
      'Variables for the tool in plan and apply. Never secret: they are in Git. Names add up over rules, the last value wins.',
    ),
  environment: text('a label such as `production`', /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_./ -]{0,99}$/u)
    .optional()
    .describe('A label such as `production`.'),
  requirements: listOf(requirement, 'a list of requirements: `approved`')
    .optional()
    .describe(
      'What must hold before an apply: `approved`. Requirements of all rules add up; none can be taken away.',
    ),
};

const match = z.union(
  [glob, listOf(glob, 'a list of globs').min(1, { error: 'a list with one glob or more' })],
  {
    error: 'a glob or a list of globs, for example `prod/**`',
  },
);

export const ruleSchema = section({
  match: match.describe('Globs of project dirs that this rule is for; `.` is the root, `**` every dir.'),
  ...settingsShape,
});

export type RawRule = z.infer<typeof ruleSchema>;
export type RawSettings = Omit<RawRule, 'match'>;
