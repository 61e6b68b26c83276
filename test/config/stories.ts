import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { mergeProjects } from '../../src/config/projects.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import type { OperatorSettings, Parsed, Projects, RepositoryFile } from '../../src/config/types.ts';
import type { Project } from '../../src/domain/project.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { DeclaredRunners } from '../../src/domain/settings/declared.ts';

export const taken = <T>(parsed: Parsed<T>): T => {
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.value;
};
const mayAll =
  'repositories: [{match: a/b, may_set: [runner, with, version, var_files, backend_files, env, environment, labels, workflow, automerge, drift, requirements, who_may, bind_approvals]}]\n';
export const operatorFile = (rules = '[]', policies = '[]'): OperatorSettings =>
  taken(
    parseOperatorFile(
      `allow: [a/b]\nrules: ${rules}\npolicies: ${policies}\nworkflows: {one: {plan: [init, [lint], workspace, plan, show]}, two: {}}\n${mayAll}`,
      'operator',
    ),
  );
const file = (text: string): RepositoryFile =>
  taken(parseRepositoryFile(`version: 1\n${text}`, 'tidegate.yaml'));
export const folders = (...dirs: readonly string[]) =>
  dirs.map((dir) => ({ dir: repoPath(dir), runner: 'terraform' }));

export interface Story {
  readonly operator?: string;
  readonly policies?: string;
  readonly base?: string;
  readonly head?: string;
  readonly found?: readonly string[];
  readonly before?: readonly string[];
  readonly declared?: DeclaredRunners;
}

const noRunners: DeclaredRunners = new Map();

export const merge = ({ operator, policies, base, head, found = [], before, declared }: Story): Projects =>
  mergeProjects({
    repositoryId: 7,
    declared: declared ?? noRunners,
    repository: 'a/b',
    baseBranch: 'main',
    operator: operatorFile(operator, policies),
    base: base === undefined ? null : file(base),
    head: head === undefined ? null : file(head),
    found: folders(...found),
    ...(before === undefined ? {} : { foundInBase: folders(...before) }),
  });

export const one = (story: Story): Project => {
  const [project, ...others] = merge(story).projects;
  if (project === undefined || others.length > 0) throw new Error('not one project');
  return project;
};

/** Kinds of what is asked before an apply. */
export const asked = ({ settings }: Project): readonly string[] =>
  (settings.requirements.apply ?? []).flatMap(({ kind }) => (kind === 'environment' ? [] : [kind]));

/** Environments whose protection holds for it. */
export const environmentsAsked = ({ settings }: Project): readonly string[] =>
  (settings.requirements.apply ?? []).flatMap((one) => (one.kind === 'environment' ? [one.name] : []));

export const keysNotTaken = (story: Story) => merge(story).notTaken.flatMap(({ keys }) => keys);
