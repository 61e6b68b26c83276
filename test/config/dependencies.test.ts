import { describe, expect, it } from 'vitest';
import { changeMatcher } from '../../src/config/projects.ts';
import { keysNotTaken, merge, one, type Story } from './stories.ts';

describe('dependencies and watched files', () => {
  const needs = (story: Story) =>
    Object.fromEntries(
      merge(story).projects.map(({ name, dependsOn }) => [name, dependsOn.map((need) => need.name)]),
    );

  it('add up, follow a rename, and let go of what is gone', () => {
    const base = 'projects: [{name: a, dir: a, depends_on: [b]}, {name: b, dir: b}, {name: c, dir: c}]';
    expect(
      needs({
        base,
        head: 'projects: [{name: a, dir: a, depends_on: [c]}, {name: b, dir: b}, {name: c, dir: c}]',
      }),
    ).toEqual({
      a: ['b', 'c'],
      b: [],
      c: [],
    });
    expect(needs({ base, head: 'projects: [{name: a, dir: a}, {name: bee, dir: b}]' })).toEqual({
      a: ['bee'],
      bee: [],
    });
    expect(needs({ base, head: 'projects: [{name: a, dir: a}]' })).toEqual({ a: [] });
    expect(keysNotTaken({ base, head: 'projects: [{name: a, dir: a}, {name: b, dir: b}]' })).toEqual([
      'depends_on',
    ]);
  });

  it('never close a circle', () => {
    const story = {
      base: 'projects: [{name: a, dir: a, depends_on: [b]}, {name: b, dir: b}]',
      head: 'projects: [{name: a, dir: a}, {name: b, dir: b, depends_on: [a]}]',
    };
    expect(needs(story)).toEqual({ a: ['b'], b: [] });
    expect(keysNotTaken(story)).toEqual(['depends_on', 'depends_on']);
  });

  it('let the head say which files plan a project', () => {
    const base = 'projects: [{name: a, dir: a, when_modified: ["*.tf"]}]';
    expect(one({ base, head: base.replace('*.tf', '*.md') }).whenModified).toEqual(['*.md']);
    expect(one({ base, head: 'projects: [{name: a, dir: a}]' }).whenModified).toEqual(['**']);
    expect(keysNotTaken({ base, head: base.replace('*.tf', '*.md') })).toEqual([]);
  });

  const matcher = (keys: string, dir = 'live/a') =>
    changeMatcher(
      one({
        base: `projects: [{name: a, dir: ${dir}, ${keys}}]`,
        head: `projects: [{name: a, dir: ${dir}, ${keys}}]`,
      }),
    );

  it('match any file of the dir by default, and the files of its settings', () => {
    const watches = matcher('var_files: [../common.tfvars]');
    for (const path of [
      'live/a/main.tf',
      'live/a/x/y.json',
      'live/a/.terraform.lock.hcl',
      'live/common.tfvars',
    ]) {
      expect(watches(path), path).toBe(true);
    }
    for (const path of ['live/ab/main.tf', 'live/main.tf', 'main.tf', 'other/live/a/main.tf', 'live/a']) {
      expect(watches(path), path).toBe(false);
    }
    expect(matcher('', '.')('anything/at/all')).toBe(true);
  });

  it('match globs from the dir, from above it, and let the last one decide', () => {
    const watches = matcher(
      'when_modified: ["*.tf", "../../modules/**", "../b/*.tf", "!../../modules/**/*.md", "../../modules/KEEP.md"]',
    );
    for (const path of ['live/a/main.tf', 'modules/vpc/main.tf', 'live/b/x.tf', 'modules/KEEP.md']) {
      expect(watches(path), path).toBe(true);
    }
    for (const path of [
      'live/a/x/main.tf',
      'live/a/x.md',
      'modules/README.md',
      'modules/a/b.md',
      'live/c/x.tf',
      'main.tf',
    ]) {
      expect(watches(path), path).toBe(false);
    }
  });

  it('take a folder name with glob characters as it is', () => {
    const watches = matcher('when_modified: ["*.tf"]', '"live/[a]"');
    expect(watches('live/[a]/x.tf')).toBe(true);
    expect(watches('live/a/x.tf')).toBe(false);
  });

  it('plan rather than not where a path is too long to be matched', () => {
    expect(matcher('when_modified: ["*.tf"]')(`x/${'a'.repeat(300)}`)).toBe(true);
    expect(matcher('when_modified: ["*.tf"]')('a/'.repeat(600))).toBe(true);
  });
});
