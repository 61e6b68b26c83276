import path from 'node:path';
import type { ExitCodes } from '../domain/exit-codes.ts';
import { feedsName, planFileName, summaryName } from '../domain/plan-folder.ts';
import { UserError } from '../domain/problem.ts';
import type { RunnerSettings, SettingValue } from '../domain/settings/declared.ts';
import { isDestroying, withoutDestroying } from '../domain/tool-arguments.ts';
import { type OwnStep, type Workflow, type WorkflowStep, workflowProblem } from '../domain/workflow.ts';
import type { Step, StepInputs, StepVerb } from './port.ts';
import {
  isTelling,
  type Phase,
  type Placeholder,
  type RunnerFile,
  type StepTemplate,
  settingOf,
} from './schema.ts';

/** A runner as it was read, and what its tool is started with. */
export interface Driven {
  readonly file: RunnerFile;
  /** The program, and arguments before those of every step. */
  readonly program: readonly [string, ...string[]];
  /** Files and folders, absolute, that it is made of. */
  readonly madeOf: readonly string[];
  /** The operator's limit for one step, milliseconds. */
  readonly timeoutMs: number;
}

const valuesOf = (inputs: StepInputs): Record<Placeholder, readonly string[]> => ({
  plan_dir: [inputs.planDir],
  plan_file: [path.join(inputs.planDir, planFileName)],
  summary: [path.join(inputs.planDir, summaryName)],
  workspace: [inputs.workspace],
  var_files: inputs.varFiles,
  backend_files: inputs.backendFiles,
  extra: withoutDestroying(inputs.extra),
  state_file: one(inputs.stateFile),
  lock_id: one(inputs.lockId),
  addresses: inputs.addresses ?? [],
  import_id: one(inputs.importId),
});

const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

/** Left out, the rest of the line would mean something else. */
const isNeeded = (name: Placeholder): boolean =>
  ['state_file', 'lock_id', 'addresses', 'import_id'].includes(name);

type Values = Readonly<Record<Placeholder, readonly string[]>>;

const isPlaceholder = (name: string, values: Values): name is Placeholder => Object.hasOwn(values, name);

/** One element for each value; none where the project does not say it. */
const ofSetting = (settings: RunnerSettings, name: string): readonly string[] => {
  const value = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (value === undefined) return [];
  if (typeof value !== 'object') return [String(value)];
  return isList(value) ? value : Object.entries(value).map((pair) => pair.join('='));
};

const isList = (value: SettingValue): value is readonly string[] => Array.isArray(value);

const valuesFor = (name: string, values: Values, settings: RunnerSettings): readonly string[] => {
  const setting = settingOf(name);
  if (setting !== null) return ofSetting(settings, setting);
  if (!isPlaceholder(name, values)) throw new TypeError(`not a placeholder: ${name}`);
  if (isNeeded(name) && values[name].length === 0) throw new TypeError(`no value for {${name}}`);
  return values[name];
};

/** One element of the template becomes as many as its placeholder has values. Nothing is ever split. */
const expand = (element: string, values: Values, settings: RunnerSettings): readonly string[] => {
  const name = /\{([^{}]*)\}/.exec(element)?.[1];
  if (name === undefined) return [element];
  return valuesFor(name, values, settings).map((value) => {
    if (value === '' || value.includes('\0'))
      throw new TypeError(`{${name}} is empty or holds a NUL: the tool would see something else`);
    // Only `extra`, checked argument by argument before, may stand where the tool reads an option.
    if (element === `{${name}}` && name !== 'extra' && value.startsWith('-'))
      throw new TypeError(`{${name}} would be read as an option: ${JSON.stringify(value)}`);
    return element.replace(`{${name}}`, () => value);
  });
};

