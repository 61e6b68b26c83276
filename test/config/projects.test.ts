import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { changeMatcher, mergeProjects } from '../../src/config/projects.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import type { OperatorSettings, Parsed, Projects, RepositoryFile } from '../../src/config/types.ts';
import type { Project } from '../../src/domain/project.ts';
import { repoPath } from '../../src/domain/repo-path.ts';

const taken = <T>(parsed: Parsed<T>): T => {
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.value;
};
const operatorFile = (rules = '[]'): OperatorSettings =>
  taken(parseOperatorFile(`allow: [a/b]\nrules: ${rules}`, 'operator'));
const file = (text: string): RepositoryFile =>
  taken(parseRepositoryFile(`version: 1\n${text}`, 'tidegate.yaml'));
const folders = (...dirs: readonly string[]) =>
  dirs.map((dir) => ({ dir: repoPath(dir), runner: 'terraform' }));

interface Story {
  readonly operator?: string;
  readonly base?: string;
  readonly head?: string;
  readonly found?: readonly string[];
  readonly before?: readonly string[];
}

const merge = ({ operator, base, head, found = [], before }: Story): Projects =>
  mergeProjects({
    repositoryId: 7,
    operator: operatorFile(operator),
    base: base === undefined ? null : file(base),
    head: head === undefined ? null : file(head),
    found: folders(...found),
    ...(before === undefined ? {} : { foundInBase: folders(...before) }),
  });

const one = (story: Story): Project => {
  const [project, ...others] = merge(story).projects;
  if (project === undefined || others.length > 0) throw new Error('not one project');
  return project;
};

const keysNotTaken = (story: Story) => merge(story).notTaken.flatMap(({ keys }) => keys);

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
        head: 'projects: [{dir: a, name: b}]\ndiscovery: {enabled: true, ignore: [x/**]}',
        found: ['a', 'b', 'x/y'],
      }),
    ).toEqual([
      ['b', 'a', 'default'],
      ['b-2', 'b', 'default'],
    ]);
    expect(projects({ found: ['.', 'root'] }).map(([name]) => name)).toEqual(['root-2', 'root']);
    expect(projects({ head: 'discovery: {enabled: false}', found: ['a'] })).toEqual([]);
  });

  it('gives keys that tell them apart', () => {
    expect(one({ found: ['a/b'] }).key).toBe('7:a/b:default:a/b');
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
      environment: null,
      requirements: [],
    });
    const operator = '[{match: "**", runner: r1, version: "1.0.0", environment: e1, env: {A: "1", B: "1"}}]';
    const rules = 'rules: [{match: a, version: "2.0.0", environment: e2, env: {B: "2", C: "2"}}]\n';
    const base = `${rules}${entry('environment: e3, env: {C: "3"}, var_files: [x]')}`;
    expect(one({ operator, base, head: entry('') }).settings).toEqual({
      ...builtIn,
      runner: 'r1',
      version: '2.0.0',
      environment: 'e3',
      env: { A: '1', B: '2', C: '3' },
      varFiles: ['x'],
    });
  });

  it('add up requirements: the base cannot take away what the operator asks for', () => {
    const operator = '[{match: "**", requirements: [approved]}]';
    expect(one({ operator, base: entry('requirements: []'), head: entry('') }).settings.requirements).toEqual(
      ['approved'],
    );
    expect(one({ base: entry('requirements: [approved]'), head: entry('') }).settings.requirements).toEqual([
      'approved',
    ]);
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
    expect(one(story).settings).toMatchObject({ version: '1.1.1', requirements: ['approved'] });
  });

  it('of the base stay with a project that is renamed in its place', () => {
    const head = 'projects: [{name: other, dir: a}]';
    expect(one({ base: entry('version: "1.1.1", requirements: [approved]'), head }).settings).toMatchObject({
      version: '1.1.1',
      requirements: ['approved'],
    });
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
    expect(one({ base: from, head }).settings.requirements).toEqual(['approved']);
  });

  it('keeps the settings of its name', () => {
    expect(one({ base, head: 'projects: [{name: a, dir: free}]' }).settings).toMatchObject({
      environment: 'dev',
      requirements: [],
    });
  });

  it('meets every requirement of the operator in a place that nobody knows', () => {
    const operator = '[{match: "prod/**", requirements: [approved]}]';
    const known = 'projects: [{name: a, dir: dev}]';
    expect(one({ operator, base: known, head: known }).settings.requirements).toEqual([]);
    expect(
      one({ operator, base: known, head: 'projects: [{name: a, dir: sneaky}]' }).settings.requirements,
    ).toEqual(['approved']);
    expect(
      one({ operator, base: known, head: 'projects: [{name: a, dir: dev, workspace: w}]' }).settings
        .requirements,
    ).toEqual(['approved']);
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
      requirements: [],
    });
  });

  it('meets every requirement of the operator where the base has no rule for it', () => {
    for (const base of [undefined, 'projects: []', 'rules: [{match: other, requirements: []}]']) {
      const story = { operator, ...(base === undefined ? {} : { base }), head };
      expect(one(story).settings).toMatchObject({ runner: 'terraform', requirements: ['approved'] });
    }
  });

  it('is not new where the base branch has its folder', () => {
    expect(one({ operator, found: ['dev'] }).settings.requirements).toEqual(['approved']);
    expect(one({ operator, found: ['dev'], before: [] }).settings.requirements).toEqual(['approved']);
    expect(one({ operator, found: ['dev'], before: ['dev'] }).settings.requirements).toEqual([]);
    expect(
      one({ operator, head: 'projects: [{name: n, dir: dev}]', before: ['dev'] }).settings.requirements,
    ).toEqual([]);
    expect(
      one({ operator, base: 'discovery: {ignore: [dev]}', found: ['dev'], before: ['dev'] }).settings
        .requirements,
    ).toEqual(['approved']);
  });
});

