import type { Step, StepInputs } from './port.ts';
import type { Placeholder, RunnerFile, StepTemplate } from './schema.ts';

const valuesOf = (inputs: StepInputs): Record<Placeholder, readonly string[]> => ({
  plan_file: [inputs.planFile],
  workspace: [inputs.workspace],
  var_files: inputs.varFiles,
  backend_files: inputs.backendFiles,
  extra: inputs.extra,
  state_file: one(inputs.stateFile),
  lock_id: one(inputs.lockId),
});

const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

/** Left out, the rest of the line would mean something else. */
const isNeeded = (name: Placeholder): boolean => name === 'state_file' || name === 'lock_id';

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

/**
 * The invocations of a verb. `timeoutMs` is the limit of each.
 * Throws a TypeError on a value that the tool could take for an option: it should never have come this far.
 */
export const expandSteps = (
  file: RunnerFile,
  templates: readonly StepTemplate[],
  inputs: StepInputs,
  timeoutMs: number,
): readonly Step[] => {
  const values = valuesOf(inputs);
  return templates
    .filter((template) => template.unless_workspace !== inputs.workspace)
    .map((template) => ({
      name: template.name,
      argv: [file.executable, ...template.args.flatMap((element) => expand(element, values))],
      output: template.output,
      timeoutMs,
      environment: file.environment,
      mutates: template.mutates,
      ...(template.terminal ? { terminal: true } : {}),
    }));
};
