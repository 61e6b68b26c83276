import { stringify } from 'yaml';
import { explainIssues } from '../explain.ts';
import { asYamlText, type Finding, readPlainYaml } from '../yaml.ts';
import { repositoryGlobs } from './expressions.ts';
import { createLeft } from './left.ts';
import { leftAsFindings } from './read.ts';
import { requirementsOf } from './requirements.ts';
import { atlantisServerSchema } from './server-schema.ts';
import { hasPrograms, type Line, stepsOf } from './steps.ts';
import type { AtlantisWorkflow } from './steps-schema.ts';

const program = ({ text, through }: Line): unknown => (through === null ? { sh: text } : [...through, text]);

const verb = (workflow: AtlantisWorkflow, stage: 'plan' | 'apply'): unknown[] | undefined | null => {
  const steps = stepsOf(workflow, stage);
  if (steps === null) return undefined;
  const ours = steps.flatMap((step): unknown[] => {
    if (step.kind === 'run') return [program(step.line)];
    if (step.kind === 'multienv') return [{ multienv: program(step.line) }];
    if (step.kind === 'own') return step.name === 'plan' || step.name === 'init' ? [step.name] : [];
    if (step.kind !== 'env') return [];
    if ('value' in step) return [{ env: { name: step.name, value: step.value } }];
    const { text, through } = step.line;
    const by = through === null ? { sh: text } : { command: [...through, text] };
    return [{ env: { name: step.name, ...by } }];
  });
  const named = steps.flatMap((step) => (step.kind === 'own' ? [step.name] : []));
  if (!named.includes(stage)) return null;
  if (stage === 'plan') {
    const whole = ours.includes('init') ? ours : ['init', ...ours];
    return [...whole.flatMap((step) => (step === 'init' ? ['init', 'workspace'] : [step])), 'show'];
  }
  // What stands behind the apply has no place: nothing runs after it.
  const before = steps.findIndex((step) => step.kind === 'own' && step.name === 'apply');
  return ['init', 'workspace', ...ours.filter((step) => step !== 'init').slice(0, before), 'show', 'apply'];
};

/** Workflows that run programs, as the operator file has them. Null in the place of a verb that is all the repository's own. */
const operatorWorkflows = (
  workflows: Readonly<Record<string, AtlantisWorkflow>>,
): { readonly workflows: Record<string, unknown>; readonly unfit: readonly string[] } => {
  const all: Record<string, unknown> = {};
  const unfit: string[] = [];
  for (const [name, workflow] of Object.entries(workflows)) {
    if (!hasPrograms(workflow)) continue;
    const [plan, apply] = [verb(workflow, 'plan'), verb(workflow, 'apply')];
    if (plan === null || apply === null) unfit.push(name);
    all[name] = { ...(plan ? { plan } : {}), ...(apply ? { apply } : {}) };
  }
  return { workflows: all, unfit };
};

/** The server-side repo config as a part of the operator file, and what is left of it. */
export const importServer = (
  text: string,
):
  | { readonly part: Readonly<Record<string, unknown>>; readonly left: readonly Finding[] }
  | { readonly findings: readonly Finding[] } => {
  const yaml = readPlainYaml(text, 'written out');
  if ('findings' in yaml) return yaml;
  const source = asYamlText(yaml);
  const checked = atlantisServerSchema.safeParse(yaml.value);
  if (!checked.success) return { findings: explainIssues(checked.error.issues, source) };
  const { all, name } = createLeft();
  const { repos = [], workflows = {}, ...others } = checked.data;
  const rules = repos.flatMap((repo, index) => {
    const path = ['repos', index];
    const repositories = repositoryGlobs(repo.id);
    if (repositories === null) {
      name(
        [...path, 'id'],
        'This entry is left out: no globs say which repositories it is for.',
        'Write a rule by hand.',
      );
      return [];
    }
    const taken = [
      'id',
      'workflow',
      'plan_requirements',
      'apply_requirements',
      'import_requirements',
      'policy_check',
    ];
    for (const key of Object.keys(repo))
      if (!taken.includes(key))
        name(
          [...path, key],
          `\`${key}\` is left out.`,
          'The table of "Coming from Atlantis" says what to do instead.',
        );
    const requirements = requirementsOf(repo, path, name);
    const workflow = repo.workflow === 'default' ? undefined : repo.workflow;
    if (requirements === undefined && workflow === undefined) return [];
    return [
      {
        match: '**',
        repositories,
        ...(workflow === undefined ? {} : { workflow }),
        ...(requirements === undefined ? {} : { requirements }),
      },
    ];
  });
  const made = operatorWorkflows(workflows);
  for (const one of made.unfit)
    name(
      ['workflows', one],
      'It has a plan or an apply of its own, which no workflow has here.',
      'See `runners/README.md`.',
    );
  for (const key of Object.keys(others))
    name([key], `\`${key}\` is left out.`, 'The table of "Coming from Atlantis" says what to do instead.');
  return {
    part: {
      ...(Object.keys(made.workflows).length === 0 ? {} : { workflows: made.workflows }),
      ...(rules.length === 0 ? {} : { rules }),
    },
    left: leftAsFindings(all, source),
  };
};

export const asYaml = (value: unknown): string => stringify(value, { aliasDuplicateObjects: false });
