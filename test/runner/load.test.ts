import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadRunners } from '../../src/runner/load.ts';
import type { StepInputs } from '../../src/runner/port.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { createSummaryTool } from '../support/summary-tool.ts';

const load = (folder: string) => loadRunners([folder], { parseYaml: (text) => parse(text) });
const loaded = await load(path.resolve('runners'));
const terraform = loaded.get('terraform');
if (terraform === null) throw new Error('no terraform runner');

const inputs: StepInputs = {
  planDir: '/private',
  workspace: 'default',
  varFiles: [],
  backendFiles: [],
  extra: [],
};
const argv = (verb: 'plan' | 'apply', more: Partial<StepInputs> = {}) =>
  terraform.steps(verb, { ...inputs, ...more }).map((step) => step.argv.join(' '));

test('settings of a project stand in arguments, whole, and those that it does not say leave nothing behind', async () => {
  const { runners } = createSummaryTool({
    show: '  show:\n    - { name: show, args: [show, "--team={with.team}", "{with.files}", "--set={with.labels}", "-n{with.size}"] }',
    with: 'with: { team: { kind: name, says: x }, size: { kind: number, says: x }, files: { kind: files, says: x }, labels: { kind: map, says: x } }',
  });
  const things = (await load(runners)).get('things');
  const shown = (settings: StepInputs['with']) =>
    things
      ?.steps('plan', { ...inputs, with: settings ?? {} })
      .at(-1)
      ?.argv.slice(1);
  expect(shown({ team: 'a', size: 3, files: ['x y', '../z'], labels: { a: '1', b: '' } })).toEqual([
    'show',
    '--team=a',
    'x y',
    '../z',
    '--set=a=1',
    '--set=b=',
    '-n3',
  ]);
  expect(shown({})).toEqual(['show']);
  const unknown = createSummaryTool({
    show: '  show:\n    - { name: show, args: [show, "{with.team}"] }',
  });
  await expect(load(unknown.runners)).rejects.toThrow('`with` declares no `team`');
});

test("an operator's own runners stand beside those that are shipped, each name once", async () => {
  const own = createSummaryTool().runners;
  const both = (folders: readonly string[]) => loadRunners(folders, { parseYaml: (text) => parse(text) });
  await expect(both([path.resolve('runners'), own])).rejects.toThrow('there is a runner `terraform` already');
  rmSync(path.join(own, 'terraform'), { recursive: true });
  expect((await both([path.resolve('runners'), own])).names).toEqual([...loaded.names, 'things']);
  await expect(both([path.join(own, 'nowhere')])).rejects.toThrow('the folder cannot be read');
});

test('OpenTofu is driven as Terraform is, under its own name and with its own files', () => {
  const file = (name: string): Record<string, unknown> =>
    parse(readFileSync(path.resolve('runners', name, 'runner.yml'), 'utf8'));
  const { name, executable, detect, ...opentofu } = file('opentofu');
  const { name: _, executable: __, detect: ___, ...terraform } = file('terraform');
  expect([name, executable]).toEqual(['opentofu', 'tofu']);
  expect(detect).toEqual(['*.tf', '*.tf.json', '*.tofu', '*.tofu.json']);
  const steps = ({ releases: _releases, ...rest }: Record<string, unknown>) => rest;
  expect(steps(opentofu)).toEqual(steps(terraform));
  expect(loaded.get('opentofu')?.releases?.key).toContain('BEGIN PGP PUBLIC KEY BLOCK');
});

test('plan: init, plan, show; the workspace only where it is not the one Terraform starts in', () => {
  expect(argv('plan')).toEqual([
    'terraform init -input=false',
    'terraform plan -input=false -lock-timeout=30s -out=/private/plan.bin',
    'terraform show -json -no-color /private/plan.bin',
  ]);
  expect(argv('plan', { workspace: 'stage' })[1]).toBe(
    'terraform workspace select -no-color -or-create stage',
  );
});

test('the plan is shown as soon as its file is whole, and no other step begins before its turn', async () => {
  const early = (verb: 'plan' | 'apply') =>
    terraform.steps(verb, inputs).filter((step) => step.onceWritten !== undefined);
  expect(early('plan')).toMatchObject([{ name: 'show', onceWritten: '/private/plan.bin' }]);
  expect(early('apply')).toEqual([]);
  const { runners } = createSummaryTool({
    show: '  show:\n    - { name: ready, args: [ready] }\n    - { name: show, args: [show], once_written: "{plan_file}" }',
  });
  await expect(load(runners)).rejects.toThrow('only the first step of `show` may have `once_written`');
});

