import { describe, expect, it } from 'vitest';
import { mergeProjects } from '../../src/config/projects.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { asked, keysNotTaken, merge, one, operatorFile, type Story } from './stories.ts';

describe('which projects there are', () => {
  it('is up to the head', () => {
    const projects = (story: Story) =>
      merge(story).projects.map(({ name, dir, workspace }) => [name, dir, workspace]);
    expect(
      projects({ base: 'projects: [{dir: a}]', head: 'projects: [{dir: b, name: x, workspace: w}]' }),
    ).toEqual([['x', 'b', 'w']]);
    expect(projects({ base: 'projects: [{dir: a}]', head: 'projects: []', found: ['a'] })).toEqual([]);
    expect(projects({ base: 'projects: [{dir: a}]', found: ['c', '.', 'b'] })).toEqual([
      ['root', '.', 'default'],
      ['b', 'b', 'default'],
      ['c', 'c', 'default'],
    ]);
    expect(
      projects({
        head: 'projects: [{dir: a, name: b}]\ndiscovery: {mode: enabled, ignore: [x/**]}',
        found: ['a', 'b', 'x/y'],
      }),
    ).toEqual([
      ['b', 'a', 'default'],
      ['b-2', 'b', 'default'],
    ]);
    expect(projects({ found: ['.', 'root'] }).map(([name]) => name)).toEqual(['root-2', 'root']);
    expect(projects({ head: 'discovery: {mode: disabled}', found: ['a'] })).toEqual([]);
  });

  it('gives keys by place, with names only where a place is shared', () => {
    expect(one({ found: ['a/b'] }).key).toBe('7:a/b:default:*');
    // Adopting a file, or renaming, is the same project in the same place: one lock.
    expect(one({ found: ['a/b'], head: 'projects: [{name: other, dir: a/b}]' }).key).toBe('7:a/b:default:*');
    // Where the base knows one, a second is no way out of its lock.
    const joined = merge({
      base: 'projects: [{name: x, dir: a}]',
      head: 'projects: [{name: y, dir: a}, {name: x, dir: a}]',
    });
    expect(joined.projects.map(({ key, name }) => [key, name])).toEqual([['7:a:default:*', 'x']]);
    expect(joined.deferred.map(({ name }) => name)).toEqual(['y']);
    const shared = 'projects: [{name: x, dir: a}, {name: y, dir: a}]';
    const fewer = merge({ base: shared, head: 'projects: [{name: y, dir: a}, {name: z, dir: a}]' });
    // `z` is `x` under another name, and keeps its lock.
    expect(fewer.projects.map(({ key, name }) => [key, name])).toEqual([
      ['7:a:default:y', 'y'],
      ['7:a:default:x', 'z'],
    ]);
    const two = merge({
      head: 'projects: [{name: x, dir: a}, {name: y, dir: a}, {name: z, dir: a, workspace: w}]',
    });
    expect(two.projects.map(({ key }) => key)).toEqual(['7:a:default:x', '7:a:default:y', '7:a:w:*']);
  });
});

