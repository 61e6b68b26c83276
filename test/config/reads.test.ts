import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { laidOutFor } from '../../src/config/reads.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { sampleProject } from '../support/samples.ts';
import { merge, type Story } from './stories.ts';

const readsOf = (story: Story): Readonly<Record<string, unknown>> =>
  Object.fromEntries(merge(story).projects.map(({ name, settings }) => [name, settings.reads]));

describe('what is laid out for a project', () => {
  const laid = (dir: string, ...reads: readonly (readonly string[])[]) => {
    const keeps = laidOutFor({ ...sampleProject('a', { settings: { reads } }), dir: repoPath(dir) });
    const paths = [
      'live/app/x',
      'live/app-2/x',
      'live/app/b/c',
      'modules/vpc/x',
      'modules/x',
      'shared/a.tfvars',
      'shared/b',
      'README',
    ];
    return keeps === null ? 'all' : paths.filter(keeps);
  };
  const own = ['live/app/x', 'live/app/b/c'];

  it('is its own dir, and what a glob names, or a folder above', () => {
    expect(laid('live/app')).toBe('all');
    expect(laid('live/app', [])).toEqual(own);
    expect(laid('live/app', ['modules'])).toEqual([...own, 'modules/vpc/x', 'modules/x']);
    expect(laid('live/app', ['modules/*'])).toEqual([...own, 'modules/vpc/x', 'modules/x']);
    expect(laid('live/app', ['modules/vpc', 'shared/*.tfvars'])).toEqual([
      ...own,
      'modules/vpc/x',
      'shared/a.tfvars',
    ]);
    expect(laid('live/app', ['*'])).toContain('live/app-2/x');
    expect(laid('.', [])).toBe('all');
  });

  it('is what every list names, where there are several', () => {
    expect(laid('live/app', ['modules', 'shared'], ['modules/vpc', 'shared/a*'])).toEqual([
      ...own,
      'modules/vpc/x',
      'shared/a.tfvars',
    ]);
    expect(laid('live/app', ['modules'], [])).toEqual(own);
  });
});

describe('`reads`', () => {
  it('is a key of the operator, and of nobody else', () => {
    for (const text of ['rules: [{match: a, reads: [b]}]', 'projects: [{dir: a, reads: [b]}]'])
      expect(parseRepositoryFile(`version: 1\n${text}`, 'tidegate.yaml'), text).toHaveProperty('problem');
  });

  it.each([
    ['"/modules"', 'without `/` around it'],
    ['modules/', 'without `/` around it'],
    ['../x', 'without `.` and `..`'],
    ['./x', 'without `.` and `..`'],
    ['a**', 'a glob; this one'],
  ])('%s is refused: it would match nothing', (glob, why) => {
    const parsed = parseOperatorFile(
      `allow: [a/b]\nrules:\n  - match: a\n    reads: [${glob}]\n`,
      'operator.yaml',
    );
    expect('problem' in parsed ? JSON.stringify(parsed.problem) : '').toContain(why);
  });

  it('is that of the last rule that says it, for the repositories and labels that it is for', () => {
    const projects = 'projects: [{dir: a, environment: production}, {dir: b}, {dir: c}]';
    const operator =
      '[{match: "**", reads: []}, {match: b, reads: [x]}, {match: c, repositories: other/*, reads: [y]}, {match: "**", environments: production, reads: [z]}]';
    expect(readsOf({ operator, base: projects, head: projects })).toEqual({
      a: [['z']],
      b: [['x']],
      c: [[]],
    });
    expect(readsOf({ operator: '[{match: b, reads: [x]}]', base: projects, head: projects })).toEqual({
      a: [],
      b: [['x']],
      c: [],
    });
  });

  it('is not widened by a head that moves a project, gives it another name, or another label', () => {
    const operator =
      '[{match: prod, reads: [x]}, {match: lax, reads: [x, y]}, {match: "**", environments: production, reads: [z]}]';
    const base =
      'projects: [{name: p, dir: prod}, {name: l, dir: lax}, {name: e, dir: e, environment: production}]';
    const now = (head: string) => readsOf({ operator, base, head: `projects: [${head}]` });
    expect(now('{name: p, dir: free}')['p']).toEqual(expect.arrayContaining([['x']]));
    expect(now('{name: p, dir: lax}')['p']).toEqual(expect.arrayContaining([['x'], ['x', 'y']]));
    expect(now('{name: other, dir: prod}')['other']).toEqual([['x']]);
    expect(now('{name: e, dir: e, environment: dev}')['e']).toEqual([['z']]);
    expect(now('{name: other, dir: e}')['other']).toEqual([['z']]);
    expect(
      now('{name: other, dir: e, workspace: w}, {name: e, dir: e, environment: production}')['other'],
    ).toEqual(expect.arrayContaining([['z']]));
    expect(now('{name: e, dir: lax}')['e']).toEqual(expect.arrayContaining([['z'], ['x', 'y']]));
  });

  it('of rules for labels counts where nobody knows the label yet, each by itself', () => {
    const operator =
      '[{match: "**", environments: dev, reads: [x]}, {match: "**", environments: production, reads: [y]}]';
    const base = 'projects: [{dir: a}]';
    expect(readsOf({ operator, base, head: 'projects: [{dir: a}, {dir: new}]' })).toEqual({
      a: [],
      new: [['x'], ['y']],
    });
    // The base branch’s rules say which it is.
    const ruled = `rules: [{match: new, environment: dev}]\n${base}`;
    expect(readsOf({ operator, base: ruled, head: 'projects: [{dir: a}, {dir: new}]' })).toEqual({
      a: [],
      new: [['x']],
    });
  });
});
