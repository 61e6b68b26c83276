import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeMatcher } from '../../src/config/projects.ts';
import { affectedProjects } from '../../src/domain/affected.ts';
import { mayBeUsed } from '../../src/domain/causes.ts';
import type { Project } from '../../src/domain/project.ts';
import { closureIn } from '../../src/flow/closure.ts';
import { remoteModulesOf } from '../../src/flow/remote-modules.ts';
import { seenBy } from '../../src/flow/snapshot.ts';
import { type ViewPorts, viewIn } from '../../src/flow/views.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { createLooker, data, type Looker, uses } from '../support/first-look.ts';
import { sampleProject } from '../support/samples.ts';

let looker: Looker;
beforeAll(async () => {
  looker = await createLooker();
});
afterAll(() => looker.close());

const module = (source: string, more = '', name = 'm') =>
  `module "${name}" {\n  source = ${source}\n${more}}\n`;
const locals = (text: string) => `locals {\n  ${text}\n}\n`;
const tofu = (dir: string, settings: Partial<Project['settings']> = {}, workspace = 'default') =>
  sampleProject(dir, { workspace, settings: { runner: 'opentofu', ...settings } });

/** What a project uses, by the files of a tree; `open`: nobody can tell all of it. */
const used = async (files: Files, project = tofu('live'), ports: ViewPorts = looker.ports) => {
  const look = await looker.snapshot(files);
  const { folders, isOpen } = closureIn(look, ports)(project);
  return [...folders, ...(isOpen ? ['open'] : [])];
};

const setByServer = async (...globs: readonly string[]): Promise<ViewPorts> => ({
  ...looker.ports,
  operator: { ...looker.ports.operator, env: { ...looker.ports.operator.env, plan: globs } },
});

