import type { Problem } from './problem.ts';
import { quoted, quotedList } from './quote.ts';

const verbs = ['plan', 'apply'] as const;
/** What programs of the operator may be part of. */
export type WorkflowVerb = (typeof verbs)[number];

/** A program of the operator with its arguments, taken literally. */
export type Program = readonly [string, ...string[]];

/** Sets variables for the steps behind it: one with a value, one to what a program prints, or those that it prints. */
export type GivingStep =
  | { readonly env: string; readonly value: string }
  | { readonly env: string; readonly program: Program }
  | { readonly multienv: Program };

/** The name of one of the runner's own steps, a program, or what sets variables. */
export type WorkflowStep = string | Program | GivingStep;

const isProgram = (step: Program | GivingStep): step is Program => Array.isArray(step);

/** What the operator puts between the runner's own steps. Null: nothing, of that verb. */
export interface Workflow {
  readonly name: string;
  readonly plan: readonly WorkflowStep[] | null;
  readonly apply: readonly WorkflowStep[] | null;
}

/** A step of a runner, as far as a workflow has to respect it. */
export interface OwnStep {
  readonly name: string;
  /** Tidegate reads what it prints. */
  readonly reads: boolean;
}

/** Whose steps a workflow is held against. */
export interface WorkflowRunner {
  readonly name: string;
  readonly ownSteps: Readonly<Record<WorkflowVerb, readonly OwnStep[]>>;
}

const commandText = (step: Program | GivingStep): string =>
  quoted(isProgram(step) ? step.slice(0, 2).join(' ') : 'env' in step ? `env ${step.env}` : 'multienv');

/** Behind this step there are own ones only: what an apply is about to do is read last, and nothing follows what ends a verb. */
const closingStep = (own: readonly OwnStep[], verb: WorkflowVerb): string =>
  (verb === 'apply' ? own.find(({ reads }) => reads) : undefined)?.name ?? own.at(-1)?.name ?? '';

/** What is wrong with the steps of one verb, as a sentence's end; null where they fit. */
const misplaced = (
  steps: readonly WorkflowStep[],
  own: readonly OwnStep[],
  verb: WorkflowVerb,
): string | null => {
  const names = own.map(({ name }) => name);
  const named = steps.filter((step) => typeof step === 'string');
  const foreign = named.find((name) => !names.includes(name));
  if (foreign !== undefined) return `has the step ${quoted(foreign)}, which the runner does not have`;
  const twice = named.find((name, index) => named.indexOf(name) < index);
  if (twice !== undefined) return `has the step ${quoted(twice)} twice`;
  const missing = names.find((name) => !named.includes(name));
  if (missing !== undefined) return `leaves out the step ${quoted(missing)}`;
  const moved = named.find((name, index) => name !== names[index]);
  if (moved !== undefined) return `has the step ${quoted(moved)} in another place than the runner`;
  const closing = closingStep(own, verb);
  const late = steps
    .slice(steps.indexOf(closing) + 1)
    .find((step): step is Exclude<WorkflowStep, string> => typeof step !== 'string');
  return late === undefined ? null : `has ${commandText(late)} behind the step ${quoted(closing)}`;
};

/**
 * Why a workflow cannot be used with a runner; null where it can. It may only put programs in between: all own steps stay, each
 * once and in their order, so that nobody else writes, reads or applies a plan file, and nothing runs after an apply.
 */
export const workflowProblem = (workflow: Workflow, runner: WorkflowRunner): Problem | null => {
  for (const verb of verbs) {
    const steps = workflow[verb];
    const own = runner.ownSteps[verb];
    const why = steps === null ? null : misplaced(steps, own, verb);
    if (why === null) continue;
    const kept = quotedList(own.map(({ name }) => name));
    return {
      code: 'workflow-unfit',
      sentence: `Workflow ${quoted(workflow.name)}: its \`${verb}\` ${why} (runner ${quoted(runner.name)}).`,
      advice: `It may only add programs: keep ${kept}, each once and in this order, with the programs before ${quoted(closingStep(own, verb))}. Workflows are in the operator file, which the people who run Tidegate write.`,
    };
  }
  return null;
};
