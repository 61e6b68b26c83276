import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
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

it('prints the part of the operator, and names what is left', async () => {
  const folder = written('folders.yaml');
  writeFileSync(
    path.join(folder, 'repos.yaml'),
    'repos:\n  - id: /github.com/acme/.*/\n    apply_requirements: [approved, undiverged]\n    allow_custom_workflows: true\n    workflow: checked\nworkflows:\n  checked:\n    plan: {steps: [{run: tflint}, init, plan]}\n',
  );
  const { code, out, said } = await run({ folder, home: folder }, 'import-atlantis', [
    '--repo-config',
    'repos.yaml',
  ]);
  expect(code).toBe(0);
  expect(out).toContain('acme/*');
  expect(out).toContain('up_to_date');
  expect(out).toContain('sh: tflint');
  expect(said).toContain('repos.yaml:4:5: `allow_custom_workflows` is left out.');
  expect(said).toContain('atlantis.yaml:4:1: Projects of one pull request are planned one after another.');
});