test('apply: init that fetches providers alone, the saved plan, and nothing that could plan anew', () => {
  expect(argv('apply', { workspace: 'stage' })).toEqual([
    'terraform init -input=false -no-color -get=false -lockfile=readonly',
    'terraform workspace select -no-color stage',
    'terraform show -json -no-color /private/plan.bin',
    'terraform apply -input=false -lock-timeout=5m /private/plan.bin',
  ]);
  expect(terraform.steps('apply', inputs).map((step) => step.mutates)).toEqual([false, false, true]);
  expect(terraform.steps('plan', inputs).some((step) => step.mutates)).toBe(false);
});

test('programs of a workflow stand between the steps, literally, and conditions stay', () => {
  const workflow = {
    name: 'checked',
    plan: ['init', 'workspace', ['lint', '{plan_file}'], 'plan', 'show'],
    apply: [['/opt/ask', '$HOME'], 'init', 'workspace', 'show', 'apply'],
  } as const;
  const [init, lint, ...rest] = terraform.steps('plan', { ...inputs, workflow });
  expect(lint).toEqual({
    name: 'workflow',
    argv: ['lint', '{plan_file}'],
    output: 'log',
    timeoutMs: init?.timeoutMs,
    environment: init?.environment,
    mutates: false,
  });
  expect(rest.map(({ name }) => name)).toEqual(['plan', 'show']);
  expect(argv('apply', { workflow, workspace: 'stage' }).map((one) => one.split(' ', 2).join(' '))).toEqual([
    '/opt/ask $HOME',
    'terraform init',
    'terraform workspace',
    'terraform show',
    'terraform apply',
  ]);
  expect(terraform.steps('look', { ...inputs, workflow })).toEqual(terraform.steps('look', inputs));
  // Of both verbs at once: what could not be applied is not planned.
  const unfit = { ...workflow, apply: ['init', 'workspace', 'show', ['late'], 'apply'] } as const;
  expect(() => argv('plan', { workflow: unfit })).toThrow(
    expect.objectContaining({ problem: expect.objectContaining({ code: 'workflow-unfit' }) }),
  );
  expect(terraform.steps('look', { ...inputs, workflow: unfit })).toEqual(terraform.steps('look', inputs));
});

test('lists become one element per value, wherever they stand', () => {
  const [init, plan] = terraform.steps('plan', {
    ...inputs,
    varFiles: ['a b.tfvars', '../c.tfvars'],
    backendFiles: ['x.hcl'],
    extra: ['-target=terraform_data.a["x y"]', '-refresh=false'],
  });
  expect(init?.argv.slice(-1)).toEqual(['-backend-config=x.hcl']);
  expect(plan?.argv.slice(-4)).toEqual([
    '-var-file=a b.tfvars',
    '-var-file=../c.tfvars',
    '-target=terraform_data.a["x y"]',
    '-refresh=false',
  ]);
});

test('a value is never split, never expanded and never an option of its own', () => {
  const text = fc.string({ minLength: 1, unit: 'binary' }).filter((one) => !one.includes('\0'));
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 3 }), (workspace, files) => {
      const values = { workspace: workspace.replace(/^-+/, 'x'), varFiles: files };
      const steps = terraform.steps('plan', { ...inputs, ...values });
      const select = steps.find((step) => step.name === 'workspace');
      if (values.workspace !== 'default') expect(select?.argv.at(-1)).toBe(values.workspace);
      const plan = steps.find((step) => step.name === 'plan');
      expect(plan?.argv.slice(5)).toEqual(files.map((file) => `-var-file=${file}`));
    }),
  );
  expect(() => argv('plan', { workspace: '-force' })).toThrow(TypeError);
  expect(() => argv('plan', { workspace: '' })).toThrow(TypeError);
  expect(() => argv('plan', { varFiles: ['a\0b'] })).toThrow(TypeError);
});

test('detects configuration files and nothing else', () => {
  const files = [
    'main.tf',
    'x.tf.json',
    '.hidden.tf',
    'main.tf.bak',
    'tf',
    'main.tfvars',
    'x.json',
    'mainxtf',
  ];
  expect(files.filter((name) => terraform.detects(name))).toEqual(['main.tf', 'x.tf.json']);
});

