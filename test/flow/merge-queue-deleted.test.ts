/** What a merge queue is told of a pull request that takes a folder away. */
import { afterEach, describe, expect, it } from 'vitest';
import type { MergeGroup } from '../../src/domain/merge-group.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

type Files = Readonly<Record<string, string>>;
const backend = (name: string) => `terraform {\n  backend "s3" {\n    key = "${name}"\n  }\n}\n`;
const letting = 'rules: [{match: "**", who_may: {destroy: {users: [ada]}}}]\n';
const old = { 'old/main.tf': backend('old') };
const other = { 'other/main.tf': backend('other') };

/** `old` was made, and #1 takes it away. */
const taking = async (): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main: { ...old, ...other }, operator: letting });
  worlds.push(world);
  world.tool.state.set('old', backend('old'));
  // What is destroyed is gone from its state, and what is not is planned as such.
  world.tool.hooks.set('show', (dir) =>
    dir === 'old' ? { data: endOf(world.tool.state.has('old')) } : undefined,
  );
  world.tool.hooks.set('apply', (dir) => {
    if (dir !== 'old') return undefined;
    world.tool.state.delete('old');
    return { text: 'destroyed' };
  });
  world.open(1, {});
  world.push(1, other);
  await world.event(1, 'opened');
  await world.settled();
  return world;
};

const endOf = (isThere: boolean): string =>
  JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: isThere
      ? [
          {
            address: 'terraform_data.this',
            mode: 'managed',
            type: 'terraform_data',
            name: 'this',
            provider_name: 'terraform.io/builtin/terraform',
            change: {
              actions: ['delete'],
              before: { input: 'one' },
              after: null,
              after_unknown: {},
              before_sensitive: {},
              after_sensitive: false,
            },
          },
        ]
      : [],
    output_changes: {},
  });

const says = async (world: MemoryWorld, text: string) => {
  await world.comment(1, text, people.ada);
  await world.settled();
};

const asked = async (world: MemoryWorld, files: Files, number = 1): Promise<MergeGroup> => {
  const commit = await world.queue(number, files);
  await world.settled();
  const group = await world.ports.store.mergeGroups.get(repo.id, commit);
  if (group === null) throw new Error('the queue did not ask');
  return group;
};

describe('a merge queue with a pull request that takes a folder away', () => {
  it('merges it when nothing of it is left, and plans its end there and nothing else', async () => {
    const world = await taking();
    await says(world, '/apply -p old');
    expect(world.tool.state.has('old')).toBe(false);
    const before = world.tool.journal.length;
    const group = await asked(world, other);
    expect(group).toMatchObject({
      state: 'passed',
      answers: [{ project: 'old', planned: true, holds: true }],
    });
    expect(world.tool.journal.slice(before)).toEqual(['plan old']);
  });

  it('does not where its end was not applied, or something of it is there again', async () => {
    const world = await taking();
    expect(await asked(world, other)).toMatchObject({ state: 'failed', answers: [{ project: 'old' }] });
    await says(world, '/apply -p old');
    world.tool.state.set('old', 'made by somebody else');
    expect(await asked(world, other)).toMatchObject({
      state: 'failed',
      answers: [{ project: 'old', planned: true, holds: false }],
    });
    expect(world.tool.state.has('old')).toBe(true);
  });

  it.each([
    ['files of its tool', { 'old/more.tf': backend('old') }],
    ['a file of another kind of its tool', { 'old/more.tf.json': '{}' }],
  ])('does not where the commit of the queue has %s in the folder', async (_what, files: Files) => {
    const world = await taking();
    await says(world, '/apply -p old');
    const before = world.tool.journal.length;
    const group = await asked(world, { ...other, ...files });
    expect(group).toMatchObject({
      state: 'failed',
      answers: [{ project: 'old', planned: true, holds: false }],
    });
    expect(group.answers[0]?.because).toContain('files of it are there on the commit of the queue');
    expect(world.tool.journal.slice(before)).toEqual([]);
  });
});

describe('a merge queue with a pull request whose folder another one takes away', () => {
  it('says so, and starts no tool where nothing is', async () => {
    const world = await createMemoryWorld({ main: { ...old, ...other } });
    worlds.push(world);
    world.open(1, { 'other/main.tf': `${backend('other')}# two\n` });
    await world.event(1, 'opened');
    await world.settled();
    await says(world, '/apply');
    const before = world.tool.journal.length;
    const group = await asked(world, old);
    expect(group).toMatchObject({
      state: 'failed',
      answers: [{ project: 'other', planned: false, holds: false }],
    });
    expect(group.answers[0]?.because).toContain('there is no folder `other`');
    expect(world.tool.journal.slice(before)).toEqual([]);
  });
});
