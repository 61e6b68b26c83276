import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { parseRepositoryFile } from '../../src/config/repository-file.ts';
import { fixture } from '../config/atlantis/read.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { run } from './command.ts';

const written = (name: string): string => {
  const folder = temporaryFolder('import');
  writeFileSync(path.join(folder, 'atlantis.yaml'), fixture(name));
  mkdirSync(path.join(folder, 'stacks/a/env'), { recursive: true });
  writeFileSync(path.join(folder, 'stacks/a/main.tf'), '');
  writeFileSync(path.join(folder, 'stacks/a/env/default.tfvars'), '');
  return folder;
};

it.each(['folders.yaml', 'workspaces.yaml', 'generated.yaml', 'globs.yaml'])(
  'writes a file that is right, once: %s',
  async (name) => {
    const folder = written(name);
    const at = { folder, home: folder };
    expect((await run(at, 'import-atlantis')).code).toBe(0);
    const text = readFileSync(path.join(folder, 'tidegate.yaml'), 'utf8');
    expect(parseRepositoryFile(text, 'tidegate.yaml')).toHaveProperty('value');
    if (name === 'globs.yaml') expect(text).toContain('env/default.tfvars');
    expect((await run(at, 'import-atlantis')).code).toBe(1);
    expect((await run(at, 'import-atlantis', ['--force'])).code).toBe(0);
  },
);

const bare = (files: Readonly<Record<string, string>>) => {
  const folder = temporaryFolder('import');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return { folder, home: folder };
};

it('prints the part of the operator, and names what is left', async () => {
  const folder = written('folders.yaml');
  writeFileSync(path.join(folder, 'repos.yaml'), fixture('repos.yaml'));
  const { code, out, said } = await run({ folder, home: folder }, 'import-atlantis', [
    '--repo-config',
    'repos.yaml',
  ]);
  expect(code).toBe(0);
  expect(out).toContain('# For the operator file');
  expect(out).toContain('acme/live-*');
  expect(out).toContain('up_to_date');
  expect(out).toContain('sh: tflint --recursive');
  expect(said).toContain('Left out, and nothing depends on it:');
  expect(said).toContain('repos.yaml:10:5: Programs of a repository are never run.');
  expect(said).toContain('atlantis.yaml:4:1: Projects of one pull request are planned one after another.');
  expect(said).not.toContain('To settle by hand');
});

it('needs no atlantis.yaml for the part of the operator', async () => {
  const at = bare({ 'repos.yaml': 'repos: [{id: /.*/, apply_requirements: [approved]}]\n' });
  const { code, out } = await run(at, 'import-atlantis', ['--repo-config', 'repos.yaml']);
  expect(code).toBe(0);
  expect(out).toContain('- approved');
  expect((await run(at, 'import-atlantis')).code).toBe(1);
});

it('ends with 3 where something has to be settled by hand, which stands in the file as well', async () => {
  const at = bare({
    'atlantis.yaml':
      'version: 3\nprojects:\n- {dir: a, workflow: w, branch: /(?=x)/}\nworkflows:\n  w:\n    plan: {steps: [init, {plan: {extra_args: [-target=x]}}]}\n',
    'a/main.tf': '',
    'repos.yaml': 'team_authz: {command: /bin/who}\n',
  });
  const { code, said } = await run(at, 'import-atlantis', ['--repo-config', 'repos.yaml']);
  expect(code).toBe(3);
  expect(said).toContain('To settle by hand, or another thing is planned, or less is asked for:');
  expect(said).toContain(': The branches `/(?=x)/` cannot be said as globs.');
  expect(said).toContain(': The argument `-target=x` of `plan` has no counterpart.');
  expect(said).toContain('repos.yaml:1:1: Nobody is asked who may do what.');
  expect(said).toContain('To settle by hand before any of it is used: 3.');
  const text = readFileSync(path.join(at.folder, 'tidegate.yaml'), 'utf8');
  expect(text).toContain('# Settle this first (atlantis.yaml, line 6): The argument `-target=x`');
  expect(parseRepositoryFile(text, 'tidegate.yaml')).toHaveProperty('value');
});

