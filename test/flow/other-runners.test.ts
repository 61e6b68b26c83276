import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { changeMatcher } from '../../src/config/projects.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { affectedProjects } from '../../src/domain/affected.ts';
import type { ProjectKey } from '../../src/domain/ids.ts';
import type { SettingDeclaration } from '../../src/domain/settings/declared.ts';
import { closureIn } from '../../src/flow/closure.ts';
import { endingsOf } from '../../src/flow/endings.ts';
import { noGenerator } from '../../src/flow/generate.ts';
import { namedPathsProblem } from '../../src/flow/named-paths.ts';
import { inputsOf, snapshotOf } from '../../src/flow/snapshot.ts';
import { createSnapshots } from '../../src/flow/snapshots.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { loadRunners } from '../../src/runner/load.ts';
import type { Runner, Runners } from '../../src/runner/port.ts';
import { plainRepositoryFiles } from '../sim/plain-ports.ts';
import { configuration } from '../support/configuration.ts';

const repo = { id: 1, owner: 'a', name: 'b', installationId: 1 };
const shipped = await loadRunners([fileURLToPath(new URL('../../runners', import.meta.url))], { parseYaml });
const setting = (kind: SettingDeclaration['kind'], more: Partial<SettingDeclaration> = {}) => ({
  ...({ kind, required: false, of: [], default: null, from: 'head', says: 'x' } as const),
  ...more,
});

/** Those that are shipped, and three of other kinds. */
const runners = ((): Runners => {
  const terraform = shipped.get('terraform');
  if (terraform === null) throw new Error('no terraform');
  const like = (name: string, file: string, more: Partial<Runner>): Runner => ({
    ...terraform,
    ...{ name, destroys: true, settings: {} },
    detects: (one) => one === file,
    ...more,
  });
  const own = [
    like('chart', 'Chart.yaml', {
      inputs: 'chart',
      settings: {
        namespace: setting('name', { required: true, from: 'base' }),
        chart: setting('source', { default: '.' }),
        values: setting('files'),
      },
    }),
    like('people', 'people.yaml', { inputs: 'folder', destroys: false }),
    like('wide', 'wide.txt', { inputs: 'tree' }),
  ];
  const all = new Map([
    ...own.map((one) => [one.name, one] as const),
    ...shipped.names.flatMap((name) => {
      const one = shipped.get(name);
      return one === null ? [] : [[name, one] as const];
    }),
  ]);
  return {
    names: [...all.keys()],
    get: (name) => all.get(name) ?? null,
    declared: new Map([...all].map(([name, { settings }]) => [name, settings])),
  };
})();

