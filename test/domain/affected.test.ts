import { describe, expect, it } from 'vitest';
import { type AffectedInput, affectedProjects } from '../../src/domain/affected.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { sampleProject } from '../support/samples.ts';

const network = sampleProject('network');
const database = sampleProject('database', { settings: { varFiles: ['../vars/prod.tfvars'] } });
const projects = [network, database];

const names = (changed: readonly string[], more: Partial<AffectedInput> = {}) =>
  affectedProjects({
    projects,
    changed,
    modulesOf: () => [],
    watches: () => false,
    siblings: () => new Set(),
    known: new Set(projects.map((project) => project.key)),
    kept: new Set(),
    told: new Set(),
    ...more,
  }).affected.map((project) => project.name);

describe('which projects a pull request affects', () => {
  it('those whose files changed', () => {
    expect(names(['network/main.tf'])).toEqual(['network']);
    expect(names(['network-old/main.tf', 'README.md'])).toEqual([]);
  });

  it('those whose local modules changed', () => {
    const modulesOf = () => [repoPath('modules/label')];
    expect(names(['modules/label/main.tf'], { modulesOf })).toEqual(['network', 'database']);
  });

  it('those whose var files or watched paths changed, wherever they are', () => {
    expect(names(['vars/prod.tfvars'])).toEqual(['database']);
    expect(names(['policies/a.json'], { watches: (project) => project === network })).toEqual(['network']);
  });

  it('those whose runner is told something else', () => {
    expect(names([], { told: new Set([network.key]) })).toEqual(['network']);
  });

  it('those that are new in this pull request', () => {
    expect(names([], { known: new Set([network.key]) })).toEqual(['database']);
  });

  it('those that this pull request applied, even when the change is taken back', () => {
    expect(names([], { kept: new Set([database.key]) })).toEqual(['database']);
  });

  it('says of each of the others why not', () => {
    const { skipped } = affectedProjects({
      projects,
      changed: ['network/main.tf'],
      modulesOf: () => [],
      watches: () => false,
      siblings: () => new Set(),
      known: new Set(projects.map((project) => project.key)),
      kept: new Set(),
      told: new Set(),
    });
    expect(skipped).toEqual([
      {
        name: 'database',
        dir: 'database',
        workspace: 'default',
        reason: 'none of its files, modules or watched paths changed',
        removed: false,
      },
    ]);
  });
});
