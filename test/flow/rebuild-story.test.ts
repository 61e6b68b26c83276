/** An environment that is gone, and comes back from Git alone: real projects of which each reads what the one before put out. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ask, open, row } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const chain = ['network', 'cluster', 'app'] as const;

const code = (state: string, name: string, before: string | undefined) =>
  before === undefined
    ? `resource "terraform_data" "this" {
  input = "${name}"
}

output "path" {
  value = terraform_data.this.output
}
`
    : `data "terraform_remote_state" "before" {
  backend = "local"
  config = {
    path = "${state}/${before}.tfstate"
  }
}

resource "terraform_data" "this" {
  input = "\${data.terraform_remote_state.before.outputs.path}/${name}"
}

output "path" {
  value = terraform_data.this.output
}
`;

const files = (state: string) => ({
  'tidegate.yaml': `version: 1
projects:
  - {dir: app, environment: prod, depends_on: [cluster]}
  - {dir: cluster, environment: prod, depends_on: [network]}
  - {dir: network, environment: prod}
  - {dir: other, environment: dev}
`,
  ...Object.fromEntries(
    [...chain, 'other'].flatMap((name, index) => [
      [`${name}/backend.tf`, localBackend(state, name)],
      [`${name}/main.tf`, code(state, name, name === 'other' ? undefined : chain[index - 1])],
    ]),
  ),
});

const stateOf = (story: Story, name: string) => path.join(story.world.stateFolder, `${name}.tfstate`);

it('all of an environment is planned with one word and applied with another, each after what it reads, and nothing else is', {
  tags: ['long'],
  timeout: 180_000,
}, async () => {
  await using story = await tellStory({
    files,
    operator: 'rules: [{match: "**", who_may: {apply-all: {users: [grace]}}}]\n',
  });
  const { ada, grace } = story;
  const rebuild = async (number: number) => {
    await ada.comment(number, '/plan --all --env prod');
    await story.settled();
    expect(await row(story, number, 'network')).toContain('| planned |');
    expect(await row(story, number, 'app')).toContain('waits for `cluster`');
    await grace.comment(number, '/apply --all --env prod');
    await story.settled();
    for (const name of chain) expect(await row(story, number, name)).toContain('applied');
    expect(await readFile(stateOf(story, 'app'), 'utf8')).toContain('network/cluster/app');
    await expect(readFile(stateOf(story, 'other'), 'utf8')).rejects.toThrow('ENOENT');
  };
  await open(story, 'first', { 'README.md': 'Build it.\n' });
  await story.settled();
  await rebuild(1);
  await ask(story, 'margaret', 'PUT', '/pulls/1/merge', { merge_method: 'merge' });
  await story.settled();

  // Nothing is left of it but what Git has.
  for (const name of chain) await rm(stateOf(story, name));
  await open(story, 'again', { 'README.md': 'Build it again.\n' });
  await story.settled();
  await rebuild(2);
  expect(await story.checks(2)).toContain('tidegate/apply: success, 3 projects applied: 3 added');
});
