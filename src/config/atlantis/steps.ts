import { quoted } from '../../domain/quote.ts';
import type { Path } from '../yaml.ts';
import type { Leave } from './left.ts';
import { type AtlantisStep, type AtlantisWorkflow, builtInSteps, stages } from './steps-schema.ts';
import { type ReadArguments, readArguments } from './tool-arguments.ts';

type OwnName = (typeof builtInSteps)[number];

/** A step of Atlantis, told apart. */
export type ReadStep =
  | { readonly kind: 'own'; readonly name: OwnName; readonly args: readonly string[] }
  | { readonly kind: 'run'; readonly line: Line; readonly filtered: boolean }
  | { readonly kind: 'multienv'; readonly line: Line; readonly filtered: boolean }
  | { readonly kind: 'env'; readonly name: string; readonly value: string }
  | { readonly kind: 'env'; readonly name: string; readonly line: Line };

/** A line that somebody wrote for a shell. */
export interface Line {
  readonly text: string;
  /** Program and arguments before the line; null for `sh -c`. */
  readonly through: readonly [string, ...string[]] | null;
}

interface Shelled {
  readonly shell?: string | undefined;
  readonly shellArgs?: string | readonly string[] | undefined;
}

const lineOf = (text: string, through: Shelled): Line => {
  const { shellArgs } = through;
  if (through.shell === undefined && shellArgs === undefined) return { text, through: null };
  const args = typeof shellArgs === 'string' ? shellArgs.split(' ').filter(Boolean) : (shellArgs ?? ['-c']);
  return { text, through: [through.shell ?? 'sh', ...args] };
};

const readStep = (step: AtlantisStep): ReadStep => {
  if (typeof step === 'string') return { kind: 'own', name: step, args: [] };
  for (const name of builtInSteps) {
    const own = step[name];
    if (own !== undefined) return { kind: 'own', name, args: own.extra_args };
  }
  const { env, run, multienv } = step;
  if (env?.value !== undefined) return { kind: 'env', name: env.name, value: env.value };
  if (env !== undefined) return { kind: 'env', name: env.name, line: lineOf(env.command ?? '', env) };
  const given = run ?? multienv ?? '';
  const kind = run === undefined ? 'multienv' : 'run';
  if (typeof given === 'string') return { kind, line: lineOf(given, {}), filtered: false };
  const filtered = given.output !== undefined || given.filter_regex !== undefined;
  return { kind, line: lineOf(given.command, given), filtered };
};

/** Steps of one stage, told apart; null where it has the ones of Atlantis. */
export const stepsOf = (workflow: AtlantisWorkflow, stage: (typeof stages)[number]) =>
  workflow[stage]?.steps?.map(readStep) ?? null;

/** Does it run anything besides the tool? */
export const hasPrograms = (workflow: AtlantisWorkflow): boolean =>
  stages.some((stage) =>
    stepsOf(workflow, stage)?.some(
      (step) => step.kind === 'run' || step.kind === 'multienv' || 'line' in step,
    ),
  );

interface At {
  readonly path: Path;
  readonly name: Leave;
  readonly refuse: Leave;
}

/** What the arguments of its steps come to. */
export const argumentsIn = (
  workflow: AtlantisWorkflow,
  known: Readonly<Record<string, string>>,
  at: At,
): ReadArguments => {
  const read: ReadArguments = { varFiles: [], backendFiles: [], env: {} };
  for (const stage of ['plan', 'apply'] as const)
    for (const [index, step] of (stepsOf(workflow, stage) ?? []).entries()) {
      const path = [...at.path, stage, 'steps', index];
      if (step.kind !== 'own') continue;
      // What an apply does is in its plan: there is nothing that its arguments could add.
      const leave = stage === 'apply' ? { name: at.name, refuse: at.name } : at;
      readArguments(step.args, read, known, { ...leave, path, step: step.name });
    }
  for (const stage of ['policy_check', 'import', 'state_rm'] as const)
    if (workflow[stage]?.steps !== undefined)
      at.name(
        [...at.path, stage],
        `Steps of ${quoted(stage)} are left out.`,
        stage === 'policy_check'
          ? 'Policies are `policies` of the operator file, each a condition or a program.'
          : 'An import and a removal from the state are those of the runner.',
      );
  return read;
};

/** What of it settings of a project can say: files, variables, arguments. */
export const settingsOf = (
  workflow: AtlantisWorkflow,
  known: Readonly<Record<string, string>>,
  at: At,
): ReadArguments => {
  const read = argumentsIn(workflow, known, at);
  for (const stage of ['plan', 'apply'] as const)
    for (const step of stepsOf(workflow, stage) ?? [])
      if (step.kind === 'env' && 'value' in step) {
        // An assignment to that name sets no key.
        if (step.name === '__proto__')
          at.refuse(
            [...at.path, stage],
            `The variable ${quoted(step.name)} cannot be set.`,
            'Give it another name.',
          );
        read.env[step.name] = step.value;
      }
  return read;
};
