import { describe, expect, it } from 'vitest';
import { mergeProjects } from '../../src/config/projects.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { folders, keysNotTaken, merge, operatorFile, type Story } from './stories.ts';

/** All stories are of pull requests into `main`. */
const planned = (story: Story) => merge(story).projects.map(({ name }) => name);
const elsewhere = (story: Story) => merge(story).elsewhere.map(({ name, reason }) => `${name}: ${reason}`);
const same = (text: string): Story => ({ base: text, head: text });

const project = (environment: string): string =>
  `projects: [{dir: a, environment: ${environment}}, {dir: b}]`;
const release = '{name: production, branch: "release/*"}';

describe('an environment with the branch or tag that it follows', () => {
  it('is planned by pull requests into that branch, and by no others', () => {
    const other = same(project(release));
    expect(planned(other)).toEqual(['b']);
    expect(elsewhere(other)).toEqual([
      'a: its environment `production` follows `release/*`, and this goes into `main`',
    ]);
    expect(planned(same(project('{name: production, branch: "ma*"}')))).toEqual(['a', 'b']);
    expect(planned(same(project('production')))).toEqual(['a', 'b']);
    expect(elsewhere(same(project('production')))).toEqual([]);
  });

  it('that follows tags is planned by no pull request', () => {
    expect(elsewhere(same(project('{name: production, tag: "v*", semver: "~> 1.2"}')))).toEqual([
      'a: its environment `production` follows the tags `v*` (`~> 1.2`): no pull request plans it, the issue of a tag does',
    ]);
  });

  it('comes from rules as well; what was said last counts as a whole', () => {
    const rules = `rules: [{match: a, environment: ${release}}]\n`;
    const plain = 'projects: [{dir: a}]';
    expect(planned(same(`${rules}${plain}`))).toEqual([]);
    expect(planned({ operator: `[{match: "**", environment: ${release}}]`, ...same(plain) })).toEqual([]);
    // Who says the label anew says all of it.
    expect(planned(same(`${rules}projects: [{dir: a, environment: staging}]`))).toEqual(['a']);
  });

  it('is what the base branch says: a head neither takes it away, nor moves out of it, nor into it unseen', () => {
    const base = `rules: [{match: "prod/**", environment: ${release}}]\nprojects: [{name: a, dir: prod/a}, {name: b, dir: b}]`;
    for (const head of [
      'projects: [{name: a, dir: prod/a}]',
      'projects: [{name: a, dir: prod/a, environment: production}]',
      'projects: [{name: renamed, dir: prod/a}]',
      'projects: [{name: a, dir: elsewhere}]',
      'projects: [{name: new, dir: prod/new}]',
      'projects: [{name: b, dir: prod/b}]',
    ])
      expect(planned({ base, head }), head).toEqual([]);
    // And one that only the head asks for waits for the merge.
    const asks = `projects: [{dir: a, environment: ${release}}]`;
    expect(planned({ base: 'projects: [{dir: a}]', head: asks })).toEqual(['a']);
    expect(keysNotTaken({ base: 'projects: [{dir: a}]', head: asks })).toEqual(['environment']);
    const label = 'projects: [{dir: a, environment: production}]';
    expect(keysNotTaken({ base: label, head: asks })).toEqual(['environment']);
  });

  it('leaves nobody who depends on it waiting', () => {
    const text = `projects: [{dir: a, environment: ${release}}, {dir: b, depends_on: [a]}]`;
    expect(merge(same(text)).projects.map(({ dependsOn }) => dependsOn)).toEqual([[]]);
  });

  it('is shown where nobody asks for a branch', () => {
    const read = parseRepositoryFile(`version: 1\n${project(release)}`, 'f');
    if ('problem' in read) throw new Error(read.problem.sentence);
    const { projects } = mergeProjects({
      ...{
        repositoryId: 7,
        declared: new Map(),
        repository: 'a/b',
        operator: operatorFile(),
        baseBranch: null,
      },
      ...{ base: read.value, head: read.value, found: folders() },
    });
    expect(projects.map(({ settings }) => settings.environment)).toEqual(['production', null]);
  });

  it.each([
    ['{name: production}', 'either `branch` or `tag`'],
    ['{name: production, branch: main, tag: v1}', 'either `branch` or `tag`'],
    ['{name: production, branch: main, semver: "1.0"}', 'without `semver`'],
    ['{name: production, tag: "v*", semver: latest}', 'a version or a constraint'],
    ['{branch: main}', 'environment.name` is missing'],
    ['{name: production, brunch: main}', 'branch'],
    ['[production]', 'a label such as `production`, or a mapping'],
  ])('is refused as %s', (environment, words) => {
    const read = parseRepositoryFile(`version: 1\nprojects: [{dir: a, environment: ${environment}}]`, 'f');
    expect('problem' in read ? `${read.problem.sentence} ${read.problem.advice}` : 'taken').toContain(words);
  });
});
