import { stringify } from 'yaml';
import { quoted } from '../../domain/quote.ts';
import { explainIssues } from '../explain.ts';
import { asYamlText, type Finding, type Path, readPlainYaml, type YamlText } from '../yaml.ts';
import type { PlaceTree } from '../yaml-places.ts';
import { createLeft, type Leave, type Left } from './left.ts';
import { operatorPolicies } from './operator-policies.ts';
import { operatorRepositories } from './operator-repositories.ts';
import { operatorRules, type Placed, placeRepositories } from './operator-rules.ts';
import { operatorWorkflow } from './operator-workflow.ts';
import { type LeftFindings, leftAsFindings } from './read.ts';
import { atlantisServerSchema, type RawAtlantisServer } from './server-schema.ts';
import type { AtlantisWorkflow } from './steps-schema.ts';

/** A part of the operator file as a value, and where what it is made of stands. */
export interface OperatorPart {
  readonly value: Readonly<Record<string, unknown>>;
  readonly places: PlaceTree;
}

const leaf = (place: PlaceTree['place']): PlaceTree => ({ place, below: null });

/** One place of the source for each entry of a list or mapping. */
const placed = (
  source: YamlText,
  keys: Readonly<Record<string, readonly (readonly [key: string, from: Path])[]>>,
): PlaceTree => {
  const start = { line: 1, column: 1 };
  return {
    place: start,
    below: Object.entries(keys).map(([key, entries]) => [
      key,
      start,
      {
        place: start,
        below: entries.map(([name, from]) => [name, source.place(from), leaf(source.place(from))]),
      },
    ]),
  };
};

interface Leaves {
  readonly name: Leave;
  readonly refuse: Leave;
}

/**
 * Workflows for the operator file. One that has no counterpart is left out: who names it in a file of a repository is refused there,
 * and in `repos` here.
 */
const readWorkflows = (
  workflows: Readonly<Record<string, AtlantisWorkflow>>,
  isNamed: (called: string) => boolean,
): { readonly made: Readonly<Record<string, unknown>>; readonly left: readonly Left[] } => {
  const made: Record<string, unknown> = {};
  const left = Object.entries(workflows).flatMap(([called, workflow]) => {
    const path = ['workflows', called];
    const { all, ...leaves } = createLeft();
    const read = operatorWorkflow(called, workflow, path, leaves);
    if (read === null || all.some(({ blocks }) => blocks)) {
      if (!isNamed(called))
        leaves.name(
          path,
          `The workflow ${quoted(called)} is left out, for what is said of it here.`,
          'A repository that chooses it is refused.',
        );
      return all.map((one) => ({ ...one, blocks: one.blocks && isNamed(called) }));
    }
    // Made anew as what it is anyway, it says nothing.
    if (called !== 'default' || Object.keys(read).length > 0) made[called] = read;
    return all;
  });
  return { made, left };
};

/** Keys of an entry that nothing stands for, and nothing depends on. */
const leftOut: readonly (readonly [key: keyof Placed['repo'], sentence: string, advice: string])[] = [
  [
    'allow_custom_workflows',
    'Programs of a repository are never run.',
    'A workflow of the same name in the operator file is, where the repository may choose it.',
  ],
  [
    'post_workflow_hooks',
    'Hooks behind a command are not run.',
    'What they tell is in the metrics, on the pages and in the block for programs at the end of the comment.',
  ],
  ['repo_locks', 'Projects are locked from their plan on.', 'A plan without changes keeps no lock.'],
  ['repo_locking', 'Projects are locked from their plan on.', 'A plan without changes keeps no lock.'],
  [
    'custom_policy_check',
    'Nothing is guessed from what a policy prints.',
    'A policy of the operator file is a condition, or a program whose exit code says whether the plan passes.',
  ],
  ['silence_pr_comments', 'There is one comment, which is edited in place and notifies nobody.', ''],
  [
    'delete_source_branch_on_merge',
    'The branch stays.',
    'GitHub deletes it: *Automatically delete head branches* in the settings of the repository.',
  ],
];

const nameRepositories = (all: readonly Placed[], { name, refuse }: Leaves): void => {
  for (const { repo, index } of all) {
    if (index === null) continue;
    const path = ['repos', index];
    for (const [key, sentence, advice] of leftOut)
      if (repo[key] !== undefined) name([...path, key], sentence, advice);
    if ((repo.pre_workflow_hooks ?? []).length > 0)
      refuse(
        [...path, 'pre_workflow_hooks'],
        'Hooks before a command are not run, and what they write or refuse would be missing.',
        'A check becomes a program of a workflow, or a check of the repository that is asked for (`requirements: [{checks: [NAME]}]`). What writes `atlantis.yaml` becomes `generate` of the operator file, with `format: atlantis`. Then take the hooks out here.',
      );
  }
};

