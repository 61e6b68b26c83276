import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/domain/problem.ts';
import { resolveFrom } from '../../src/domain/repo-path.ts';
import type { DeclaredSettings, SettingDeclaration } from '../../src/domain/settings/declared.ts';
import { keysNotTaken, merge, one, type Story } from './stories.ts';

const setting = (
  kind: SettingDeclaration['kind'],
  more: Partial<SettingDeclaration> = {},
): SettingDeclaration => ({
  kind,
  required: false,
  of: [],
  default: null,
  from: 'base',
  says: 'What it is.',
  ...more,
});
const chart: DeclaredSettings = {
  release: setting('name'),
  namespace: setting('name', { required: true }),
  chart: setting('source', { default: '.' }),
  version: setting('version', { from: 'head' }),
  values: setting('files', { from: 'head' }),
  failure: setting('choice', { of: ['leave', 'rollback'], default: 'leave' }),
  wait: setting('flag'),
  replicas: setting('number'),
  labels: setting('map'),
  note: setting('text'),
};
const people: DeclaredSettings = { file: setting('file', { default: 'people.yaml' }) };
const declared = new Map([
  ['terraform', {}],
  ['chart', chart],
  ['people', people],
]);

const entry = (settings: string, more = ''): string =>
  `projects: [{name: web, dir: web, runner: chart, ${more}with: {${settings}}}]`;
/** On the base branch and in the head. */
const told = (settings: string, more: Omit<Story, 'base' | 'head'> = {}) => {
  const file = entry(settings);
  return one({ declared, base: file, head: file, ...more }).settings;
};
const refusal = (story: Story) => {
  try {
    merge({ declared, ...story });
  } catch (error) {
    if (error instanceof UserError) return error.problem;
    throw error;
  }
  return null;
};
const refused = (settings: string) => {
  const problem = refusal({ base: entry(settings), head: entry(settings) });
  return problem === null ? null : `${problem.code}: ${problem.sentence} ${problem.advice}`;
};

describe('settings of a runner', () => {
  it('are what the project says, with what the runner has for those that it does not', () => {
    const { with: settings, withPaths } = told(
      'namespace: web, values: [values.yaml, ../prod.yaml], wait: true, replicas: 2, labels: {team: a}, version: 1.4.2',
    );
    expect(settings).toEqual({
      namespace: 'web',
      chart: '.',
      version: '1.4.2',
      values: ['values.yaml', '../prod.yaml'],
      failure: 'leave',
      wait: true,
      replicas: 2,
      labels: { team: 'a' },
    });
    expect(withPaths).toEqual([
      { setting: 'chart', text: '.', kind: 'folder' },
      { setting: 'values', text: 'values.yaml', kind: 'file' },
      { setting: 'values', text: '../prod.yaml', kind: 'file' },
    ]);
  });

  it.each([
    ['releas: web, namespace: web', 'config-invalid', 'the setting `releas`', 'Did you mean `release`?'],
    ['namespace: Web_1', 'config-invalid', 'line 2', '`with.namespace` is `Web_1`; it must be a name'],
    ['namespace: 3', 'config-invalid', 'in quotes', ''],
    ['release: web', 'config-invalid', 'does not say `with.namespace`', 'What it is.'],
    [
      'namespace: web, failure: leav',
      'config-invalid',
      'one of `leave`, `rollback`',
      'Did you mean `leave`?',
    ],
    ['namespace: web, wait: "yes"', 'config-invalid', '`true` or `false`', ''],
    ['namespace: web, replicas: "2"', 'config-invalid', 'a number', ''],
    ['namespace: web, version: --force', 'config-invalid', 'a version', ''],
    ['namespace: web, version: 1.10', 'config-invalid', 'in quotes', ''],
    ['namespace: web, note: --set=a', 'config-invalid', 'without a leading dash', ''],
    ['namespace: web, labels: [a]', 'config-invalid', 'a mapping', ''],
    ['namespace: web, labels: {--x: a}', 'config-invalid', 'a mapping', ''],
    ['namespace: web, values: values.yaml', 'config-invalid', 'a list of files', ''],
    ['namespace: web, values: [../../etc/passwd]', 'path-refused', 'a file inside the repository', ''],
    ['namespace: web, values: [/etc/passwd]', 'path-refused', 'a file inside the repository', ''],
    ['namespace: web, values: [-f]', 'path-refused', 'a file inside the repository', ''],
    ['namespace: web, values: [a/-f/x]', 'path-refused', 'a file inside the repository', ''],
    ['namespace: web, values: [.git/config]', 'path-refused', 'a file inside the repository', ''],
    ['namespace: web, chart: ../../x', 'path-refused', 'a folder inside the repository', ''],
    ['namespace: web, chart: x/../../../y', 'path-refused', 'without `..`', ''],
    ['namespace: web, chart: /x', 'path-refused', 'an address or a name', ''],
  ])('refuses {%s}, by name and line', (settings, code, ...words) => {
    const said = refused(settings);
    expect(said).toMatch(new RegExp(`^${code}: tidegate.yaml \\(this pull request\\), line 2: `));
    for (const word of words) expect(said).toContain(word);
  });

  it('takes an address for a chart, which is no folder of the repository', () => {
    expect(told('namespace: web, chart: "oci://registry.example/web"').withPaths).toEqual([]);
    expect(told('namespace: web, chart: ../charts/web').withPaths).toEqual([
      { setting: 'chart', text: '../charts/web', kind: 'folder' },
    ]);
  });

  it('add up over rules, and a rule may give what only some runners know', () => {
    const operator =
      '[{match: "**", with: {namespace: all, wait: true, file: other.yaml}}, {match: web, with: {namespace: ours}}]';
    expect(told('release: web', { operator })).toMatchObject({
      with: { namespace: 'ours', wait: true, release: 'web' },
    });
    expect(told('release: web', { operator }).with).not.toHaveProperty('file');
    const problem = refusal({
      operator: '[{match: "**", with: {namespace: No}}]',
      head: entry('release: web'),
    });
    expect(problem?.sentence).toMatch(/^operator file, line 2: project `web`: `with.namespace` is `No`/);
  });

  it('a rule of the repository with a setting that no runner has is refused', () => {
    const file = 'rules: [{match: "**", with: {nmespace: web}}]\nprojects: []';
    expect(refusal({ base: file, head: file })?.sentence).toBe(
      'tidegate.yaml (this pull request), line 2: no runner has a setting `nmespace`.',
    );
  });

  it('a runner without settings takes none', () => {
    const file = 'projects: [{dir: a, with: {namespace: web}}]';
    expect(refusal({ base: file, head: file })?.sentence).toContain(
      'gives its runner `terraform` the setting `namespace`, which that does not have',
    );
  });
});

