import { expect, it, vi } from 'vitest';
import type { Convergence } from '../../src/domain/convergence/convergence.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { eventually, open } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const calm = (input: string) => `resource "terraform_data" "calm" {
  input = "${input}"
}
`;
const restless = `resource "terraform_data" "clock" {
  input = timestamp()
}
`;

/** One project, looked at, and what a second plan behind its applies comes to. */
const told = async () => {
  const got: { ports?: FlowPorts } = {};
  const story = await tellStory({
    converges: true,
    operator: 'drift: { jitter: 0m }\n',
    app: {
      around: (ports) => {
        got.ports = ports;
        return ports;
      },
    },
    files: (state) => ({
      'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: network, drift: detect }\n',
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': calm('one'),
    }),
  });
  const { ports } = got;
  if (ports === undefined) throw new Error('there is no server');
  return { story, store: ports.store };
};

type Store = FlowPorts['store'];

const applied = async (story: Story, store: Store, number: number): Promise<Convergence> => {
  await story.settled();
  await story.grace.comment(number, '/apply');
  await story.settled();
  const found = await vi.waitFor(
    async () => {
      const runs = await store.runs.inState(['applied']);
      const rows = await store.convergences.ofRuns(runs.map(({ id }) => id));
      const row = rows.find(({ pullNumber, outcome }) => pullNumber === number && outcome !== null);
      expect(row).toBeDefined();
      return row;
    },
    { timeout: 90_000, interval: 100 },
  );
  if (found === undefined) throw new Error('nobody looked');
  await story.settled();
  return found;
};

it('of what Terraform applies the plan behind it is empty, or says what never settles, of which drift is quiet then', {
  tags: ['long'],
  timeout: 300_000,
}, async () => {
  const { story: mine, store } = await told();
  await using story = mine;
  await open(story, 'calm', { 'network/main.tf': calm('two') });
  expect(await applied(story, store, 1)).toMatchObject({ outcome: 'settled', remaining: [], looks: 1 });
  const [tracked] = await store.tracked.all();
  if (tracked === undefined) throw new Error('nothing is kept');
  // It was the look at the world as well.
  expect(await store.drifts.get(tracked.key)).toMatchObject({ status: 'clean', askedAt: null, unsettled: 0 });
  await story.grace.merge(1);
  await story.settled();

  await open(story, 'restless', { 'network/main.tf': calm('two') + restless });
  expect(await applied(story, store, 2)).toMatchObject({
    outcome: 'remains',
    looks: 2,
    remaining: [
      {
        address: 'terraform_data.clock',
        action: 'update',
        kind: 'once',
        paths: expect.arrayContaining(['input']),
        provider: 'terraform.io/builtin/terraform',
        version: expect.stringMatching(/^1\.\d+\.\d+$/),
      },
    ],
  });
  expect(await story.board(2)).toContain('`terraform_data.clock`: `input`');
  await story.grace.merge(2);
  await story.settled();
  // The next apply leaves it as well.
  await open(story, 'calm-again', { 'network/main.tf': calm('three') + restless });
  expect(await applied(story, store, 3)).toMatchObject({
    remaining: [{ address: 'terraform_data.clock', kind: 'unsettled' }],
  });
  await story.grace.merge(3);
  await story.settled();

  const looked = async (act: () => Promise<void>) => {
    const before = (await store.drifts.get(tracked.key))?.checkedAt;
    await act();
    await store.drifts.ask(tracked.key, Date.now());
    await story.ada.comment(3, '/help');
    return eventually(async () => {
      const row = await store.drifts.get(tracked.key);
      expect(row).toMatchObject({ underWay: null, askedAt: null });
      expect(row?.checkedAt).not.toBe(before);
      return row;
    });
  };
  expect(await looked(async () => {})).toMatchObject({ status: 'clean', unsettled: 1, counts: {} });
  // The twin: where it is not known it drifts, and would at every look.
  expect(await looked(() => store.convergences.forget(tracked.key, 'terraform_data.clock'))).toMatchObject({
    status: 'drifted',
    unsettled: 0,
    counts: { update: 1 },
  });
});