describe('settings', () => {
  const entry = (keys: string): string => `projects: [{name: a, dir: a${keys === '' ? '' : `, ${keys}`}}]`;

  it('come from what is built in, the operator, the rules of the base, its entry; the last value wins', () => {
    const builtIn = one({ base: entry(''), head: entry('') }).settings;
    expect(builtIn).toEqual({
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
    });
    const operator = '[{match: "**", runner: r1, version: "1.0.0", environment: e1, env: {A: "1", B: "1"}}]';
    const rules = 'rules: [{match: a, version: "2.0.0", environment: e2, env: {B: "2", C: "2"}}]\n';
    const base = `${rules}${entry('environment: e3, env: {C: "3"}, var_files: [x]')}`;
    expect(one({ operator, base, head: entry('') }).settings).toEqual({
      ...builtIn,
      runner: 'r1',
      version: '2.0.0',
      environment: 'e3',
      requirements: {
        apply: [{ kind: 'environment', name: 'e3', when: null, source: '`environment: e3`' }],
      },
      env: { A: '1', B: '2', C: '3' },
      varFiles: ['x'],
    });
  });

  it('say whether the pull request is merged by itself, and how, the last word counting', () => {
    const by = (operator: string, keys: string) =>
      one({ operator, base: entry(keys), head: entry('automerge: true') }).settings.automerge;
    expect(by('[]', '')).toBeNull();
    expect(by('[]', 'automerge: true')).toEqual({ method: null });
    expect(by('[{match: a, automerge: {method: squash}}]', '')).toEqual({ method: 'squash' });
    expect(by('[{match: a, automerge: {method: squash}}]', 'automerge: false')).toBeNull();
    expect(keysNotTaken({ base: entry(''), head: entry('automerge: true') })).toEqual(['automerge']);
    for (const wrong of ['yes please', '{method: octopus}', '{metod: merge}'])
      expect(() => by('[]', `automerge: ${wrong}`)).toThrow(/automerge|metod|merge/);
  });

  it('add up labels, of the base and not of the head', () => {
    const operator = '[{match: "**", labels: [core, team-b]}]';
    const base = `rules: [{match: a, labels: [team-a]}]\n${entry('labels: [core, own]')}`;
    expect(one({ operator, base, head: base }).settings.labels).toEqual(['core', 'own', 'team-a', 'team-b']);
    expect(one({ base: entry(''), head: entry('labels: [mine]') }).settings.labels).toEqual([]);
    expect(keysNotTaken({ base: entry(''), head: entry('labels: [mine]') })).toEqual(['labels']);
  });

  it('add up requirements: the base cannot take away what the operator asks for', () => {
    const operator = '[{match: "**", requirements: [approved]}]';
    expect(asked(one({ operator, base: entry('requirements: []'), head: entry('') }))).toEqual(['approved']);
    expect(asked(one({ base: entry('requirements: [approved]'), head: entry('') }))).toEqual(['approved']);
  });

  it('of the head are not taken, and that is told', () => {
    const head = entry(
      'runner: evil, version: "9.9.9", var_files: [y], backend_files: [z], env: {X: "1"}, environment: dev, requirements: [approved]',
    );
    const story = { base: entry('requirements: []'), head };
    expect(one(story)).toEqual(one({ base: entry(''), head: entry('') }));
    expect(keysNotTaken(story).sort()).toEqual([
      'backend_files',
      'env',
      'environment',
      'requirements',
      'runner',
      'var_files',
      'version',
    ]);
    expect(keysNotTaken({ base: entry('requirements: [approved]'), head: entry('') })).toEqual([
      'requirements',
    ]);
    expect(keysNotTaken({ base: entry(''), head: `rules: [{match: a, runner: x}]\n${entry('')}` })).toEqual([
      'runner',
    ]);
    expect(
      keysNotTaken({
        base: `rules: [{match: "*", environment: x}]\n${entry('')}`,
        head: `rules: [{match: a, environment: x}]\n${entry('')}`,
      }),
    ).toEqual([]);
    expect(keysNotTaken({ base: entry('runner: x'), head: entry('runner: x') })).toEqual([]);
  });

  it('of the base stay with a project when the file is deleted in the head', () => {
    const story = { base: `${entry('version: "1.1.1", requirements: [approved]')}`, found: ['a'] };
    expect(one(story).settings.version).toBe('1.1.1');
    expect(asked(one(story))).toEqual(['approved']);
  });

  it('of the base stay with a project that is renamed in its place', () => {
    const head = 'projects: [{name: other, dir: a}]';
    const renamed = one({ base: entry('version: "1.1.1", requirements: [approved]'), head });
    expect(renamed.settings.version).toBe('1.1.1');
    expect(asked(renamed)).toEqual(['approved']);
  });

  it('refuse a file that lies outside the repository from where a project is', () => {
    const operator = '[{match: "**", var_files: [../../common.tfvars]}]';
    expect(one({ operator, found: ['a/b'] }).settings.varFiles).toEqual(['../../common.tfvars']);
    expect(() => one({ operator, found: ['a'] })).toThrow(
      /Project `a`: from its dir `a` the file `..\/..\/common.tfvars` is outside/,
    );
  });
});

describe('the runner of a folder', () => {
  const detect = (before: string, now: string) =>
    mergeProjects({
      repositoryId: 7,
      declared: new Map(),
      repository: 'a/b',
      baseBranch: 'main',
      operator: operatorFile(),
      base: null,
      head: null,
      found: [{ dir: repoPath('a'), runner: now }],
      foundInBase: before === '' ? [] : [{ dir: repoPath('a'), runner: before }],
    }).projects.map(({ settings }) => settings.runner);

  it('is the one that the base branch has there', () => {
    expect(detect('helm', 'terraform')).toEqual(['helm']);
    expect(detect('', 'helm')).toEqual(['helm']);
  });
});

