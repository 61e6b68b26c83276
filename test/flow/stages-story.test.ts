/** Real projects, of which one reads what another one put out: nobody plans it before that is there. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { open, row } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const network = (range: string) => `resource "terraform_data" "vpc" {
  input = "${range}"
}

output "range" {
  value = terraform_data.vpc.output
}
`;

const app = (state: string, name: string) => `data "terraform_remote_state" "network" {
  backend = "local"
  config = {
    path = "${state}/network.tfstate"
  }
}

resource "terraform_data" "host" {
  input = "${name} in \${data.terraform_remote_state.network.outputs.range}"
}
`;

const files = (state: string) => ({
  'tidegate.yaml': `version: 1
projects:
  - {name: app, dir: app, depends_on: [network]}
  - {name: network, dir: network}
`,
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('10.0.0.0/16'),
  'app/main.tf': app(state, 'old'),
  'app/backend.tf': localBackend(state, 'app'),
});

const both = (story: Story) => ({
  'network/main.tf': network('10.1.0.0/16'),
  'app/main.tf': app(story.world.stateFolder, 'web'),
});

it('a project that reads the outputs of another one is planned by itself when that is applied, and then asks for its own apply', {
  tags: ['long'],
}, async () => {
  await using story = await tellStory({ files });
  const { ada } = story;
  await open(story, 'both', both(story));
  await story.settled();
  expect(await row(story, 1, 'network')).toContain('| planned | `/apply -p network` |');
  expect(await row(story, 1, 'app')).toContain(
    '| waits for `network` | `network` to be applied; it is planned by itself then |',
  );
  expect(await story.checks(1)).toEqual(
    expect.arrayContaining([
      'tidegate/apply: action_required, Waits for /apply -p network (1 to add)',
      'tidegate/plan: in_progress, 1 of 2 projects planned after others: app, when network is applied',
      'tidegate: app: in_progress, Planned after network',
    ]),
  );
  // Nobody can have it planned of what is not there.
  await ada.comment(1, '/plan -p app');
  await story.settled();
  expect((await story.replies(1)).join()).toContain(
    '`app` uses outputs of `network`, and a plan of now would be made of what they were before.',
  );

  await ada.comment(1, '/apply');
  await story.settled();
  // It was not among what was agreed to.
  expect(await row(story, 1, 'network')).toContain('| ✓ applied |');
  expect(await row(story, 1, 'app')).toContain('| planned | `/apply -p app` |');
  expect(await story.board(1)).toContain('web in 10.1.0.0/16');
  expect(await story.checks(1)).toContain(
    'tidegate/apply: action_required, Waits for /apply -p app (1 to add)',
  );

  await ada.comment(1, '/apply');
  await story.settled();
  expect(await story.checks(1)).toEqual(
    expect.arrayContaining([
      'tidegate/apply: success, 2 projects applied: 2 added',
      'tidegate/plan: success, 2 projects planned: 2 to add',
    ]),
  );
  const state = await readFile(path.join(story.world.stateFolder, 'app.tfstate'), 'utf8');
  expect(state).toContain('web in 10.1.0.0/16');
});
