import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { endingsOf } from '../../src/flow/endings.ts';
import { noGenerator } from '../../src/flow/generate.ts';
import { snapshotOf } from '../../src/flow/snapshot.ts';
import { createSnapshots } from '../../src/flow/snapshots.ts';
import { createMemoryFolders } from '../../src/git/memory/folders.ts';
import { createMemoryGit } from '../../src/git/memory/git.ts';
import type { Files } from '../../src/git/memory/objects.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { plainRepositoryFiles } from '../sim/plain-ports.ts';
import { configuration } from '../support/configuration.ts';

const backend = (name: string) => `terraform {\n  backend "s3" {\n    key = "${name}"\n  }\n}\n`;
const repo = { id: 1, owner: 'a', name: 'b', installationId: 1 };

/** What is said of the projects of `base` that `head` takes away, by name. */
const said = async (base: Files, head: Files): Promise<Readonly<Record<string, string>>> => {
  const memory = createMemoryGit({ folders: createMemoryFolders() });
  const { git } = memory;
  const parsed = parseOperatorFile('allow: [a/b]', 'operator.yaml');
  if ('problem' in parsed) throw new Error(parsed.problem.sentence);
  const runners = await loadRunners([fileURLToPath(new URL('../../runners', import.meta.url))], {
    parseYaml,
  });
  const snapshots = createSnapshots();
  const ports = {
    ...{ git, configuration, repositoryFiles: plainRepositoryFiles, snapshots, runners },
    operator: parsed.value,
    generator: noGenerator,
  };
  const baseTree = await git.treeOf(1, memory.commit(1, base));
  const inBase = await snapshotOf(ports, repo, { tree: baseTree, code: baseTree, where: 'test' });
  const look = async (files: Files) => {
    const tree = await git.treeOf(1, memory.commit(1, files));
    const snapshot = await snapshotOf(ports, repo, { tree, code: baseTree, where: 'test' });
    const { file, found } = snapshot;
    const projects = snapshots.projects({
      ...{
        repositoryId: 1,
        repository: 'a/b',
        operator: parsed.value,
        baseBranch: 'main',
        declared: runners.declared,
      },
      ...{ base: inBase.file, foundInBase: inBase.found, head: file, found },
    });
    return { snapshot, projects, tree };
  };
  const { endings, gone } = endingsOf(await look(base), await look(head), ports, () => true);
  return Object.fromEntries(
    gone.map(({ name, reason }) => [
      name,
      [...endings.values()].find((one) => one.project.name === name)?.fate.kind ?? reason,
    ]),
  );
};

describe('a project whose folder goes', () => {
  const base = { 'live/old/main.tf': backend('old'), 'other/main.tf': backend('other') };
  const { 'other/main.tf': stays } = base;

  test('ends where nothing is left of it', async () => {
    expect(await said(base, { 'other/main.tf': stays })).toEqual({ 'live/old': 'destroy' });
  });

  test.each<readonly [what: string, files: Files]>([
    ['a link in its place', { 'live/old': { link: '../other' } }],
    ['a link above it', { live: { link: 'elsewhere' } }],
    ['a submodule in its place', { 'live/old': { submodule: 'a'.repeat(40) } }],
    ['a file that leads away', { 'live/old/main.tf': { link: '../../../outside' } }],
  ])('stays where there is %s', async (_what, files) => {
    const { 'live/old': kind } = await said(base, { 'other/main.tf': stays, ...files });
    expect(kind).toContain('its code stays');
  });

  test('is asked about where another one is moved to by what is no backend block', async () => {
    const rules = (file: string) => `version: 1\nrules: [{match: other, backend_files: [${file}]}]\n`;
    const partial = 'terraform {\n  backend "s3" {}\n}\n';
    const files = {
      ...{ 'other/main.tf': partial, 'a.hcl': 'key = "a"\n', 'b.hcl': 'key = "b"\n' },
    };
    const before = { ...base, ...files, 'tidegate.yaml': rules('../a.hcl') };
    expect(await said(before, { ...files, 'tidegate.yaml': rules('../a.hcl') })).toEqual({
      'live/old': 'destroy',
    });
    // Its own rules are not taken.
    expect(await said(before, { ...files, 'tidegate.yaml': rules('../b.hcl') })).toEqual({
      'live/old': 'destroy',
    });
    expect(
      await said(before, { ...files, 'a.hcl': 'key = "c"\n', 'tidegate.yaml': rules('../a.hcl') }),
    ).toEqual({
      'live/old': 'ask',
    });
  });
});