describe('modules by expressions', () => {
  const m = { 'modules/m/main.tf': data, 'modules/n/main.tf': data };
  it.each<readonly [string, Files, readonly string[]]>([
    [
      'a local',
      { 'live/a.tf': `${locals('dir = "../modules"')}${module('"@{local.dir}/m"')}` },
      ['modules/m'],
    ],
    ['the root by its path', { 'live/a.tf': module('"@{path.root}/../modules/m"') }, ['modules/m']],
    [
      'the workspace',
      { 'live/a.tf': module('terraform.workspace == "default" ? "../modules/m" : "./x"') },
      ['modules/m'],
    ],
    [
      'a file of variables over a default',
      {
        'live/a.tf': `variable "w" {\n  default = "n"\n}\n${module('"../modules/@{var.w}"')}`,
        'live/terraform.tfvars': 'w = "m"\n',
      },
      ['modules/m'],
    ],
    [
      'files of variables by their order',
      {
        'live/a.tf': `variable "w" {}\n${module('"../modules/@{var.w}"')}`,
        'live/terraform.tfvars': 'w = "x"\n',
        'live/terraform.tfvars.json': '{"w": "y"}',
        'live/b.auto.tfvars': 'w = "m"\n',
        'live/a.auto.tfvars.json': '{"w": "z"}',
      },
      ['modules/m'],
    ],
    [
      'what a caller gives, two calls away',
      {
        'live/a.tf': module('"../wrap"', '  name = local.n\n') + locals('n = "m"'),
        'wrap/a.tf': `variable "name" {}\n${module('"../deep"', '  where = "../modules/@{var.name}"\n')}`,
        'deep/a.tf': `variable "where" {\n  type = string\n}\n${module('var.where')}`,
      },
      ['deep', 'modules/m', 'wrap'],
    ],
    [
      'two calls of one module with other values',
      {
        'live/a.tf': module('"../wrap"', '  n = "m"\n', 'a') + module('"../wrap"', '  n = "n"\n', 'b'),
        'wrap/a.tf': `variable "n" {}\n${module('"../modules/@{var.n}"')}`,
      },
      ['modules/m', 'modules/n', 'wrap'],
    ],
    [
      'a module behind a link',
      { 'live/a.tf': `${locals('d = "../linked"')}${module('"@{local.d}/m"')}`, linked: { link: 'modules' } },
      ['linked', 'modules/m'],
    ],
    ['a registry', { 'live/a.tf': locals('s = "acme/vpc/aws"') + module('local.s') }, []],
  ])('are known: %s', async (_what, files, folders) => {
    expect(await used({ ...m, ...files })).toEqual(folders);
  });

  it.each<readonly [string, Files]>([
    ['a variable that nothing gives', { 'live/a.tf': `variable "w" {}\n${module('"../modules/@{var.w}"')}` }],
    [
      'a sensitive one',
      {
        'live/a.tf': `variable "w" {\n  default = "m"\n  sensitive = true\n}\n${module('"../modules/@{var.w}"')}`,
      },
    ],
    [
      'an ephemeral one',
      {
        'live/a.tf': `variable "w" {\n  default = "m"\n  ephemeral = true\n}\n${module('"../modules/@{var.w}"')}`,
      },
    ],
    ['a circle', { 'live/a.tf': `${locals('a = local.b\n  b = local.a')}${module('local.a')}` }],
    [
      'an argument in a block',
      {
        'live/a.tf': module('"../wrap"', '  _ {\n    n = "n"\n  }\n'),
        'wrap/a.tf': `variable "n" {\n  default = "m"\n}\n${module('"../modules/@{var.n}"')}`,
      },
    ],
    [
      'a value of another type than its variable',
      {
        'live/a.tf': `variable "w" {\n  type = number\n  default = "1"\n}\n${module('"../modules/@{var.w}"')}`,
      },
    ],
    [
      'a file that is not understood beside it',
      {
        'live/a.tf': `${locals('d = "../modules"')}${module('"@{local.d}/m"')}`,
        'live/b.tf': 'locals {\n  x = "$$@{"a"}"\n}\n',
      },
    ],
    [
      'JSON syntax that is twice',
      { 'live/a.tf': module('local.s'), 'live/b.tf.json': '{"locals": {"s": {"a": "b"}}}' },
    ],
  ])('are not known: %s', async (_what, files) => {
    expect(await used({ ...m, ...files })).toContain('open');
  });

  const byVariable: Files = {
    ...m,
    'live/a.tf': `variable "w" {\n  default = "n"\n}\n${module('"../modules/@{var.w}"')}`,
    'env/same.tfvars': 'w = "n"\n',
    'env/other.tfvars': 'w = "m"\n',
    'env/odd.vars': 'w = "m"\n',
  };
  it('are by variables that settings give', async () => {
    expect(await used(byVariable, tofu('live', { env: { TF_VAR_w: 'm' } }))).toEqual(['modules/m']);
  });
  it('are by the variable files of a project where these say what modules are fetched by', async () => {
    expect(await used(byVariable, tofu('live', { varFiles: ['../env/same.tfvars'] }))).toEqual(['modules/n']);
    // The tool is not given it when it fetches.
    expect(await used(byVariable, tofu('live', { varFiles: ['../env/other.tfvars'] }))).toEqual(['open']);
    expect(await used(byVariable, tofu('live', { varFiles: ['../env/odd.vars'] }))).toEqual(['open']);
  });
  it('are not known where the server or a program of a workflow may set the variable', async () => {
    expect(await used(byVariable, tofu('live'), await setByServer('TF_VAR_*'))).toEqual(['open']);
    expect(await used(byVariable, tofu('live'), await setByServer('AWS_*'))).toEqual(['modules/n']);
    const workflow = { name: 'w', apply: null };
    const env = tofu('live', {
      workflow: { ...workflow, plan: [{ env: 'TF_VAR_w', value: 'm' }, 'init', 'plan'] },
    });
    expect(await used(byVariable, env)).toEqual(['open']);
    const many = tofu('live', { workflow: { ...workflow, plan: [{ multienv: ['x'] }, 'init', 'plan'] } });
    expect(await used(byVariable, many)).toEqual(['open']);
  });
  it('are not known by a workspace that is chosen later', async () => {
    const files = { ...m, 'live/a.tf': module('"../modules/@{terraform.workspace}"') };
    expect(await used(files, tofu('live', {}, 'm'))).toEqual(['open']);
  });
});

describe('strangers', () => {
  it('find an end to long chains, wide trees and circles of modules', async () => {
    const chain = Array.from({ length: 3_000 }, (_, index) => `  l${index} = local.l${index + 1}\n`).join('');
    const long = { 'live/a.tf': `locals {\n${chain}  l3000 = "../modules/m"\n}\n${module('local.l0')}` };
    expect(await used(long)).toEqual(['open']);
    const doubled = Array.from(
      { length: 60 },
      (_, i) => `  d${i} = "@{local.d${i + 1}}@{local.d${i + 1}}"\n`,
    ).join('');
    expect(await used({ 'live/a.tf': `locals {\n${doubled}  d60 = "x"\n}\n${module('local.d0')}` })).toEqual([
      'open',
    ]);
    const again = 'a = "../live"\n  b = "../live"';
    const circle = `${locals(again)}${module('local.a', '', 'a')}${module('local.b', '', 'b')}`;
    expect(await used({ 'live/a.tf': circle })).toEqual(['open']);
    const crossed = Array.from(
      { length: 90 },
      (_, i) =>
        `  p${i} = "@{local.p${i + 1}}@{local.q${i + 1}}"\n  q${i} = "@{local.q${i + 1}}@{local.p${i + 1}}"\n`,
    ).join('');
    const wide = `locals {\n${crossed}  p90 = var.x\n  q90 = var.x\n}\nvariable "x" {}\n${module('local.p0')}`;
    expect(await used({ 'live/a.tf': wide })).toEqual(['open']);
  });
});