it('says each thing once, also of a workflow that several projects have, and nothing of what is the same here', async () => {
  const at = bare({
    'atlantis.yaml':
      'version: 3\nparallel_plan: false\nprojects:\n- {dir: a, workflow: w}\n- {dir: b, workflow: w, apply_requirements: []}\n- {dir: "none/*"}\nworkflows:\n  w:\n    plan: {steps: [{run: tflint}, init, {plan: {extra_args: [-lock=false, -target=x]}}]}\n',
    'a/main.tf': '',
    'b/main.tf': '',
  });
  const { said } = await run(at, 'import-atlantis');
  const times = (words: string) => said.split(words).length - 1;
  expect(times('The argument `-lock=false`')).toBe(1);
  expect(times('The argument `-target=x`')).toBe(1);
  expect(times('An empty list takes nothing away.')).toBe(1);
  expect(times('No folder with Terraform files matches `none/*`')).toBe(1);
  expect(times('one after another')).toBe(0);
});

it('says what is wrong with the file where it is wrong, and writes nothing', async () => {
  const at = bare({ 'atlantis.yaml': 'version: 3\nprojects:\n- dir: a\n  terraform_version: latest\n' });
  const { code, said } = await run(at, 'import-atlantis');
  expect(code).toBe(1);
  expect(said).toContain('atlantis.yaml:4:22: In the words of `tidegate.yaml`');
  expect(existsSync(path.join(at.folder, 'tidegate.yaml'))).toBe(false);
});

it('writes what depends on the tree: dirs that are globs, by name in what depends on them, and variable files', async () => {
  const at = bare({
    'atlantis.yaml':
      'version: 3\nautodiscover: {mode: enabled}\nprojects:\n- {dir: "stacks/*"}\n- {dir: stacks/b, name: b}\n- {dir: top, execution_order_group: 1}\n',
    'stacks/a/main.tf': '',
    'stacks/b/main.tf': '',
    'top/main.tf': '',
    'found/main.tf': '',
    'found/env/default.tfvars': '',
  });
  expect((await run(at, 'import-atlantis')).code).toBe(0);
  const text = readFileSync(path.join(at.folder, 'tidegate.yaml'), 'utf8');
  const parsed = parseRepositoryFile(text, 'tidegate.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  const { projects, rules } = parsed.value;
  expect(projects?.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
    ['stacks/a', []],
    ['b', []],
    ['top', ['stacks/a', 'b'].map((name) => ({ name, outputs: [] }))],
  ]);
  expect(rules.map(({ matches, varFiles }) => [matches('found'), matches('top'), varFiles])).toEqual([
    [true, false, ['env/default.tfvars']],
  ]);
});

it('prints programs that the repository brought, as the operator file would have them', async () => {
  const folder = written('generated.yaml');
  const { out } = await run({ folder, home: folder }, 'import-atlantis');
  expect(out).toBe('');
  const at = bare({
    'atlantis.yaml':
      'version: 3\nprojects: [{dir: a, workflow: w}]\nworkflows: {w: {plan: {steps: [init, {run: tflint}, plan]}}}\n',
  });
  const printed = await run(at, 'import-atlantis');
  expect(printed.out).toContain('Programs that atlantis.yaml brought');
  const parsed = parseOperatorFile(`allow: [a/b]\n${printed.out}`, 'operator.yaml');
  expect('value' in parsed && parsed.value.workflows.get('w')?.plan).toEqual([
    'init',
    'workspace',
    ['sh', '-c', 'tflint'],
    'plan',
    'show',
  ]);
});

it('is checked with the server-side repo config that the operator file names', async () => {
  const at = bare({
    'repos.yaml': 'repos: [{id: /.*/, pre_workflow_hooks: [{run: gen.sh}]}]\n',
    'a/main.tf': '',
  });
  const { folder } = at;
  writeFileSync(
    path.join(folder, 'operator.yaml'),
    `allow: [a/b]\natlantis_repo_config: ${path.join(folder, 'repos.yaml')}\n`,
  );
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  git('init', '-q');
  git('add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'x');
  const validated = () => run(at, 'validate', ['--config', 'operator.yaml', '--repository', 'a/b']);
  const wrong = await validated();
  expect(wrong.code).toBe(1);
  expect(wrong.out).toContain('repos.yaml:1:20: Hooks before a command are not run');
  writeFileSync(path.join(folder, 'repos.yaml'), 'repos: [{id: /.*/, apply_requirements: [approved]}]\n');
  expect((await validated()).code).toBe(0);
  rmSync(path.join(folder, 'repos.yaml'));
  const gone = await validated();
  expect(gone.code).toBe(1);
  expect(gone.said).toContain(
    'which `atlantis_repo_config` of `operator.yaml` names, cannot be read (ENOENT)',
  );
});
