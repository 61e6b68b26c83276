import { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { UserError } from '../domain/problem.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import {
  type Program,
  type Workflow,
  type WorkflowRunner,
  type WorkflowStep,
  workflowProblem,
} from '../domain/workflow.ts';
import { argv, listOf, programProblem, section, text, workflowName } from './schema-parts.ts';
import { envSchema, relativeFile, variableName } from './settings-schema.ts';
import type { OperatorSettings, ProjectsInput, RepositoryFile } from './types.ts';

const program = argv.check((context) => {
  const message = context.issues.length > 0 ? null : programProblem(context.value);
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
});

/** A line of the operator's own, for `sh -c`. Nothing is put into it. */
const line = z
  .string({ error: 'a line for `sh`' })
  .min(1, { error: 'a line for `sh`' })
  .max(8192, { error: 'a line of at most 8,192 characters' })
  .refine((value) => !/[^\P{Cc}\t\n]/u.test(value), { error: 'a line without control characters' });

const inShell = section({ sh: line.describe('A line for `sh -c`, taken literally.') });

const programOrLine = z.union([inShell, program], {
  error: 'a list of a program and its arguments, or a mapping with `sh`',
});

const env = section({
  name: variableName.describe('Name of the variable.'),
  value: z
    .string({ error: 'text' })
    .max(4096, { error: 'at most 4,096 characters' })
    .optional()
    .describe('Its value.'),
  command: program.optional().describe('A program that prints its value.'),
  sh: line.optional().describe('A line for `sh -c` that prints its value.'),
}).refine(
  ({ value, command, sh }) => [value, command, sh].filter((given) => given !== undefined).length === 1,
  { error: 'a variable with one of `value`, `command` and `sh`' },
);

const giving = z.union(
  [
    inShell,
    section({ env: env.describe('Sets a variable for the steps behind it.') }),
    section({
      multienv: programOrLine.describe('A program that prints `NAME=value,...` for the steps behind it.'),
    }),
  ],
  { error: 'a step: `sh`, `env` or `multienv`' },
);

const step = z.union([text('the name of a step', /^[a-z][a-z0-9-]*$/), program, giving], {
  error:
    'the name of a step of the runner, a list of a program and its arguments, or a mapping with `sh`, `env` or `multienv`',
});

const steps = (verb: string) =>
  listOf(step, 'a list of steps')
    .min(1, { error: 'a list of steps' })
    .optional()
    .describe(
      `Steps of ${verb}: the names of all of the runner's own, in their order, and programs with their arguments (lists, no placeholders), lines (\`sh\`) and what sets variables (\`env\`, \`multienv\`) in between. Absent: the runner's own.`,
    );

const files = (what: string) =>
  listOf(relativeFile, 'a list of files')
    .optional()
    .describe(
      `${what} of projects with this workflow, relative to \`dir\`, before those that rules and projects name. \`{workspace}\`, \`{project}\` and \`{dir}\` stand for what the project says.`,
    );

export const workflowsSchema = z.record(
  text('a name in small letters', workflowName),
  section({
    plan: steps('a plan'),
    apply: steps('an apply'),
    var_files: files('Variable files'),
    backend_files: files('Backend configuration files'),
    env: envSchema
      .optional()
      .describe(
        'Variables for the tool, `{workspace}`, `{project}` and `{dir}` written out. Those of rules and projects go before. Never secret.',
      ),
  }),
  { error: 'a mapping of names to workflows' },
);

type RawWorkflows = z.infer<typeof workflowsSchema>;

const compileProgram = (raw: z.infer<typeof programOrLine>): Program => {
  if ('sh' in raw) return ['sh', '-c', raw.sh];
  const [first = '', ...rest] = raw;
  return [first, ...rest];
};

