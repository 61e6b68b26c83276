import { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { UserError } from '../domain/problem.ts';
import { quoted, quotedList } from '../domain/quote.ts';
import {
  type Workflow,
  type WorkflowRunner,
  type WorkflowStep,
  workflowProblem,
} from '../domain/workflow.ts';
import { argv, listOf, programProblem, section, text, workflowName } from './schema-parts.ts';
import type { OperatorSettings, ProjectsInput, RepositoryFile } from './types.ts';

const program = argv.check((context) => {
  const message = context.issues.length > 0 ? null : programProblem(context.value);
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
});

const step = z.union([text('the name of a step', /^[a-z][a-z0-9-]*$/), program], {
  error: 'the name of a step of the runner, or a list of a program and its arguments',
});

const steps = (verb: string) =>
  listOf(step, 'a list of steps')
    .min(1, { error: 'a list of steps' })
    .optional()
    .describe(
      `Steps of ${verb}: the names of all of the runner's own, in their order, and programs with their arguments (lists, no shell, no placeholders) in between. Absent: the runner's own.`,
    );

export const workflowsSchema = z.record(
  text('a name in small letters', workflowName),
  section({ plan: steps('a plan'), apply: steps('an apply') }),
  { error: 'a mapping of names to workflows' },
);

type RawWorkflows = z.infer<typeof workflowsSchema>;

const compileSteps = (raw: readonly (string | readonly string[])[] | undefined): Workflow['plan'] =>
  raw?.map((one): WorkflowStep => {
    if (typeof one === 'string') return one;
    const [first = '', ...rest] = one;
    return [first, ...rest];
  }) ?? null;

/** `lineOf` tells where a workflow stands. */
export const compileWorkflows = (
  raw: RawWorkflows,
  lineOf: (name: string) => number,
): OperatorSettings['workflows'] =>
  new Map(
    Object.entries(raw).map(([name, { plan, apply }]) => [
      name,
      { name, plan: compileSteps(plan), apply: compileSteps(apply), line: lineOf(name) },
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
  raw: RawWorkflows,
): { readonly index: number; readonly sentence: string; readonly advice: string } | null => {
  const names = Object.keys(raw);
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
export const checkWorkflows = ({ operator, base, head }: ProjectsInput): void => {
  const names = [...operator.workflows.keys()];
  const check = (file: RepositoryFile | null, where: string): void => {
    const refused = file?.workflows.find(({ name }) => !names.includes(name));
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

/** Throws UserError `settings-invalid` for a workflow that no runner of this server can be used with. */
export const checkWorkflowRunners = (
  workflows: OperatorSettings['workflows'],
  runners: readonly WorkflowRunner[],
): void => {
  for (const workflow of workflows.values()) {
    const problems = runners.map((runner) => workflowProblem(workflow, runner));
    const [first] = problems;
    if (first === undefined || first === null || problems.includes(null)) continue;
    throw new UserError({
      code: 'settings-invalid',
      sentence: `Operator file, line ${workflow.line}: ${first.sentence}`,
      advice: `${first.advice} The server does not start without it.`,
    });
  }
};
