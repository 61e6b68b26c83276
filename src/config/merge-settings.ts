import { ownValue } from '../domain/own-value.ts';
import type { ProjectSettings } from '../domain/project.ts';
import { actions } from '../domain/rules/requirement.ts';
import { driftOf } from './drift.ts';
import type { ListedProject } from './listed-projects.ts';
import { askedBy, canonical, meaningOf, suspensionMeans } from './merge-rules.ts';
import type { RuleSettings } from './rules.ts';
import type { GivenSettings, GivingWorkflow, OperatorSettings } from './types.ts';

/** What files of a repository say of a project. Which policies are for it, and what it may read, they do not. */
export type FileSettings = Omit<
  ProjectSettings,
  'policies' | 'reads' | 'workflow' | 'with' | 'withPaths' | 'feeds'
> & {
  readonly workflow: GivingWorkflow | null;
  readonly with: GivenSettings;
};

/** Names that there are not were refused before, with their line. */
const workflowNamed = (
  name: string | undefined,
  workflows: OperatorSettings['workflows'],
): FileSettings['workflow'] => {
  if (name === undefined) return null;
  const found = workflows.get(name);
  if (found === undefined) throw new Error(`there is no workflow ${name}`);
  const { source: _, ...workflow } = found;
  return workflow;
};

/** Puts sources over each other, weakest first: the last value wins; variables, labels, requirements and lists of people add up. */
export const mergeSettings = (
  runner: string,
  sources: readonly RuleSettings[],
  workflows: OperatorSettings['workflows'],
): FileSettings => {
  const drift = driftOf(sources);
  const last = <Key extends keyof RuleSettings>(key: Key): RuleSettings[Key] | undefined =>
    sources.findLast((source) => source[key] !== undefined)?.[key];
  return {
    runner: last('runner') ?? runner,
    version: last('version') ?? null,
    varFiles: last('varFiles') ?? [],
    backendFiles: last('backendFiles') ?? [],
    workflow: workflowNamed(last('workflow'), workflows),
    environment: last('environment') ?? null,
    labels: [...new Set(sources.flatMap(({ labels = [] }) => labels))].sort(),
    apply: last('apply') ?? { kind: 'command' },
    automerge: last('automerge') ?? null,
    env: Object.assign({}, ...sources.map(({ env }) => env)),
    with: Object.assign({}, ...sources.map((source) => source.with)),
    ...(drift === null ? {} : { drift }),
    ...(last('converge') === false ? { converge: false } : {}),
    ...askedBy(sources),
  };
};

/** Settings of one project, with what its workflow gives to it. */
export const withWorkflow = (
  { workflow, ...settings }: Omit<FileSettings, 'with'>,
  { name, dir, workspace }: Pick<ListedProject, 'name' | 'dir' | 'workspace'>,
): Omit<ProjectSettings, 'policies' | 'reads' | 'with' | 'withPaths' | 'feeds'> => {
  if (workflow === null) return { ...settings, workflow };
  const { gives, ...steps } = workflow;
  const known: Readonly<Record<string, string>> = { workspace, project: name, dir };
  const written = (text: string): string =>
    text.replace(/\{(workspace|project|dir)\}/g, (whole, key: string) => ownValue(known, key) ?? whole);
  // The last one wins: one that is named behind it as well is not needed twice.
  const before = (given: readonly string[], own: readonly string[]): readonly string[] => [
    ...given.map(written).filter((file) => !own.includes(file)),
    ...own,
  ];
  const env = Object.entries(gives.env).map(([key, value]) => [key, written(value)]);
  return {
    ...settings,
    workflow: steps,
    varFiles: before(gives.varFiles, settings.varFiles),
    backendFiles: before(gives.backendFiles, settings.backendFiles),
    env: { ...Object.fromEntries(env), ...settings.env },
  };
};

/** Our names of settings -> the keys of the files. */
export const settingKeys = {
  runner: 'runner',
  version: 'version',
  varFiles: 'var_files',
  backendFiles: 'backend_files',
  env: 'env',
  environment: 'environment',
  labels: 'labels',
  workflow: 'workflow',
  apply: 'apply',
  automerge: 'automerge',
  with: 'with',
  drift: 'drift',
  converge: 'converge',
  requirements: 'requirements',
  who: 'who_may',
  bindApprovals: 'bind_approvals',
  suspended: 'suspend',
} as const satisfies Record<keyof FileSettings, string>;

const comparable = (settings: FileSettings, key: keyof FileSettings): string => {
  // Nor here where it is written.
  if (key === 'with')
    return canonical(
      Object.fromEntries(Object.entries(settings.with).map(([name, { value }]) => [name, value])),
    );
  if (key === 'suspended') return canonical((settings.suspended ?? []).map(suspensionMeans));
  if (key !== 'requirements') return canonical(settings[key] ?? null);
  // Not where it is written: a line above it changes that.
  // Nor what follows from the label, which is a key of its own.
  const written = (action: (typeof actions)[number]) =>
    (settings.requirements[action] ?? []).filter(({ kind }) => kind !== 'environment');
  return canonical(actions.map((action) => written(action).map(meaningOf)));
};

/** The settings in which two differ. */
export const differingSettings = (a: FileSettings, b: FileSettings): readonly (keyof FileSettings)[] =>
  (Object.keys(settingKeys) as (keyof FileSettings)[]).filter(
    (key) => comparable(a, key) !== comparable(b, key),
  );
