import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../../src/config/operator-file.ts';
import { changeMatcher } from '../../../src/config/projects.ts';
import { taken } from '../stories.ts';
import { projectsOf } from './read.ts';

const text = (projects: string) => `version: 3\nprojects:\n${projects}`;

/** Habits of Atlantis that are easy to forget; `../../threats.md` has all of them. */
describe('what repositories of Atlantis rely on', () => {
  it('`env/WORKSPACE.tfvars` is handed over where it is there, behind what is named', () => {
    const projects = projectsOf(
      `${text('  - {dir: a, workspace: prod, workflow: w}\n  - {dir: a, workspace: dev}\n')}autodiscover: {mode: enabled}\nworkflows: {w: {plan: {steps: [init, {plan: {extra_args: [-var-file=common.tfvars]}}]}}}`,
      {
        found: ['a', 'b', 'c'],
        files: ['a/env/prod.tfvars', 'a/env/default.tfvars', 'b/env/default.tfvars'],
      },
    );
    const varFiles = Object.fromEntries(
      Object.entries(projects).map(([name, { settings }]) => [name, settings.varFiles]),
    );
    expect(varFiles).toEqual({
      'a/prod': ['common.tfvars', 'env/prod.tfvars'],
      'a/dev': [],
      b: ['env/default.tfvars'],
      c: [],
    });
  });

  it('`when_modified` is relative to the project, `!` too, and a folder stands for what is in it', () => {
    const { a } = projectsOf(
      text('  - {dir: a, name: a, autoplan: {when_modified: ["../shared", "!../shared/docs/*", "../x-*"]}}'),
      { found: ['a'] },
    );
    const watches = a === undefined ? () => null : changeMatcher(a);
    expect(watches('shared/main.tf')).toBe(true);
    expect(watches('shared/deep/main.tf')).toBe(true);
    expect(watches('shared/docs/page.md')).toBe(false);
    expect(watches('docs/page.md')).toBe(false);
    expect(watches('x-1')).toBe(true);
    expect(watches('x-1/main.tf')).toBe(true);
  });

  it.each([
    ['**.tf', ['**/*.tf']],
    ['../mod**', ['../mod*', '../mod*/**']],
    ['*', ['**']],
    ['a/**/b/**/c/**/d.tf', ['a/**']],
    ['.terraform.lock.hcl', ['.terraform.lock.hcl']],
    ['../v1.2/', ['../v1.2/**']],
    ['/etc/x.tf', undefined],
    ['../../out.tf', undefined],
    ['a\\*b.tf', ['**']],
  ])('a pattern with no glob of ours plans more, never less: %s', (pattern, globs) => {
    const { p } = projectsOf(
      text(`  - {dir: d, name: p, autoplan: {when_modified: [${JSON.stringify(pattern)}]}}`),
      {
        found: ['d'],
      },
    );
    expect(p?.whenModified).toEqual(globs ?? ['**']);
  });

  it('one dir and workspace may be several projects by name, each with a lock of its own', () => {
    const projects = projectsOf(text('  - {dir: a, name: one}\n  - {dir: a, name: two}'), { found: ['a'] });
    expect(Object.values(projects).map(({ key }) => key)).toEqual(['7:a:default:one', '7:a:default:two']);
  });

  it('several servers may share a repository, each with a file and a word of its own', () => {
    const { atlantisFile, prefixes } = taken(
      parseOperatorFile(
        'allow: [acme/*]\nprefixes: [atlantis-prod]\natlantis: [{match: acme/*}, {match: acme/shared, file: atlantis/prod.yaml}]',
        'operator.yaml',
      ),
    );
    expect(prefixes).toEqual(['atlantis-prod']);
    expect(atlantisFile('acme/infra')).toBe('atlantis.yaml');
    expect(atlantisFile('acme/shared')).toBe('atlantis/prod.yaml');
    expect(atlantisFile('other/infra')).toBeNull();
  });
});
