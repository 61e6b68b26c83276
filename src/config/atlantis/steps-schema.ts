import { z } from 'zod';
import { listOf, section } from '../schema-parts.ts';

/*
 * Workflows as Atlantis knows them, in `atlantis.yaml` and in its server-side repo config. Read to be told apart, never to be run
 * as they stand: `steps.ts` says what becomes of each.
 */

const text = z.string({ error: 'text' }).max(8192, { error: 'at most 8,192 characters' });

const extraArguments = section({
  extra_args: listOf(text, 'a list of arguments').default([]).describe('Arguments behind those of Atlantis.'),
});

const shellShape = {
  shell: text.optional().describe('Program that is given the line. Default: `sh`.'),
  shellArgs: z
    .union([text, listOf(text, 'a list of arguments')], { error: 'text, or a list of arguments' })
    .optional()
    .describe('Its arguments before the line. Default: `-c`.'),
};

const filters = listOf(text, 'a list of expressions');

const output = {
  output: z
    .union([text, listOf(z.union([text, z.record(z.string(), z.unknown())]), 'a list of ways')], {
      error: 'a way, or a list of ways',
    })
    .optional()
    .describe('What of it is shown in the comment.'),
  filter_regex: z
    .union([text, filters], { error: 'an expression, or a list of them' })
    .optional()
    .describe('What of it is hidden in the comment.'),
};

const run = z.union([text, section({ command: text.describe('The line.'), ...shellShape, ...output })], {
  error: 'a line, or a mapping with `command`',
});

const env = section({
  name: text.describe('Name of the variable.'),
  value: text.optional().describe('Its value.'),
  command: text.optional().describe('A line that prints its value.'),
  ...shellShape,
}).refine(({ value, command }) => (value === undefined) !== (command === undefined), {
  error: 'a variable with either `value` or `command`',
});

export const builtInSteps = ['init', 'plan', 'show', 'policy_check', 'apply', 'import', 'state_rm'] as const;

const own = Object.fromEntries(
  builtInSteps.map((name) => [name, extraArguments.optional().describe(`The step \`${name}\`.`)]),
) as Record<(typeof builtInSteps)[number], z.ZodOptional<typeof extraArguments>>;

const oneStep = section({
  ...own,
  run: run.optional().describe('A line for a shell.'),
  env: env.optional().describe('Sets a variable for the steps behind it.'),
  multienv: run.optional().describe('A line for a shell that prints `NAME=value,...`.'),
}).check((context) => {
  const given = Object.values(context.value).filter((value) => value !== undefined);
  if (given.length !== 1 && context.issues.length === 0)
    context.issues.push({ code: 'custom', message: 'a step with one key', input: context.value });
});

const step = z.union([oneStep, z.enum(builtInSteps, { error: 'the name of a step' })], {
  error: 'a step: `init`, `plan`, `apply` and the like, `run`, `env` or `multienv`',
});

const stage = section({
  steps: listOf(step, 'a list of steps').optional().describe('Its steps.'),
});

export const stages = ['plan', 'apply', 'policy_check', 'import', 'state_rm'] as const;

const workflow = section({
  plan: stage.optional().describe('Steps of a plan.'),
  apply: stage.optional().describe('Steps of an apply.'),
  policy_check: stage.optional().describe('Steps of a policy check.'),
  import: stage.optional().describe('Steps of an import.'),
  state_rm: stage.optional().describe('Steps of a removal from the state.'),
});

export const atlantisWorkflows = z.record(z.string(), workflow, { error: 'a mapping of names to workflows' });

export type AtlantisStep = z.infer<typeof step>;
export type AtlantisWorkflow = z.infer<typeof workflow>;
