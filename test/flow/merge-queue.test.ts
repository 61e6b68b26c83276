import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { queueRule } from '../../src/hub/branch-rules.ts';
import { enqueue, open, push, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const main = (name: string, input: string) =>
  `resource "terraform_data" "${name}" {\n  input = "${input}"\n}\n`;

/** `network` is applied on merge, `app` by a command; both look at `shared`. */
const operator = 'rules:\n  - match: network\n    apply: merge\n';
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': main('vpc', 'one'),
  'app/backend.tf': localBackend(state, 'app'),
  'app/main.tf': main('app', 'one'),
});

const required = ['tidegate/plan', 'tidegate/apply'] as const;

/** Into `main` only what the queue merges gets, and the queue waits for our two checks. */
const tell = async (more = ''): Promise<Story> => {
  const story = await tellStory({ files, operator: operator + more });
  const { hub, repository, appId } = story.world;
  hub.protect(repository, 'main', 'ruleset', {
    queue: queueRule(),
    checks: required.map((name) => ({ name, appId })),
  });
  return story;
};

const planned = async (story: Story, branch: string, change: Record<string, string>): Promise<void> => {
  await open(story, branch, change);
  await story.settled();
  await createSystemClock().sleep(1_100);
};

const isMerged = async (story: Story, number: number): Promise<boolean> =>
  (await story.ada.pull(number)).merged;

describe('a merge queue', () => {
  it('merges what is applied after the merge, when the plan on its commit is what was agreed to', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': main('vpc', 'two') });
    await enqueue(story, 1);
    await story.settled();
    expect(await isMerged(story, 1)).toBe(true);
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await row(story, 1, 'network')).toContain('✓ applied');
  });

  it('merges what was applied, when nothing is left to change on its commit', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'app/main.tf': main('app', 'two') });
    await expect(enqueue(story, 1)).rejects.toThrow();
    await story.ada.comment(1, '/apply');
    await story.settled();
    await enqueue(story, 1);
    await story.settled();
    expect(await isMerged(story, 1)).toBe(true);
    expect(await stateOf(story, 'app')).toContain('"two"');
  });

  it('merges what takes a folder away, when nothing of it is left to destroy', {
    tags: ['long'],
  }, async () => {
    await using story = await tell('  - match: app\n    who_may: {destroy: {users: [ada]}}\n');
    await planned(story, 'two', { 'app/main.tf': main('app', 'two') });
    await story.ada.comment(1, '/apply');
    await story.settled();
    await enqueue(story, 1);
    await story.settled();
    expect(await stateOf(story, 'app')).toContain('"two"');
    const { hub, repository } = story.world;
    const deletes = ['app/backend.tf', 'app/main.tf'];
    await hub.pushFiles(repository, 'take', { as: 'ada', from: 'main', files: {}, deletes });
    await story.ada.openPull('take', 'Take it away');
    await story.settled();
    await createSystemClock().sleep(1_100);
    await expect(enqueue(story, 2)).rejects.toThrow();
    await story.ada.comment(2, '/apply');
    await story.settled();
    await enqueue(story, 2);
    await story.settled();
    expect(await isMerged(story, 2)).toBe(true);
    expect(await stateOf(story, 'app')).not.toContain('"two"');
  });

  it('lets a pull request go where the plan on its commit is another one, and the comment says why', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': main('vpc', 'two') });
    // Past the queue, by an administrator: what would be merged is more than anybody saw.
    story.world.hub.protect(story.world.repository, 'main', 'ruleset', {});
    await push(story, 'main', { 'network/extra.tf': 'resource "terraform_data" "extra" {}\n' });
    const { appId } = story.world;
    story.world.hub.protect(story.world.repository, 'main', 'ruleset', {
      queue: queueRule(),
      checks: required.map((name) => ({ name, appId })),
    });
    await enqueue(story, 1);
    await story.settled();
    expect(await isMerged(story, 1)).toBe(false);
    expect(await stateOf(story, 'network')).toBe('');
    const board = (await story.board(1)) ?? '';
    expect(board).toContain('of the merge queue this is not what was applied or agreed to');
    expect(board).toContain('network: its plan on the commit of the queue is not the one that was agreed to');
    await story.ada.comment(1, '/plan');
    await story.settled();
    await createSystemClock().sleep(1_100);
    await enqueue(story, 1);
    await story.settled();
    expect(await isMerged(story, 1)).toBe(true);
    expect(await stateOf(story, 'network')).toContain('extra');
  });

  it('takes several at once, each on top of the one before', { tags: ['long'] }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': main('vpc', 'two') });
    await planned(story, 'three', { 'app/main.tf': main('app', 'three') });
    await story.ada.comment(2, '/apply');
    await story.settled();
    await enqueue(story, 1);
    await enqueue(story, 2);
    await story.settled();
    expect([await isMerged(story, 1), await isMerged(story, 2)]).toEqual([true, true]);
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await stateOf(story, 'app')).toContain('"three"');
  });

  it('gets its answer also from the server that comes after the one that was asked', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': main('vpc', 'two') });
    await enqueue(story, 1);
    await story.world.restart();
    await story.settled();
    expect(await isMerged(story, 1)).toBe(true);
    expect(await stateOf(story, 'network')).toContain('"two"');
  });

  it('hears of nothing to do where no project is affected', { tags: ['long'] }, async () => {
    await using story = await tell();
    await planned(story, 'note', { 'README.md': 'Words.\n' });
    await enqueue(story, 1);
    await story.settled();
    expect(await isMerged(story, 1)).toBe(true);
  });
});