test('provider binaries are fetched again, everything else that Terraform writes is kept', () => {
  const paths = [
    'live/.terraform/providers/registry.terraform.io/a/b/1.0.0/linux_amd64/bin',
    '.terraform/providers/x',
    'live/.terraform/modules/modules.json',
    'live/.terraform.lock.hcl',
    'live/xterraform/providers/x',
    'live/.terraform/providersx',
  ];
  expect(paths.filter((name) => terraform.isFetchedAgain(name))).toEqual(paths.slice(0, 2));
});

test('pins what could move a run elsewhere', () => {
  for (const step of [
    ...terraform.steps('plan', inputs),
    ...terraform.steps('apply', inputs),
    terraform.versionStep,
  ])
    expect(step.environment).toMatchObject({
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
      TF_WORKSPACE: '',
      TF_DATA_DIR: '.terraform',
    });
});

test('a runner that is not there is null', () => {
  expect(loaded.names).toEqual(['helm', 'opentofu', 'terraform']);
  expect(loaded.get('constructor')).toBeNull();
});

describe('a runner.yml that is wrong is refused with file, place and remedy', () => {
  let folder: string;
  const yaml = readFileSync('runners/terraform/runner.yml', 'utf8');
  const written = (text: string) => writeFileSync(path.join(folder, 'terraform/runner.yml'), text);

  beforeEach(() => {
    folder = temporaryFolder('runners');
    mkdirSync(path.join(folder, 'terraform'));
  });

  test.each([
    ['no YAML', 'a: [', /runner\.yml/],
    ['nothing', '', /expected object/],
    ['a key nobody knows', `${yaml}\nshell: yes\n`, /shell/],
    [
      'a placeholder nobody knows',
      yaml.replace('"{workspace}"', '"{branch}"'),
      /`phases.prepare.1.args.4`: `\{branch\}` is not a placeholder; there are `\{plan_dir\}`/,
    ],
    ['two placeholders', yaml.replace('-out={plan_file}', "'{plan_file}{extra}'"), /at most one placeholder/],
    [
      'a path as executable',
      yaml.replace('executable: terraform', 'executable: bin/terraform'),
      /`executable`: the name of a program on the PATH, or/,
    ],
    [
      'a plan that mutates',
      yaml.replace('- name: plan\n', '- name: plan\n      mutates: true\n'),
      /no step of a plan may mutate/,
    ],
    ['a plan without data', yaml.replace('output: data', 'output: log'), /`output: data`/],
    [
      'an apply on a terminal',
      yaml.replace('mutates: true', 'mutates: true\n      terminal: true'),
      /a step that mutates gets no terminal/,
    ],
    [
      'a terminal whose output a machine reads',
      yaml.replace('output: data', 'output: data\n      terminal: true'),
      /gets no terminal: that mixes/,
    ],
    ['an apply that changes nothing', yaml.replace('mutates: true', 'mutates: false'), /`mutates: true`/],
    [
      'another name than its folder',
      yaml.replace('name: terraform', 'name: tofu'),
      /folder is called `terraform`/,
    ],
    ['a pattern that is none', yaml.replace(/pattern: .*/, "pattern: '('"), /`version.pattern`/],
  ])('%s', async (_what, text, words) => {
    expect(text).not.toBe(yaml);
    written(text);
    await expect(load(folder)).rejects.toThrow(words);
    await expect(load(folder)).rejects.toMatchObject({ problem: { code: 'no-such-runner' } });
  });

  test('a folder without one', async () => {
    await expect(load(folder)).rejects.toThrow(/terraform\/runner\.yml/);
  });

  test('a copy under another name is another runner', async () => {
    cpSync('runners/terraform', path.join(folder, 'terraform'), { recursive: true });
    cpSync('runners/terraform', path.join(folder, 'tofu'), { recursive: true });
    writeFileSync(
      path.join(folder, 'tofu/runner.yml'),
      yaml.replace('name: terraform', 'name: tofu').replace('executable: terraform', 'executable: tofu'),
    );
    const two = await load(folder);
    expect(two.names).toEqual(['terraform', 'tofu']);
    expect(two.get('tofu')?.versionStep.argv).toEqual(['tofu', 'version', '-json']);
    rmSync(folder, { recursive: true });
  });
});
