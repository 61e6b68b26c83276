import { UserError } from '../domain/problem.ts';
import { type OwnStep, type Workflow, type WorkflowStep, workflowProblem } from '../domain/workflow.ts';
import type { Step, StepInputs, StepVerb } from './port.ts';
import type { Placeholder, RunnerFile, StepTemplate } from './schema.ts';

const valuesOf = (inputs: StepInputs): Record<Placeholder, readonly string[]> => ({
  plan_file: [inputs.planFile],
  workspace: [inputs.workspace],
  var_files: inputs.varFiles,
  backend_files: inputs.backendFiles,
  extra: inputs.extra,
  state_file: one(inputs.stateFile),
  lock_id: one(inputs.lockId),
  addresses: inputs.addresses ?? [],
  import_id: one(inputs.importId),
});

const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

/** Left out, the rest of the line would mean something else. */
const isNeeded = (name: Placeholder): boolean =>
  ['state_file', 'lock_id', 'addresses', 'import_id'].includes(name);

const isPlaceholder = (name: string, values: Record<Placeholder, readonly string[]>): name is Placeholder =>
  name in values;

/** One element of the template becomes as many as its placeholder has values. Nothing is ever split. */
const expand = (element: string, values: Record<Placeholder, readonly string[]>): readonly string[] => {
  const name = /\{([^{}]*)\}/.exec(element)?.[1];
  if (name === undefined) return [element];
  if (!isPlaceholder(name, values)) throw new TypeError(`not a placeholder: ${name}`);
  if (isNeeded(name) && values[name].length === 0) throw new TypeError(`no value for {${name}}`);
  return values[name].map((value) => {
    if (value === '' || value.includes('\0'))
      throw new TypeError(`{${name}} is empty or holds a NUL: the tool would see something else`);
    // Only `extra`, checked argument by argument before, may stand where the tool reads an option.
    if (element === `{${name}}` && name !== 'extra' && value.startsWith('-'))
      throw new TypeError(`{${name}} would be read as an option: ${JSON.stringify(value)}`);
    return element.replace(`{${name}}`, () => value);
  });
};

const templatesOf = ({ steps }: RunnerFile, verb: StepVerb): readonly StepTemplate[] => {
  if (verb === 'push-state') return steps.push_state;
  if (verb === 'state-rm') return steps.state_rm;
  return verb === 'force-unlock' ? steps.force_unlock : steps[verb];
};

export const ownSteps = (templates: readonly StepTemplate[]): readonly OwnStep[] =>
  templates.map(({ name, output }) => ({ name, reads: output === 'data' }));

/** The steps of a workflow for this verb; null where there are only the runner's own. */
const workflowSteps = (file: RunnerFile, verb: StepVerb, workflow: Workflow | null) => {
  // What looks after an apply of unknown outcome, or mends it, must not depend on it.
  if (workflow === null || (verb !== 'plan' && verb !== 'apply')) return null;
  const own = { plan: ownSteps(file.steps.plan), apply: ownSteps(file.steps.apply) };
  const problem = workflowProblem(workflow, { name: file.name, ownSteps: own });
  if (problem !== null) throw new UserError(problem);
  return workflow[verb];
};

const programOf = (step: Exclude<WorkflowStep, string>): Pick<Step, 'name' | 'argv' | 'output' | 'gives'> => {
  if ('multienv' in step)
    return { name: 'workflow-multienv', argv: step.multienv, output: 'data', gives: 'pairs' };
  if (!('env' in step)) return { name: 'workflow', argv: step, output: 'log' };
  const value = 'value' in step ? step.value : null;
  const argv: Step['argv'] = 'program' in step ? step.program : ['env', step.env];
  return { name: 'workflow-env', argv, output: 'data', gives: { name: step.env, value } };
};

/**
 * The invocations of a verb, with what a workflow puts in between. `timeoutMs` is the limit of each.
 * Throws a TypeError on a value that the tool could take for an option: it should never have come this far.
 * Throws UserError `workflow-unfit`.
 */
export const expandSteps = (
  file: RunnerFile,
  verb: StepVerb,
  inputs: StepInputs,
  timeoutMs: number,
): readonly Step[] => {
  const values = valuesOf(inputs);
  const { environment } = file;
  const folder = inputs.toolFolder ?? null;
  const of = folder === null ? {} : { toolFolder: folder };
  const expanded = (template: StepTemplate): readonly Step[] =>
    template.unless_workspace === inputs.workspace
      ? []
      : [
          {
            name: template.name,
            argv: [file.executable, ...template.args.flatMap((element) => expand(element, values))],
            output: template.output,
            timeoutMs,
            environment,
            mutates: template.mutates,
            ...(template.terminal ? { terminal: true } : {}),
            ...of,
          },
        ];
  const templates = templatesOf(file, verb);
  const steps = workflowSteps(file, verb, inputs.workflow ?? null);
  if (steps === null) return templates.flatMap(expanded);
  const common = { timeoutMs, environment: { ...inputs.variables, ...environment }, mutates: false };
  return steps.flatMap((step): readonly Step[] =>
    typeof step === 'string'
      ? templates.filter(({ name }) => name === step).flatMap(expanded)
      : [{ ...common, ...programOf(step), ...of }],
  );
};
