/** Real terraform puts out what a tool with a summary is fed: waited for, read, held against the review, and never shown. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { open, row } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';
import { createSummaryTool } from '../support/summary-tool.ts';

const network = (address: string) => `resource "terraform_data" "balancer" {
  input = "${address}"
}

output "address" {
  value = terraform_data.balancer.output
}

output "password" {
  value     = sha256(terraform_data.balancer.output)
  sensitive = true
}
`;

const settings = `version: 1
projects:
  - { name: network, dir: network }
  - name: shop
    dir: shop
    runner: things
    depends_on: [{ project: network, outputs: [address, password] }]
    feeds:
      ingress.host: { project: network, output: address }
      db.password: { project: network, output: password }
`;

const files = (state: string) => ({
  'tidegate.yaml': settings,
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('10.0.0.0'),
  'shop/wish.json': '{}',
});

const stateOf = (story: Story) => path.join(story.world.stateFolder, 'network.tfstate');

/** What the outputs of a state are; `change` makes others of them, as somebody at a keyboard does. */
const outputs = async (story: Story, change: Readonly<Record<string, string>> = {}) => {
  const state = JSON.parse(await readFile(stateOf(story), 'utf8'));
  for (const [name, value] of Object.entries(change)) state.outputs[name].value = value;
  if (Object.keys(change).length > 0)
    await writeFile(stateOf(story), JSON.stringify({ ...state, serial: state.serial + 1 }));
  return state.outputs;
};

it('a release is planned with what the stage before put out, and only applied with the same', {
  tags: ['long'],
}, async () => {
  const tool = createSummaryTool({}, { isAlone: true });
  await using story = await tellStory({ files, operator: `runners: [${tool.runners}]\n` });
  const { ada } = story;
  await open(story, 'both', {
    'network/main.tf': network('10.1.0.0'),
    'shop/wish.json': '{"host": "feed:ingress.host", "login": "feed:db.password"}',
  });
  await story.settled();
  expect(await row(story, 1, 'shop')).toContain(
    '| waits for `network` | `network` to be applied, after which `db.password` and `ingress.host` are known; it is planned by itself then |',
  );
  expect(tool.journal()).toEqual([]);

  await ada.comment(1, '/apply');
  await story.settled();
  const { password } = await outputs(story);
  const first = await story.board(1);
  expect(await row(story, 1, 'shop')).toContain('| planned | `/apply -p shop` |');
  expect(first).toContain('10.1.0.0');
  expect(first).toContain('`ingress.host` is `address` of `network`');
  expect(first).toContain('(sensitive)');

  // Beside Tidegate, after people looked.
  await outputs(story, { address: '10.2.0.0' });
  await ada.comment(1, '/apply -p shop');
  await story.settled();
  expect(tool.world.get()).toEqual({});
  expect((await story.replies(1)).join()).toContain('changed since it was planned');
  expect(await story.board(1)).toContain('10.2.0.0');

  await ada.comment(1, '/apply -p shop');
  await story.settled();
  expect(tool.world.get()).toEqual({ host: '10.2.0.0', login: password.value });
  expect(
    [await story.board(1), first, ...(await story.replies(1)), ...(await story.checks(1))].join(),
  ).not.toContain(password.value);
});