describe('a module whose source is an expression', () => {
  const files: Files = {
    'app/main.tf': `${locals('dir = "../modules"')}${module('"@{local.dir}/m"')}`,
    'open/main.tf': `variable "which" {}\n${module('"../modules/@{var.which}"')}`,
    'other/main.tf': data,
    'modules/m/main.tf': data,
  };
  const projects = ['app', 'open', 'other'].map((dir) => tofu(dir));
  const affectedBy = async (changed: string, isEvaluated: boolean) => {
    const look = await looker.snapshot(files);
    const closure = (project: Project) =>
      isEvaluated ? closureIn(look, looker.ports)(project) : { ...look.modules(project.dir), isOpen: false };
    return affectedProjects({
      projects,
      changed: [changed],
      modulesOf: (project) => closure(project).folders,
      watches: (project, path) => changeMatcher(project)(path),
      siblings: () => new Set(),
      mayUse: (project) => (closure(project).isOpen ? mayBeUsed(project, projects) : () => false),
      known: new Set(projects.map(({ key }) => key)),
      kept: new Set(),
      told: new Set(),
    }).affected.map(({ name }) => name);
  };

  it('affects who uses it, and who may', async () => {
    expect(await affectedBy('modules/m/main.tf', true)).toEqual(['app', 'open']);
    expect(await affectedBy('other/main.tf', true)).toEqual(['other']);
  });
  it('twin: by its text it affects nobody', async () => {
    expect(await affectedBy('modules/m/main.tf', false)).toEqual([]);
  });
  it('is no project by itself', async () => {
    const { found } = await looker.snapshot({
      ...files,
      'app/main.tf': `${locals('dir = "../mods"')}${module('"@{local.dir}/q"')}`,
      'mods/q/main.tf': data,
    });
    expect(found.map(({ dir }) => dir)).toEqual(['app', 'open', 'other']);
  });
  it('is none where the file that says so stands for another one', async () => {
    const call = `${locals('dir = "../mods"')}${module('"@{local.dir}/q"')}`;
    const { found } = await looker.snapshot({
      ...{ 'app/main.tofu': call, 'app/main.tf': call, 'mods/q/main.tf': data },
    });
    expect(found.map(({ dir }) => dir)).toEqual(['app']);
  });
  it('is told with the address that it comes to', async () => {
    const look = await looker.snapshot({
      'live/a.tf': `${locals('ref = "main"')}${module('"git::https://x.example/m.git?ref=@{local.ref}"')}`,
    });
    expect(remoteModulesOf(look, looker.ports, tofu('live'))).toMatchObject([
      { source: 'git::https://x.example/m.git?ref=main', moves: '`main` may be a branch' },
    ]);
  });
});

describe('files that the tool of a project does not read', () => {
  const files: Files = {
    'live/main.tf': `terraform {\n  required_version = "< 1.0"\n}\n${uses('../old')}`,
    'live/main.tofu': `terraform {\n  required_version = ">= 1.8"\n}\n${uses('../new')}`,
    'old/main.tf': data,
    'new/main.tf': data,
  };
  const requires = async (project: Project) => {
    const { tree } = await looker.snapshot(files);
    const seen = await seenBy(looker.allPorts, { repositoryId: 1, tree, project });
    return seen.requires.map(({ text }) => text);
  };
  it('say nothing of the version and of modules', async () => {
    expect(await requires(tofu('live'))).toEqual(['>= 1.8']);
    expect(await used(files)).toEqual(['new']);
  });
  it('are others for Terraform', async () => {
    const terraform = sampleProject('live', {});
    expect(await requires(terraform)).toEqual(['< 1.0']);
    expect(await used(files, terraform)).toEqual(['old']);
  });
  it('twin: without a look at the tool both count', async () => {
    const look = await looker.snapshot(files);
    expect([...look.files].flatMap(([, { requiredVersions }]) => requiredVersions)).toEqual([
      '< 1.0',
      '>= 1.8',
    ]);
    expect(look.modules(tofu('live').dir).folders).toEqual(['new', 'old']);
  });
  it('are none where there is nothing of the kind', async () => {
    const look = await looker.snapshot({ 'live/main.tf': data });
    expect(viewIn(look, looker.ports)(tofu('live')).files.size).toBe(0);
  });
});
