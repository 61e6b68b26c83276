/** Real states: a pull request that touches one project has planned what reads an output of it that changes, and nothing else. */
import { expect, it } from 'vitest';
import { open, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const network = (range: string, key: string) => `resource "terraform_data" "vpc" {
  input = "${range}"
}

output "range" {
  value = terraform_data.vpc.input
}

output "key" {
  value     = "${key}"
  sensitive = true
}
`;

/** The tool forgets that an output is sensitive where another project reads it. */
const reader = (state: string, output: string, by = '') => `data "terraform_remote_state" "network" {
  backend = "local"
  config = {
    path = "${state}/network.tfstate"
  }
}

resource "terraform_data" "this" {
  input = ${by}(data.terraform_remote_state.network.outputs.${output})
}
`;

const uses = (output: string) => `depends_on: [{project: network, outputs: [${output}]}]`;
const files = (state: string) => ({
  'tidegate.yaml': `version: 1
projects:
  - {name: network, dir: network}
  - {name: app, dir: app, ${uses('range')}}
  - {name: vault, dir: vault, ${uses('key')}}
`,
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('10.0.0.0/16', 'first-key-of-them'),
  'app/backend.tf': localBackend(state, 'app'),
  'app/main.tf': reader(state, 'range'),
  'vault/backend.tf': localBackend(state, 'vault'),
  'vault/main.tf': reader(state, 'key', 'sensitive'),
});

const says = async (story: Story, number: number, body: string): Promise<void> => {
  await story.ada.comment(number, body);
  await story.settled();
};

it('what reads an output that changes is planned after the apply, and what reads another one is left out', {
  tags: ['long'],
  timeout: 240_000,
}, async () => {
  await using story = await tellStory({ files });
  // Nothing of it is there yet: every output comes into being.
  await open(story, 'first', { 'network/main.tf': network('10.1.0.0/16', 'first-key-of-them') });
  await story.settled();
  expect(await row(story, 1, 'app')).toContain('| waits for `network` |');
  expect(await row(story, 1, 'vault')).toContain('| waits for `network` |');
  expect((await story.checks(1)).join('\n')).toContain('tidegate/plan: in_progress, 2 of 3 projects planned');
  await says(story, 1, '/apply');
  expect(await row(story, 1, 'app')).toContain('| planned | `/apply -p app` |');
  await says(story, 1, '/apply');
  expect((await story.checks(1)).join('\n')).toContain('tidegate/apply: success, 3 projects applied');
  expect(await stateOf(story, 'app')).toContain('10.1.0.0/16');
  await story.ada.merge(1);
  await story.settled();

  await open(story, 'second', { 'network/main.tf': network('10.1.0.0/16', 'second-key-of-them') });
  await story.settled();
  expect(await row(story, 2, 'vault')).toContain('| waits for `network` |');
  expect(await row(story, 2, 'app')).toBe('no row for app');
  expect(await story.board(2)).toContain('`app`: none of its files changed, and no output that it uses');
  await says(story, 2, '/apply');
  expect(await row(story, 2, 'vault')).toContain('| planned | `/apply -p vault` |');
  await says(story, 2, '/apply');
  expect((await story.checks(2)).join('\n')).toContain('tidegate/apply: success, 2 projects applied');
  expect(await stateOf(story, 'vault')).toContain('second-key-of-them');
  expect(await story.board(2)).not.toContain('key-of-them');
});
