/** What was planned of a part of a project says nothing of the rest, and no check may say so. */
import { afterEach, expect, it } from 'vitest';
import { boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

const onMerge = 'rules: [{match: "**", apply: merge}]\n';
const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};
const large = { 'network/main.tf': 'large' };
const ofPart = '/plan -- -target=terraform_data.other';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const planned = async (operator: string): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main, operator });
  worlds.push(world);
  world.open(1, large);
  await world.event(1, 'opened');
  await settled(world);
  return world;
};

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await settled(world);
};

/** The part has nothing to change. */
const planPart = async (world: MemoryWorld): Promise<void> => {
  const empty = {
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: [],
    output_changes: {},
  };
  world.tool.hooks.set('show', () => ({ data: JSON.stringify(empty) }));
  await says(world, ofPart);
  world.tool.hooks.clear();
};

it('waits for a plan of the whole where a part has nothing to change', async () => {
  const world = await planned('');
  await planPart(world);
  expect(titleOf(world)).toBe('action_required: Waits for /plan of network');
  expect(titleOf(world, 1, 'tidegate/plan')).toMatch(/^action_required: /);
  expect(rowOf(world, 'network')).toContain('`/plan -p network`');
  await says(world, '/plan');
  expect(titleOf(world)).toBe('action_required: Waits for /apply -p network (1 to add)');
});

it('is not said to be applied where an older commit was, and a part of this one has nothing to change', async () => {
  const world = await planned('');
  await says(world, '/apply');
  expect(titleOf(world)).toBe('success: 1 project applied: 1 added');
  world.open(1, { 'network/main.tf': 'larger' });
  await world.event(1, 'synchronize');
  await settled(world);
  await planPart(world);
  expect(titleOf(world)).toBe('action_required: Waits for /plan of network');
});

it('does not let a merge pass that would apply nothing of what is shown', async () => {
  const world = await planned(onMerge);
  expect(titleOf(world)).toBe('success: Applies after the merge: 1 to add');
  await says(world, ofPart);
  expect(titleOf(world)).toBe('action_required: Waits for /plan of network');
  await says(world, '/plan');
  expect(titleOf(world)).toBe('success: Applies after the merge: 1 to add');
});

it('is still due after the merge, and says so', async () => {
  const world = await planned(onMerge);
  world.tool.state.set('network', 'somebody was here');
  await world.merge(1, large);
  await settled(world);
  await planPart(world);
  expect(await world.ports.store.dues.open(null)).toMatchObject([
    { repositoryId: repo.id, pullNumber: 1, ended: null },
  ]);
  expect(titleOf(world)).not.toMatch(/^success/);
  expect(boardOf(world)).toContain('`/plan -p network`');
  await says(world, '/plan');
  await says(world, '/apply');
  expect(titleOf(world)).toMatch(/^success: 1 project applied/);
});