const nameTop = (server: RawAtlantisServer, { name, refuse }: Leaves): void => {
  if (server.metrics !== undefined)
    name(['metrics'], 'Metrics are on `/metrics` of the second listener, for Prometheus.');
  if (server.external_stores !== undefined)
    name(['external_stores'], 'Plans are kept, encrypted, in the data folder.');
  if (server.team_authz !== undefined)
    refuse(
      ['team_authz'],
      'Nobody is asked who may do what.',
      'Say it with `who_may` of a rule (teams, people and permissions), and take it out here.',
    );
};

/** The one organisation that all entries are about; null where there are several. */
const organisationOf = (all: readonly Placed[]): string | null => {
  const owners = new Set(all.flatMap(({ globs }) => globs.map((glob) => glob.split('/')[0] ?? '')));
  owners.delete('*');
  const [only = '*'] = owners;
  return owners.size === 1 && !/[*?[]/.test(only) ? only : null;
};

/** The server-side repo config as a part of the operator file, and what is left of it. */
export const importServer = (
  text: string,
  /** Of GitHub, as ids of repositories begin with it. */
  host: string,
): (OperatorPart & { readonly left: LeftFindings }) | { readonly findings: readonly Finding[] } => {
  const yaml = readPlainYaml(text, 'written out');
  if ('findings' in yaml) return yaml;
  const source = asYamlText(yaml);
  const checked = atlantisServerSchema.safeParse(yaml.value);
  if (!checked.success) return { findings: explainIssues(checked.error.issues, source) };
  const { all, ...leaves } = createLeft();
  const { repos = [], workflows = {}, policies } = checked.data;
  const here = placeRepositories(repos, host, leaves);
  nameRepositories(here, leaves);
  nameTop(checked.data, leaves);
  const sets = operatorPolicies(policies ?? {}, workflows, organisationOf(here));
  // What Atlantis does for every repository without a word in `repos`.
  const always: Placed = {
    index: null,
    globs: ['*/*'],
    repo: {
      ...(Object.hasOwn(workflows, 'default') ? { workflow: 'default' } : {}),
      ...(sets.made.length === 0 ? {} : { policy_check: true }),
    },
  };
  const named = [always, ...here].flatMap(({ repo, index }) =>
    repo.workflow === undefined ? [] : [{ name: repo.workflow, index }],
  );
  const read = readWorkflows(workflows, (called) => named.some(({ name }) => name === called));
  const { made } = read;
  for (const { name, index } of named)
    if (name !== 'default' && !Object.hasOwn(workflows, name))
      leaves.refuse(['repos', index ?? 0, 'workflow'], `There is no workflow ${quoted(name)}.`, '');
  const rules = operatorRules([always, ...here], (name) => Object.hasOwn(made, name), leaves.name);
  const repositories = operatorRepositories(here, leaves);
  const files = here.flatMap(({ repo, index, globs }) =>
    repo.repo_config_file === undefined
      ? []
      : [{ index, entry: { match: globs, file: repo.repo_config_file } }],
  );
  const fromRepos = (those: readonly { readonly index: number | null }[]) =>
    those.map(({ index }, at) => [String(at), index === null ? [] : ['repos', index]] as const);
  const value = {
    workflows: made,
    policies: sets.made,
    repositories: repositories.map(({ entry }) => entry),
    atlantis: files.map(({ entry }) => entry),
    rules: rules.map(({ rule }) => rule),
  };
  return {
    value: Object.fromEntries(
      Object.entries(value).filter(([, one]) => (Array.isArray(one) ? one : Object.keys(one)).length > 0),
    ),
    places: placed(source, {
      workflows: Object.keys(made).map((name) => [name, ['workflows', name]]),
      policies: sets.made.map((_, index) => [String(index), ['policies', 'policy_sets', index]]),
      repositories: fromRepos(repositories),
      atlantis: fromRepos(files),
      rules: fromRepos(rules),
    }),
    left: leftAsFindings([...all, ...sets.left, ...read.left], source),
  };
};

/** Workflows of an `atlantis.yaml` that run programs, as the operator file would have them. Never used by themselves. */
export const importWorkflows = (workflows: Readonly<Record<string, AtlantisWorkflow>>) =>
  readWorkflows(workflows, () => false);

export const asYaml = (value: unknown): string => stringify(value, { aliasDuplicateObjects: false });
