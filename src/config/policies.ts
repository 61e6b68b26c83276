import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { quoted } from '../domain/quote.ts';
import { conditionProblem } from './conditions.ts';
import { durationMs, durationSchema } from './durations.ts';
import { compilePeople } from './requirements.ts';
import { anyGlob, anyRepository, asList } from './rules.ts';
import { peopleSchema } from './rules-schema.ts';
import { argv, glob, judged, programProblem, section, text } from './schema-parts.ts';
import { globs, repositoryGlobs } from './settings-schema.ts';
import type { Policy, PolicyCommand } from './types.ts';

/** Stands for the file with the plan, as a whole argument. */
export const planPlaceholder = '{plan}';

const isPlaceholder = (part: string): boolean => /^\{[A-Za-z_]*\}$/.test(part);

/** What is wrong with a command, as the phrase after "it must be"; null where nothing is. */
const commandProblem = ([program = '', ...rest]: readonly string[]): string | null => {
  const wrong = programProblem([program, ...rest]);
  if (wrong !== null) return wrong;
  if (isPlaceholder(program)) return 'a command that begins with a program';
  const foreign = rest.find((part) => isPlaceholder(part) && part !== planPlaceholder);
  if (foreign !== undefined)
    return `a command without ${quoted(foreign)}; there is \`{plan}\`, and the rest is in variables`;
  if (rest.some((part) => part.includes(planPlaceholder) && part !== planPlaceholder))
    return 'a command with `{plan}` as an argument of its own, not as part of one';
  return rest.includes(planPlaceholder)
    ? null
    : 'a command with `{plan}` among its arguments, which stands for the file with the plan';
};

const command = argv.check((context) => {
  const message = context.issues.length > 0 ? null : commandProblem(context.value);
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
});

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
  command: command
    .optional()
    .describe(
      'Instead of `rule`: a program of the server with its arguments, no shell. `{plan}`, an argument of its own, stands for a file with the JSON of the plan. Exit code 0 passes, 1 fails, and anything else is no answer, which blocks as well.',
    ),
  time_limit: durationSchema('1m')
    .optional()
    .describe('Of `command`: how long it may take before it is stopped. Default: `1m`.'),
  message: text('text of at most 500 characters', /^[^\p{Cc}]{1,500}$/u)
    .optional()
    .describe('What people are told when it fails.'),
  owners: peopleSchema
    .optional()
    .describe('Who may let a plan pass all the same, with a reason. Absent: nobody.'),
})
  .refine(({ rule, command: program }) => (rule === undefined) !== (program === undefined), {
    error: 'a policy with either a `rule` or a `command`',
  })
  .refine(({ command: program, time_limit }) => program !== undefined || time_limit === undefined, {
    error: 'a policy without `time_limit`, which is for a `command`',
  });

type RawPolicy = z.infer<typeof policySchema>;

const compileCommand = (parts: readonly string[], timeLimit: string): PolicyCommand => {
  const [program = '', ...rest] = parts;
  const timeLimitMs = durationMs(timeLimit);
  const definition = createHash('sha256')
    .update(JSON.stringify([parts, timeLimitMs]))
    .digest('hex');
  return { argv: [program, ...rest], timeLimitMs, definition };
};

export const compilePolicy = (raw: RawPolicy, source: string): Policy => ({
  name: raw.name,
  matches: anyGlob(asList(raw.match)),
  inRepository: raw.repositories === undefined ? null : anyRepository(asList(raw.repositories)),
  asks:
    raw.command === undefined
      ? // One without both was refused by now; it would let nothing pass.
        { rule: raw.rule ?? 'false' }
      : { command: compileCommand(raw.command, raw.time_limit ?? '1m') },
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
