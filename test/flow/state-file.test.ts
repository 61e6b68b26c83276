import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOperatorFile } from '../../src/config/operator-file.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import type { Project } from '../../src/domain/project.ts';
import { createSnapshots } from '../../src/flow/snapshots.ts';
import { stateOf } from '../../src/flow/state-file.ts';
import { loadRunners } from '../../src/runner/load.ts';
import { createHouse, type Files, type House, repo } from '../git/house.ts';
import { configuration } from '../support/configuration.ts';
import { sampleProject } from '../support/samples.ts';

const runners = await loadRunners([fileURLToPath(new URL('../../runners', import.meta.url))], { parseYaml });

let house: House;
beforeAll(async () => {
  house = await createHouse();
});
afterAll(() => house.close());

/** The state file that the files of a tree declare; undefined: a run has none on this machine. */
const declared = async (
  files: Files,
  project: Project = sampleProject('live'),
  operator = 'allow: ["*/*"]\nallow_local_state: /srv/state\n',
) => {
  const read = parseOperatorFile(operator, '/etc/tidegate.yaml');
  if ('problem' in read) throw new Error(read.problem.sentence);
  const ports = {
    git: house.git,
    configuration,
    runners,
    snapshots: createSnapshots(),
    operator: read.value,
  };
  const run = { repositoryId: repo.id, tree: await house.tree(files), project };
  return stateOf(ports, run, '/srv/checkout').state?.declared();
};

const block = (inside: string, type = 'local'): string =>
  `terraform {\n  backend "${type}" {\n    ${inside}\n  }\n}\n`;
const plain = block('path = "/srv/state/a.tfstate"');
const inWorkspace = sampleProject('live', { workspace: 'prod' });

describe('the state file that the reviewed files declare', () => {
  it.each<[string, Files, Project, string | null]>([
    ['is the `path` of the block', { 'live/a.tf': plain }, sampleProject('live'), '/srv/state/a.tfstate'],
    [
      'is the `path` in a file of JSON',
      { 'live/a.tf.json': '{"terraform":{"backend":{"local":{"path":"/srv/state/a.tfstate"}}}}' },
      sampleProject('live'),
      '/srv/state/a.tfstate',
    ],
    [
      'is below `workspace_dir` for another workspace',
      { 'live/a.tf': block('workspace_dir = "/srv/state/live"') },
      inWorkspace,
      '/srv/state/live/prod/terraform.tfstate',
    ],
    ['is not the `path` of another workspace', { 'live/a.tf': plain }, inWorkspace, null],
    [
      'is no relative path',
      { 'live/a.tf': block('path = "../../state/a.tfstate"') },
      sampleProject('live'),
      null,
    ],
    [
      'is no path with an expression',
      { 'live/a.tf': block(`path = "/srv/state/$${'{'}var.name}.tfstate"`) },
      sampleProject('live'),
      null,
    ],
    [
      'is not told where two files have a block',
      { 'live/a.tf': plain, 'live/b_override.tf': block('path = "/srv/state/b.tfstate"') },
      sampleProject('live'),
      null,
    ],
    [
      'is not told where a backend file may say another one',
      { 'live/a.tf': plain, 'live/b.tfbackend': 'path = "/srv/state/b.tfstate"\n' },
      sampleProject('live', { settings: { backendFiles: ['b.tfbackend'] } }),
      null,
    ],
    ['is none of another folder', { 'live/x/a.tf': plain, 'a.tf': plain }, sampleProject('live'), null],
    [
      'is none with another backend',
      { 'live/a.tf': block('path = "/srv/state/a"', 's3') },
      sampleProject('live'),
      null,
    ],
    [
      'is none without a backend',
      { 'live/a.tf': 'output "a" {\n  value = 1\n}\n' },
      sampleProject('live'),
      null,
    ],
  ])('%s', async (_what, files, project, wanted) => {
    expect(await declared(files, project)).toBe(wanted);
  });

  it('is not asked for where the operator allows none, or the runner keeps none', async () => {
    const files = { 'live/a.tf': plain };
    expect(await declared(files, sampleProject('live'), 'allow: ["*/*"]\n')).toBeUndefined();
    expect(await declared(files, sampleProject('live', { settings: { runner: 'helm' } }))).toBeUndefined();
  });
});