/** What people call the program. */
export const nameOf = ({ executable, program, name }: RunnerFile): string =>
  executable?.replace(/^\.\//, '') ?? program ?? name;

/** Of a verb: its phases, and their steps. */
const phasesOf = ({ phases }: RunnerFile, verb: StepVerb, destroys: boolean): readonly Phase[] => {
  switch (verb) {
    case 'plan':
      return ['prepare', 'validate', destroys ? 'destroy' : 'plan', 'show'];
    case 'preview':
      return ['prepare', 'validate', 'plan', 'show'];
    case 'drift':
      return phases.drift.length === 0 ? [] : ['prepare', 'drift'];
    case 'codify':
      return phases.codify.length === 0 ? [] : ['prepare', 'codify'];
    case 'push-state':
      return ['push_state'];
    case 'force-unlock':
      return ['force_unlock'];
    case 'state-rm':
      return ['state_rm'];
    default:
      return [verb];
  }
};

interface Template {
  readonly phase: Phase;
  readonly step: StepTemplate;
  /** The last of its phase: what comes before it only makes ready. */
  readonly last: boolean;
}

const templatesOf = (file: RunnerFile, phases: readonly Phase[]): readonly Template[] =>
  phases.flatMap((phase) =>
    file.phases[phase].map((step, index, all) => ({ phase, step, last: index === all.length - 1 })),
  );

/** All steps of a plan or an apply. A plan that destroys has steps of the same names. */
export const ownSteps = (file: RunnerFile, verb: 'plan' | 'apply'): readonly OwnStep[] =>
  templatesOf(file, phasesOf(file, verb, false)).map(({ step }) => ({
    name: step.name,
    reads: step.output === 'data',
  }));

/** The steps of a workflow for this verb; null where there are only the runner's own. */
const workflowSteps = (file: RunnerFile, verb: StepVerb, workflow: Workflow | null) => {
  // What looks after an apply of unknown outcome, or mends it, must not depend on it.
  if (workflow === null || (verb !== 'plan' && verb !== 'apply')) return null;
  const own = { plan: ownSteps(file, 'plan'), apply: ownSteps(file, 'apply') };
  const problem = workflowProblem(workflow, { name: file.name, ownSteps: own });
  if (problem !== null) throw new UserError(problem);
  return workflow[verb];
};

/** 3 and 75 are the contract's; 75 is also what `sysexits.h` calls a temporary failure. */
const failing: ExitCodes = { 3: 'blocked', 75: 'again' };
const byRead: Readonly<
  Record<RunnerFile['read'], Readonly<Record<'other' | 'show' | 'telling', ExitCodes>>>
> = {
  'terraform-json': { other: { 0: 'summary' }, show: { 0: 'summary' }, telling: { 0: 'summary' } },
  summary: {
    other: { 0: 'summary', ...failing },
    // That it printed what is there already says nothing of it.
    show: { 0: 'summary', 2: 'changes', ...failing },
    telling: { 0: 'clean', 2: 'changes', ...failing },
  },
};

/** What the exit codes of a step mean. */
export const exitCodesOf = (file: RunnerFile, phase: Phase, last: boolean): ExitCodes => {
  const standard = byRead[file.read];
  const declared = file.exit_codes[phase];
  if (!isTelling(phase)) return declared === undefined ? standard.other : { 0: 'summary', ...declared };
  if (!last) return standard.other;
  return declared ?? (phase === 'show' ? standard.show : standard.telling);
};

const programOf = (step: Exclude<WorkflowStep, string>): Pick<Step, 'name' | 'argv' | 'output' | 'gives'> => {
  if ('multienv' in step)
    return { name: 'workflow-multienv', argv: step.multienv, output: 'data', gives: 'pairs' };
  if (!('env' in step)) return { name: 'workflow', argv: step, output: 'log' };
  const value = 'value' in step ? step.value : null;
  const argv: Step['argv'] = 'program' in step ? step.program : ['env', step.env];
  return { name: 'workflow-env', argv, output: 'data', gives: { name: step.env, value } };
};

/** What is asked of a plan and cannot be done must not be left out in silence. */
const refuseUnfit = (file: RunnerFile, templates: readonly Template[], inputs: StepInputs): void => {
  const { name } = file;
  if (isDestroying(inputs.extra) && file.phases.destroy.length === 0)
    throw new UserError({
      code: 'argument-refused',
      sentence: `The runner \`${name}\` has no phase \`destroy\`: it cannot plan the end of a project.`,
      advice: 'Remove what is there with the tool itself, or ask the people who run Tidegate.',
    });
  const more = withoutDestroying(inputs.extra);
  const isTaken = templates.some(({ step }) => step.args.some((one) => one.includes('{extra}')));
  if (more.length > 0 && !isTaken)
    throw new UserError({
      code: 'argument-refused',
      sentence: `The runner \`${name}\` takes no arguments after \`--\`.`,
      advice: 'Comment it without them.',
    });
};

/**
 * The invocations of a verb, with what a workflow puts in between.
 * Throws a TypeError on a value that the tool could take for an option, and for a preview that the runner cannot make: neither
 * should ever have come this far.
 * Throws UserError `workflow-unfit`, and `argument-refused` for a plan that is asked for what its runner cannot do.
 */
export const expandSteps = (runner: Driven, verb: StepVerb, inputs: StepInputs): readonly Step[] => {
  const { file, program, madeOf, timeoutMs } = runner;
  const values = valuesOf(inputs);
  const { environment } = file;
  const folder = inputs.toolFolder ?? null;
  const of = folder === null ? {} : { toolFolder: folder };
  const told = (phase: Phase): Step['environment'] =>
    file.read !== 'summary'
      ? environment
      : {
          ...environment,
          ...inputs.about,
          ...(verb === 'preview' ? { TIDEGATE_TRUSTED: 'no' } : {}),
          TIDEGATE_PHASE: phase,
          TIDEGATE_PLAN_DIR: inputs.planDir,
          TIDEGATE_SUMMARY: path.join(inputs.planDir, summaryName),
          ...(inputs.isFed === true ? { TIDEGATE_FEEDS: path.join(inputs.planDir, feedsName) } : {}),
        };
  if (verb === 'preview' && file.untrusted !== 'preview')
    throw new TypeError(`the runner ${file.name} runs nothing that nobody trusts`);
  const phases = phasesOf(file, verb, isDestroying(inputs.extra));
  const templates = templatesOf(file, phases);
  if (verb === 'plan') refuseUnfit(file, templates, inputs);
  const isPlain = program.length === 1 && program[0] === nameOf(file);
  const expanded = ({ phase, step, last }: Template): readonly Step[] => {
    if (step.unless_workspace === inputs.workspace) return [];
    const args = step.args.flatMap((element) => expand(element, values, inputs.with ?? {}));
    return [
      {
        name: step.name,
        argv: [...program, ...args],
        ...(isPlain ? {} : { command: [nameOf(file), ...args.slice(0, 1)].join(' ') }),
        output: step.output,
        timeoutMs: Math.min(timeoutMs, file.timeouts[phase] ?? timeoutMs),
        environment: told(phase),
        mutates: step.mutates,
        exitCodes: exitCodesOf(file, phase, last),
        ...(last && isTelling(phase) ? { speaks: true } : {}),
        ...(madeOf.length === 0 ? {} : { madeOf }),
        ...(step.terminal ? { terminal: true } : {}),
        ...(step.once_written === undefined ? {} : { onceWritten: path.join(inputs.planDir, planFileName) }),
        ...of,
      },
    ];
  };
  const steps = workflowSteps(file, verb, inputs.workflow ?? null);
  if (steps === null) return templates.flatMap(expanded);
  const common = { timeoutMs, environment: { ...inputs.variables, ...environment }, mutates: false };
  return steps.flatMap((step): readonly Step[] =>
    typeof step === 'string'
      ? templates.filter((one) => one.step.name === step).flatMap(expanded)
      : [{ ...common, ...programOf(step), ...of }],
  );
};
