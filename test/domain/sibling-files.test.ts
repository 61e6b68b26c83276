import { describe, expect, test } from 'vitest';
import { projectKey } from '../../src/domain/project.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { siblingFiles } from '../../src/domain/sibling-files.ts';
import { sampleProject } from '../support/samples.ts';

const at = (workspace: string, varFiles: readonly string[], more: object = {}) => ({
  ...sampleProject('stack', { settings: { varFiles, ...more } }),
  key: projectKey(1, repoPath('stack'), workspace, null),
  workspace,
});
const prod = at('prod', ['prod.tfvars', 'all.tfvars']);
const others = [
  'dev.tfvars',
  'env/qa.tfvars',
  'all.tfvars',
  'terraform.tfvars',
  'x.auto.tfvars.json',
  'main.tf',
  '.terraform.lock.hcl',
  '../shared/dev.tfvars',
];
const files = (
  { project = prod, reads = [] }: { project?: typeof prod; reads?: readonly (string | null)[] } = {},
  all = [project, at('dev', others)],
) => [...siblingFiles(project, all, () => reads.map((path) => ({ subject: '', path, line: null })))].sort();

describe('files of a dir that are others of the same dir', () => {
  test('are those that only others are given, in the dir, and that the tool does not read by itself', () => {
    expect(files()).toEqual(['stack/dev.tfvars', 'stack/env/qa.tfvars']);
  });

  test('are none where nobody else is there', () => {
    expect(files({}, [prod])).toEqual([]);
  });

  test('are none where a workflow may read them, or a glob says that they count', () => {
    expect(files({ project: at('prod', [], { workflow: 'own' }) })).toEqual([]);
    expect(files({ project: { ...prod, whenModified: ['**', '*.json'] } })).toEqual([]);
  });

  test.each<readonly [read: string | null, left: readonly string[]]>([
    [null, []],
    [`\${path.module}`, []],
    [`./env/`, ['stack/dev.tfvars']],
    [`\${path.root}/dev`, ['stack/env/qa.tfvars']],
    ['templates/x', ['stack/dev.tfvars', 'stack/env/qa.tfvars']],
    ['templates/../dev.tfvars', []],
    ['env//qa.tfvars', []],
  ])('are not those that the code may read: %s', (read, left) => {
    expect(files({ reads: [read] })).toEqual(left);
  });
});