const world = (operatorText = '') => {
  const memory = createMemoryGit({ folders: createMemoryFolders() });
  const { git } = memory;
  const parsed = parseOperatorFile(`allow: [a/b]\n${operatorText}`, 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  const snapshots = createSnapshots();
  const ports = {
    ...{ git, configuration, repositoryFiles: plainRepositoryFiles, snapshots, runners },
    operator: parsed.value,
    generator: noGenerator,
  };
  const look = async (files: Files) => {
    const tree = await git.treeOf(1, memory.commit(1, files));
    const snapshot = await snapshotOf(ports, repo, { tree, code: tree, where: 'test' });
    const { file, found } = snapshot;
    const { projects, ...others } = snapshots.projects({
      ...{ repositoryId: 1, repository: 'a/b', baseBranch: 'main', operator: parsed.value },
      ...{ declared: runners.declared, base: file, foundInBase: found, head: file, found },
    });
    const closure = closureIn(snapshot, ports);
    const named = (name: string) => {
      const project = projects.find((one) => one.name === name);
      if (project === undefined) throw new Error(`no project ${name}`);
      return project;
    };
    return {
      ...{ tree, snapshot, projects, others, named, ports },
      names: projects.map(({ name, settings }) => `${name} ${settings.runner}`),
      affected: (...changed: readonly string[]) =>
        affectedProjects({
          ...{
            projects,
            changed,
            siblings: () => new Set<string>(),
            kept: new Set<ProjectKey>(),
            told: new Set<ProjectKey>(),
          },
          modulesOf: (project) => closure(project).folders,
          watches: (project, path) => changeMatcher(project)(path),
          known: new Set(projects.map(({ key }) => key)),
        }).affected.map(({ name }) => name),
      digest: async (name: string) =>
        (await inputsOf(ports, { repositoryId: 1, tree, project: named(name) }))('1'),
    };
  };
  return { look };
};

const release = (more = '') =>
  `version: 1\ndiscovery: {mode: enabled}\nprojects:\n  - {name: web, dir: web, runner: chart, with: {namespace: web, values: [values.yaml, ../env/prod.yaml]${more}}}\n`;
const base = {
  'tidegate.yaml': release(),
  'web/Chart.yaml': 'name: web\ndependencies:\n  - name: common\n    repository: file://../common\n',
  'web/templates/a.yaml': 'a',
  'web/values.yaml': 'a: 1',
  'env/prod.yaml': 'b: 1',
  'env/dev.yaml': 'b: 2',
  'common/Chart.yaml': 'name: common\ndependencies: [{repository: file://../base}]\n',
  'common/templates/x.yaml': 'x',
  'base/Chart.yaml': 'name: base\ntype: library\n',
  'staff/people.yaml': 'people: []',
  'staff/notes.md': 'n',
  'tf/main.tf': 'terraform {}\n',
};

describe('folders of other runners', () => {
  test('are projects by themselves where nothing has to be said, and never what comes with a chart', async () => {
    const { look } = world();
    expect((await look(base)).names).toEqual(['web chart', 'staff people', 'tf terraform']);
    const ruled = world('rules: [{match: "**", with: {namespace: all}}]\ntrust: {unreadable: allow}\n');
    const files = {
      'one/Chart.yaml': 'name: one',
      'one/charts/sub/Chart.yaml': 'name: sub',
      'charts/two/Chart.yaml': 'name: two\ndependencies: [{repository: file://../lib}]',
      'charts/lib/Chart.yaml': 'name: lib\ntype: library',
      'modules/three/people.yaml': 'a',
    };
    expect((await ruled.look(files)).names).toEqual([
      'charts/two chart',
      'modules/three people',
      'one chart',
    ]);
  });

  test('are not read as Terraform', async () => {
    const { snapshot } = await world().look({ ...base, 'web/Chart.yaml': '}{ not HCL, nor YAML: [' });
    expect([...snapshot.files].flatMap(([path, { error }]) => (error === null ? [] : [path]))).toEqual([]);
  });
});

describe('what affects a project of another runner', () => {
  test.each([
    ['web/templates/a.yaml', ['web']],
    ['web/README.md', ['web']],
    ['env/prod.yaml', ['web']],
    ['env/dev.yaml', []],
    ['common/templates/x.yaml', ['web']],
    ['base/values.yaml', ['web']],
    ['staff/notes.md', ['staff']],
    ['tf/main.tf', ['tf']],
    ['docs/a.md', []],
  ])('%s', async (path, names) => {
    expect((await world().look(base)).affected(path)).toEqual(names);
  });

  test('folders that it names, with what they use', async () => {
    const files = {
      'tidegate.yaml':
        'version: 1\nprojects: [{name: web, dir: live/web, runner: chart, with: {namespace: web, chart: ../../web}}]',
      'live/web/values.yaml': 'a',
      'web/Chart.yaml': base['web/Chart.yaml'],
      'common/Chart.yaml': 'name: common',
    };
    const there = await world().look(files);
    expect(there.affected('common/x.yaml')).toEqual(['web']);
    expect(there.affected('web/templates/x.yaml')).toEqual(['web']);
    expect(there.affected('other/x.yaml')).toEqual([]);
  });
});

describe('the inputs digest', () => {
  const digest = async (files: Files, name = 'web') => (await world().look(files)).digest(name);

  test.each([
    ['web/templates/a.yaml', true],
    ['env/prod.yaml', true],
    ['env/dev.yaml', false],
    ['common/templates/x.yaml', true],
    ['base/x.yaml', true],
    ['staff/notes.md', false],
    ['docs/a.md', false],
  ])('of a chart: a change of %s is one of it: %s', async (path, counts) => {
    const [before, after] = [await digest(base), await digest({ ...base, [path]: 'changed' })];
    expect(before !== after).toBe(counts);
  });

  test('holds the settings', async () => {
    const flag = { ...base, 'tidegate.yaml': release(', chart: ./') };
    expect(await digest(flag)).not.toBe(await digest(base));
    expect(await digest({ ...base })).toBe(await digest(base));
  });

  test('is the whole tree where the runner or the chart leaves open what matters', async () => {
    const wide = { ...base, 'wide/wide.txt': 'w' };
    expect(await digest(wide, 'wide')).not.toBe(await digest({ ...wide, 'docs/a.md': 'x' }, 'wide'));
    const hidden = { ...base, 'web/Chart.yaml': 'dependencies: [{repository: "fi\\x6ce://../env"}]' };
    expect(await digest(hidden)).not.toBe(await digest({ ...hidden, 'env/dev.yaml': 'x' }));
    const away = { ...base, 'web/Chart.yaml': 'dependencies: [{repository: file://../../x}]' };
    expect(await digest(away)).not.toBe(await digest({ ...away, 'docs/a.md': 'x' }));
  });
});

describe('what a project names', () => {
  const problem = async (files: Files) => {
    const { snapshot, named } = await world().look(files);
    const kinds = new Map(snapshot.entries.map(({ path, kind }) => [path, kind]));
    return namedPathsProblem(kinds, snapshot.links, named('web'))?.sentence ?? null;
  };
  const without = ({ 'env/prod.yaml': _, ...others }: typeof base): Files => others;

  test('has to be there, and a file has to be one', async () => {
    expect(await problem(base)).toBeNull();
    expect(await problem(without(base))).toBe(
      'Project `web`: `../env/prod.yaml` of `with.values` is not there: `env/prod.yaml` would be it.',
    );
    expect(await problem({ ...without(base), 'env/prod.yaml/x': 'y' })).toContain('is no file, but a folder');
    expect(await problem({ ...base, 'tidegate.yaml': release(', chart: ../env/prod.yaml') })).toContain(
      'is no folder, but a file',
    );
  });
});

describe('a project of another runner that goes', () => {
  const fates = async (before: Files, after: Files) => {
    const { look } = world();
    const [was, is] = [await look(before), await look(after)];
    const projects = (one: typeof was) => ({ ...one.others, projects: one.projects });
    const { endings, gone } = endingsOf(
      { snapshot: was.snapshot, projects: projects(was), tree: was.tree },
      { snapshot: is.snapshot, projects: projects(is) },
      was.ports,
      () => true,
    );
    return gone.map(({ name, reason }) => [
      name,
      [...endings.values()].find(({ project }) => project.name === name)?.fate.kind ?? reason,
    ]);
  };
  const only = (start: string): Files =>
    Object.fromEntries(Object.entries(base).filter(([path]) => !path.startsWith(start)));

  test('ends by a plan where its runner has one, and else what it made stays', async () => {
    const noWeb = { ...only('web/'), 'tidegate.yaml': 'version: 1\ndiscovery: {mode: enabled}\n' };
    expect(await fates(base, noWeb)).toEqual([['web', 'destroy']]);
    expect(await fates(base, only('staff/'))).toEqual([
      [
        'staff',
        'is removed by this pull request: its runner `people` cannot plan an end, so what it made stays',
      ],
    ]);
  });

  test('does not end while its folder is there, nor unasked where something new may be it', async () => {
    const unnamed = { ...base, 'tidegate.yaml': 'version: 1\ndiscovery: {mode: enabled}\n' };
    expect(await fates(base, unnamed)).toEqual([['web', expect.stringContaining('its code stays')]]);
    const moved = {
      ...only('web/'),
      'site/Chart.yaml': base['web/Chart.yaml'],
      'site/values.yaml': 'a: 1',
      'tidegate.yaml': release().replace('name: web, dir: web', 'name: site, dir: site'),
    };
    expect(await fates(base, moved)).toEqual([['web', 'ask']]);
  });
});