describe('dependencies and watched files', () => {
  const needs = (story: Story) =>
    Object.fromEntries(merge(story).projects.map(({ name, dependsOn }) => [name, dependsOn]));

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

describe('for any files', () => {
  const dirs = ['.', 'a', 'b', 'prod', 'prod/a'];
  const names = ['a', 'b', 'c', 'root', 'prod'];
  const dir = fc.constantFrom(...dirs);
  const settings = fc.record(
    {
      runner: fc.constantFrom('r1', 'r2'),
      version: fc.constantFrom('1.0.0', '2.0.0'),
      var_files: fc.constantFrom(['x'], ['y']),
      backend_files: fc.constantFrom(['x'], []),
      env: fc.constantFrom({ A: '1' }, { A: '2' }, { B: '1' }),
      environment: fc.constantFrom('dev', 'prod'),
      requirements: fc.constantFrom(['approved'], []),
    },
    { requiredKeys: [] },
  );
  const rules = fc.array(
    fc
      .tuple(fc.constantFrom('**', 'a', 'prod/**', '*', '.'), settings)
      .map(([match, keys]) => ({ match, ...keys })),
    { maxLength: 3 },
  );
  const projects = fc
    .uniqueArray(
      fc.tuple(
        fc.record({ name: fc.constantFrom(...names), dir, workspace: fc.constantFrom('default', 'w') }),
        settings,
        fc.record({ when_modified: fc.constantFrom(['*.tf'], ['**']) }, { requiredKeys: [] }),
      ),
      { maxLength: 4, selector: ([{ name }]) => name },
    )
    .map((list) =>
      list.map(([place, keys, watched], index) => ({
        ...place,
        ...keys,
        ...watched,
        depends_on: index > 0 && keys.runner === 'r1' ? [list[0]?.[0].name] : [],
      })),
    );
  const repositoryFile = fc.option(
    fc
      .record(
        {
          projects,
          rules,
          discovery: fc.record(
            { enabled: fc.boolean(), ignore: fc.constantFrom([], ['prod/**']) },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      )
      .map((content) => taken(parseRepositoryFile(JSON.stringify({ version: 1, ...content }), 'f'))),
  );
  const found = fc.uniqueArray(dir).map((list) => folders(...list));
  const input = fc.record(
    {
      repositoryId: fc.constant(7),
      operator: rules.map((list) => operatorFile(JSON.stringify(list))),
      base: repositoryFile,
      head: repositoryFile,
      found,
      foundInBase: found,
    },
    { requiredKeys: ['repositoryId', 'operator', 'base', 'head', 'found'] },
  );
  const place = (project: Project): string => `${project.dir} ${project.workspace}`;

  it('the head takes no requirement away, and changes no other setting', () => {
    fc.assert(
      fc.property(input, (sources) => {
        const now = mergeProjects(sources).projects;
        const unchanged = mergeProjects({
          ...sources,
          head: sources.base,
          found: sources.foundInBase ?? sources.found,
        }).projects;
        const namesNow = new Set(now.map(({ name }) => name));
        for (const project of now) {
          for (const before of unchanged) {
            if (before.name !== project.name && before.dir !== project.dir) continue;
            expect(project.settings.requirements).toEqual(
              expect.arrayContaining([...before.settings.requirements]),
            );
          }
          const same =
            unchanged.find(({ name }) => name === project.name) ??
            unchanged.find((before) => place(before) === place(project) && !namesNow.has(before.name));
          if (same === undefined) continue;
          expect({ ...project.settings, requirements: [] }).toEqual({ ...same.settings, requirements: [] });
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('what comes out hangs together: names and keys once, dependencies that exist, no circle', () => {
    fc.assert(
      fc.property(input, (sources) => {
        const { projects: all, notTaken } = mergeProjects(sources);
        expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
        const done = new Set<string>();
        for (let round = 0; round < all.length; round++) {
          for (const { name, dependsOn } of all)
            if (dependsOn.every((need) => done.has(need))) done.add(name);
        }
        expect(done.size).toBe(all.length);
        const keys = new Set(all.map(({ key }) => key));
        for (const { project, keys: names } of notTaken) {
          expect(keys.has(project)).toBe(true);
          expect(names.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('nothing is left untaken where the head changes nothing', () => {
    fc.assert(
      fc.property(input, (sources) => {
        expect(mergeProjects({ ...sources, head: sources.base }).notTaken).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
