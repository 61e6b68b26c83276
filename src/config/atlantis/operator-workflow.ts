import { quoted } from '../../domain/quote.ts';
import { workflowName } from '../schema-parts.ts';
import type { Path } from '../yaml.ts';
import type { Leave } from './left.ts';
import { argumentsIn, type Line, type ReadStep, stepsOf } from './steps.ts';
import type { AtlantisWorkflow } from './steps-schema.ts';
import { untoldIn } from './workflow-lines.ts';

interface Leaves {
  readonly name: Leave;
  readonly refuse: Leave;
}

/** What Atlantis puts into arguments -> what stands for it in the files and variables of a workflow of ours. */
const placeholders = { WORKSPACE: '{workspace}', PROJECT_NAME: '{project}', REPO_REL_DIR: '{dir}' };

const program = ({ text, through }: Line): unknown => (through === null ? { sh: text } : [...through, text]);

const lineIn = (step: ReadStep): Line | null => ('line' in step ? step.line : null);

/** Null for a step that is none of ours; its own are the runner's. */
const stepOf = (step: ReadStep): unknown => {
  if (step.kind === 'own') return step.name;
  if (step.kind === 'run') return program(step.line);
  if (step.kind === 'multienv') return { multienv: program(step.line) };
  const { name } = step;
  if ('value' in step) return { env: { name, value: step.value } };
  const { text, through } = step.line;
  return {
    env: { name, ...(through === null ? { sh: text } : { command: [...through, text] }) },
  };
};

const isOwn = (step: ReadStep, name: string): boolean => step.kind === 'own' && step.name === name;

/** Steps of one verb, which has its own among them, with those of the runner around. */
const verbOf = (
  steps: readonly ReadStep[],
  stage: 'plan' | 'apply',
  path: Path,
  { name, refuse }: Leaves,
): readonly unknown[] => {
  const last = steps.findIndex((step) => isOwn(step, stage));
  // Of an apply nothing stands behind it; of a plan the plan is read last.
  const kept = steps.filter((step, index) => {
    const at = [...path, index];
    const line = lineIn(step);
    const unknown = line === null ? null : untoldIn(line);
    if (stage === 'apply' && index > last) {
      name(
        at,
        'This step behind the apply is left out.',
        'Nothing runs after an apply; what it leads to is in the comment, the pages and the metrics.',
      );
      return false;
    }
    if (unknown !== null)
      refuse(
        at,
        `The line uses ${quoted(unknown)}, which would be empty here.`,
        'Lines are told `WORKSPACE`, `PROJECT_NAME`, `REPO_REL_DIR`, `DIR`, `PLANFILE`, `PULL_NUM` and `HEAD_COMMIT`.',
      );
    if ('filtered' in step && step.filtered)
      name(
        at,
        '`output` and `filter_regex` are left out.',
        'What a step prints is in the log, masked, and in the comment only where it fails.',
      );
    if (step.kind !== 'own' || step.name === stage || step.name === 'init') return true;
    name(
      at,
      `The step ${quoted(step.name)} is left out: it is no part of ${stage === 'plan' ? 'a plan' : 'an apply'} here.`,
    );
    return false;
  });
  const others = kept.filter((step) => !isOwn(step, 'init'));
  if (stage === 'apply') {
    const before = others.filter((step) => step.kind !== 'own');
    return ['init', 'workspace', ...before.map(stepOf), 'show', 'apply'];
  }
  const whole = kept.some((step) => isOwn(step, 'init')) ? kept.map(stepOf) : ['init', ...others.map(stepOf)];
  return [...whole.flatMap((step) => (step === 'init' ? ['init', 'workspace'] : [step])), 'show'];
};

const isNothing = (value: object): boolean => Object.keys(value).length === 0;

const ownAdvice =
  'Steps of a workflow stand between those of the tool, which all stay. A tool that is called in another way is a runner of its own: `runners/README.md`.';

/** A workflow of Atlantis as one of the operator file; null where nothing stands for it, which is refused then. */
export const operatorWorkflow = (
  called: string,
  workflow: AtlantisWorkflow,
  path: Path,
  leaves: Leaves,
): Readonly<Record<string, unknown>> | null => {
  if (!workflowName.test(called)) {
    leaves.refuse(
      path,
      `The workflow ${quoted(called)} has a name that no workflow can have here.`,
      'Call it by small letters, digits, `-` and `_`, here and in the files of repositories.',
    );
    return null;
  }
  // Its arguments are those of the policies then.
  const isConftest = stepsOf(workflow, 'policy_check')?.every(({ kind }) => kind === 'own') === true;
  const name: Leave = (at, sentence, advice) => {
    if (at.at(-1) !== 'policy_check' || !isConftest) leaves.name(at, sentence, advice);
  };
  const { varFiles, backendFiles, env } = argumentsIn(workflow, placeholders, { path, ...leaves, name });
  const made: Record<string, unknown> = {};
  for (const stage of ['plan', 'apply'] as const) {
    const steps = stepsOf(workflow, stage);
    // What is just the steps of Atlantis is just the steps of the runner.
    if (steps === null) continue;
    if (!steps.some((step) => isOwn(step, stage))) {
      leaves.refuse(
        [...path, stage],
        `The workflow ${quoted(called)} has no step \`${stage}\` in its \`${stage}\`: it calls the tool by a line of its own.`,
        ownAdvice,
      );
      return null;
    }
    if (steps.every(({ kind }) => kind === 'own')) continue;
    made[stage] = verbOf(steps, stage, [...path, stage, 'steps'], leaves);
  }
  return {
    ...(varFiles.length === 0 ? {} : { var_files: varFiles }),
    ...(backendFiles.length === 0 ? {} : { backend_files: backendFiles }),
    ...(isNothing(env) ? {} : { env }),
    ...made,
  };
};
