import { sha } from '../../src/domain/ids.ts';
import { type Dependency, type Project, type ProjectSettings, projectKey } from '../../src/domain/project.ts';
import type { Actor, Merged, Pull } from '../../src/domain/pull.ts';
import { repoPath } from '../../src/domain/repo-path.ts';

/** Small builders for domain values; what a test is about is given, the rest is ordinary. */

export const commit = (digit: string) => sha(digit.repeat(40).slice(0, 40));

export const person = (id: number, login: string, kind: Actor['kind'] = 'user'): Actor => ({
  id,
  login,
  kind,
});

/** On projects of these names, by a name alone. */
export const needs = (...names: readonly string[]): readonly Dependency[] =>
  names.map((name) => ({ name, outputs: null }));

export const sampleProject = (
  dir: string,
  more: Partial<Omit<Project, 'settings'>> & { readonly settings?: Partial<ProjectSettings> } = {},
): Project => {
  const name = more.name ?? dir;
  const workspace = more.workspace ?? 'default';
  const folder = repoPath(dir);
  return {
    key: projectKey(1, folder, workspace, name),
    whenModified: [],
    dependsOn: [],
    ...more,
    name,
    dir: folder,
    workspace,
    settings: {
      runner: 'terraform',
      version: null,
      varFiles: [],
      backendFiles: [],
      env: {},
      workflow: null,
      environment: null,
      labels: [],
      automerge: null,
      requirements: {},
      who: {},
      apply: { kind: 'command' },
      bindApprovals: 'plan',
      policies: [],
      reads: [],
      with: {},
      withPaths: [],
      feeds: [],
      ...more.settings,
    },
  };
};

/** By somebody, at some moment. */
export const merged = (more: Partial<Merged> = {}): Merged => ({
  commit: commit('e'),
  by: person(10, 'ada'),
  at: 1_000,
  ...more,
});

export const samplePull = (more: Partial<Pull> = {}): Pull => ({
  ref: { repo: { id: 1, owner: 'acme', name: 'infrastructure', installationId: 7 }, number: 3 },
  title: 'Add a subnet',
  url: 'https://github.example/acme/infrastructure/pull/3',
  state: 'open',
  merged: null,
  draft: false,
  author: person(10, 'ada'),
  head: { sha: commit('a'), ref: 'subnet', repoId: 1 },
  base: { sha: commit('b'), ref: 'main', isDefault: true },
  ...more,
});