const compileStep = (raw: z.infer<typeof step>): WorkflowStep => {
  if (typeof raw === 'string') return raw;
  if ('multienv' in raw) return { multienv: compileProgram(raw.multienv) };
  if (!('env' in raw)) return compileProgram(raw);
  const { name, value, command, sh } = raw.env;
  if (value !== undefined) return { env: name, value };
  return { env: name, program: compileProgram(command ?? { sh: sh ?? '' }) };
};

const compileSteps = (raw: readonly z.infer<typeof step>[] | undefined): Workflow['plan'] =>
  raw?.map(compileStep) ?? null;

/** `sourceOf` tells where a workflow stands. */
export const compileWorkflows = (
  raw: RawWorkflows,
  sourceOf: (name: string) => string,
): OperatorSettings['workflows'] =>
  new Map(
    Object.entries(raw).map(([name, { plan, apply, var_files = [], backend_files = [], env = {} }]) => [
      name,
      {
        name,
        plan: compileSteps(plan),
        apply: compileSteps(apply),
        gives: { varFiles: var_files, backendFiles: backend_files, env },
        source: sourceOf(name),
      },
    ]),
  );

const known = (name: string, workflows: readonly string[]): string => {
  const meant = nearest(name, workflows);
  const list = workflows.length === 0 ? 'There are none.' : `There are: ${quotedList(workflows)}.`;
  return `${meant === null ? '' : `Did you mean ${quoted(meant)}? `}${list}`;
};

/** The first rule of the operator file that names a workflow that it does not have; null where none does. */
export const unknownWorkflow = (
  rules: readonly { readonly workflow?: string | undefined }[],
  names: readonly string[],
): { readonly index: number; readonly sentence: string; readonly advice: string } | null => {
  const index = rules.findIndex(({ workflow }) => workflow !== undefined && !names.includes(workflow));
  const name = rules[index]?.workflow;
  return name === undefined
    ? null
    : { index, sentence: `There is no workflow ${quoted(name)}.`, advice: known(name, names) };
};

/**
 * Refuses a `tidegate.yaml` that names a workflow which the operator file does not have: without its steps nothing is planned.
 * Throws UserError `config-invalid`.
 */
export const checkWorkflows = ({ operator, repository, base, head }: ProjectsInput): void => {
  const names = [...operator.workflows.keys()];
  const chosen = operator.mayChoose(repository);
  const check = (file: RepositoryFile | null, where: string): void => {
    const refused = file?.workflows.find(({ name }) => !names.includes(name));
    const kept = chosen === null ? undefined : file?.workflows.find(({ name }) => !chosen.includes(name));
    if (file !== null && kept !== undefined && chosen !== null)
      throw new UserError({
        code: 'config-invalid',
        sentence: `${file.format}.yaml (${where}), line ${kept.line}: the operator file does not let ${quoted(repository)} choose the workflow ${quoted(kept.name)}.`,
        advice: `${known(kept.name, chosen)} Or ask the people who run Tidegate. Nothing was run.`,
      });
    if (file === null || refused === undefined) return;
    throw new UserError({
      code: 'config-invalid',
      sentence: `${file.format}.yaml (${where}), line ${refused.line}: the operator file has no workflow ${quoted(refused.name)}.`,
      advice: `${known(refused.name, names)} Nothing was run.`,
    });
  };
  check(head, 'this pull request');
  check(base, 'the base branch');
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Throws UserError `settings-invalid` for a workflow that no runner of this server can be used with. */
export const checkWorkflowRunners = (
  workflows: OperatorSettings['workflows'],
  runners: readonly WorkflowRunner[],
): void => {
  for (const workflow of workflows.values()) {
    const problems = runners.map((runner) => workflowProblem(workflow, runner));
    // By their names the last one is Terraform, which nearly all workflows are for.
    const told = problems.at(-1);
    if (told === undefined || told === null || problems.includes(null)) continue;
    throw new UserError({
      code: 'settings-invalid',
      sentence: `${capital(workflow.source)}: ${told.sentence}`,
      advice: `${told.advice} The server does not start without it.`,
    });
  }
};