describe('a project that moves', () => {
  const base =
    'rules: [{match: prod, requirements: [approved]}, {match: free, requirements: []}]\nprojects: [{name: a, dir: dev, environment: dev}, {name: p, dir: prod}]';

  it.each([
    ['into a dir with requirements', base, 'projects: [{name: a, dir: prod}]'],
    ['out of a dir with requirements', base, 'projects: [{name: p, dir: free}]'],
    [
      'into the dir of an entry with requirements',
      'projects: [{name: a, dir: dev}, {name: p, dir: prod, requirements: [approved]}]',
      'projects: [{name: a, dir: prod, workspace: other}]',
    ],
    [
      'away from an entry with requirements',
      'projects: [{name: p, dir: prod, requirements: [approved]}]',
      'projects: [{name: p, dir: elsewhere}]',
    ],
  ])('is asked for what holds at both places: %s', (_, from, head) => {
    expect(asked(one({ base: from, head }))).toEqual(['approved']);
  });

  it('keeps the settings of its name', () => {
    expect(one({ base, head: 'projects: [{name: a, dir: free}]' }).settings).toMatchObject({
      environment: 'dev',
      requirements: {},
    });
  });

  it('meets every requirement of the operator in a place that nobody knows', () => {
    const operator = '[{match: "prod/**", requirements: [approved]}]';
    const known = 'projects: [{name: a, dir: dev}]';
    expect(asked(one({ operator, base: known, head: known }))).toEqual([]);
    expect(asked(one({ operator, base: known, head: 'projects: [{name: a, dir: sneaky}]' }))).toEqual([
      'approved',
    ]);
    expect(
      asked(one({ operator, base: known, head: 'projects: [{name: a, dir: dev, workspace: w}]' })),
    ).toEqual(['approved']);
  });
});

describe('the policies for a project', () => {
  const policies =
    '[{name: prod, match: "prod/**", rule: "true"}, {name: dev, match: "dev/**", rule: "true"}, {name: all, rule: "true"}, {name: theirs, repositories: [c/*], rule: "true"}]';
  const base = 'projects: [{name: db, dir: prod/db}, {name: web, dir: dev/web}]';
  const of = (head: string, more: Partial<Story> = {}) =>
    one({ policies, base, head: `projects: [${head}]`, ...more }).settings.policies;
  const every = ['prod', 'dev', 'all'];

  it('are those of its dir and of the repository', () => {
    expect(of('{name: db, dir: prod/db}')).toEqual(['prod', 'all']);
    expect(of('{name: web, dir: dev/web}')).toEqual(['dev', 'all']);
    const found = 'discovery: {mode: enabled}';
    expect(of('', { head: found, base: found, found: ['a'], before: ['a'] })).toEqual(['all']);
  });

  it('stay with it where it moves or is renamed', () => {
    expect([...(of('{name: db, dir: dev/web}') ?? [])].sort()).toEqual(['all', 'dev', 'prod']);
    expect([...(of('{name: db, dir: moved/db}') ?? [])].sort()).toEqual(['all', 'dev', 'prod']);
    expect(of('{name: other, dir: prod/db}')).toEqual(['prod', 'all']);
  });

  it('are all of the repository at a place that the base does not know', () => {
    expect(of('{name: db2, dir: moved/db}')).toEqual(every);
    expect(of('{name: web2, dir: dev/web, workspace: w}')).toEqual(every);
    expect(of('{name: web, dir: dev/web, workspace: w}')).toHaveLength(every.length);
    // A rule of the base for the dir says what it asks, and not that the place is known.
    expect(
      of('{name: n, dir: new}', { base: 'rules: [{match: new, requirements: []}]\nprojects: []' }),
    ).toEqual(every);
  });

  it('are nothing that a file can set or leave out', () => {
    expect(
      keysNotTaken({ policies, base, head: 'projects: [{name: db, dir: moved/db}, {name: n, dir: new}]' }),
    ).toEqual([]);
  });
});

describe('a project that is new', () => {
  const operator = '[{match: "prod/**", requirements: [approved]}, {match: "**", version: "1.0.0"}]';
  const head = 'projects: [{name: n, dir: new, runner: mine, requirements: []}]';

  it('takes the rules of the base for its dir', () => {
    const rules = 'rules: [{match: new, runner: theirs}]';
    expect(one({ operator, base: rules, head }).settings).toMatchObject({
      runner: 'theirs',
      version: '1.0.0',
      requirements: {},
    });
  });

  it('meets every requirement of the operator where the base has no rule for it', () => {
    for (const base of [undefined, 'projects: []', 'rules: [{match: other, requirements: []}]']) {
      const story = { operator, ...(base === undefined ? {} : { base }), head };
      // Nobody else says whose it is: somebody has to trust that.
      expect(one(story).settings.runner).toBe('mine');
      expect(merge(story).brought).toMatchObject([{ settings: [{ key: 'runner', value: 'mine' }] }]);
      expect(asked(one(story))).toEqual(['approved']);
    }
  });

  it('is not new where the base branch has its folder', () => {
    expect(asked(one({ operator, found: ['dev'] }))).toEqual(['approved']);
    expect(asked(one({ operator, found: ['dev'], before: [] }))).toEqual(['approved']);
    expect(asked(one({ operator, found: ['dev'], before: ['dev'] }))).toEqual([]);
    expect(asked(one({ operator, head: 'projects: [{name: n, dir: dev}]', before: ['dev'] }))).toEqual([]);
    expect(
      asked(one({ operator, base: 'discovery: {ignore: [dev]}', found: ['dev'], before: ['dev'] })),
    ).toEqual(['approved']);
  });
});