describe('settings of a pull request', () => {
  const base = entry('namespace: web, version: 1.0.0, wait: true');

  it('count from the base branch where they say where it acts, and from the head where they say what', () => {
    const story = { declared, base, head: entry('namespace: evil, version: 2.0.0, failure: rollback') };
    expect(one(story).settings.with).toMatchObject({
      namespace: 'web',
      version: '2.0.0',
      wait: true,
      failure: 'leave',
    });
    expect(keysNotTaken(story)).toEqual(['with']);
    expect(merge(story).brought).toEqual([]);
  });

  it('only what counts changes: nothing is said of what does not count', () => {
    const story = { declared, base, head: entry('namespace: web, version: 2.0.0, wait: true') };
    expect(keysNotTaken(story)).toEqual([]);
    expect(one(story).settings.with['version']).toBe('2.0.0');
    expect(one({ ...story, head: entry('namespace: web, wait: true') }).settings.with).not.toHaveProperty(
      'version',
    );
  });

  it('of a project that the base branch does not have are brought, but what a rule says anyway', () => {
    const story = { declared, base: 'projects: []', head: entry('namespace: web, version: 1.0.0') };
    expect(one(story).settings).toMatchObject({ runner: 'chart', with: { namespace: 'web' } });
    expect(merge(story).brought).toEqual([
      {
        project: one(story).key,
        settings: [
          { key: 'runner', value: 'chart', file: 'tidegate.yaml', line: 2 },
          { key: 'with.namespace', value: 'web', file: 'tidegate.yaml', line: 2 },
        ],
      },
    ]);
    const ruled = merge({ ...story, operator: '[{match: web, runner: chart, with: {namespace: web}}]' });
    expect(ruled.brought).toEqual([]);
    const other = merge({ ...story, operator: '[{match: web, runner: chart, with: {namespace: ours}}]' });
    expect(other.brought).toMatchObject([{ settings: [{ key: 'with.namespace', value: 'web' }] }]);
  });

  it('may say what the base branch has wrong, or does not say though its runner needs it', () => {
    for (const before of ['namespace: No', 'release: web']) {
      const story = { declared, base: entry(before), head: entry('namespace: web') };
      expect(one(story).settings.with['namespace'], before).toBe('web');
      expect(merge(story).brought, before).toMatchObject([{ settings: [{ key: 'with.namespace' }] }]);
    }
  });

  it('a rule of the head does not count yet, so what only that says is missing', () => {
    const head = `rules: [{match: web, with: {namespace: web}}]\n${entry('release: web')}`;
    expect(refusal({ base: 'projects: []', head })?.sentence).toContain('no rule that counts already does');
  });
});

describe('a folder with files of a runner', () => {
  const found = ['web'];
  it('is a project by itself only where all that its runner needs is said', () => {
    const story = { declared, found, before: found };
    const names = (operator: string) => merge({ ...story, operator }).projects.map(({ name }) => name);
    expect(names('[]')).toEqual(['web']);
    expect(names('[{match: web, runner: chart}]')).toEqual([]);
    expect(names('[{match: web, runner: chart, with: {namespace: web}}]')).toEqual(['web']);
    expect(names('[{match: web, runner: people}]')).toEqual(['web']);
  });

  it('is there all the same when somebody names it', () => {
    const named = merge({
      declared,
      found,
      before: found,
      base: entry('namespace: x'),
      head: entry('namespace: x'),
    });
    expect(named.projects.map(({ name }) => name)).toEqual(['web']);
  });
});

it('no value that is taken leads out of the repository', () => {
  for (const path of ['a', '../a', 'b/../a', './a'])
    expect(
      resolveFrom(
        one({
          declared,
          base: entry(`namespace: x, values: [${path}]`),
          head: entry(`namespace: x, values: [${path}]`),
        }).dir,
        path,
      ),
    ).not.toBeNull();
});
