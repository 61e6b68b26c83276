import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { close, open, push, row, stateOf } from '../support/acts.ts';
import { storedLocks } from '../support/deliver.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const onMerge = "rules:\n  - match: '**'\n    apply: merge\n";

const network = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const more = (name: string) => ({ [`network/${name}.tf`]: `resource "terraform_data" "${name}" {}\n` });

const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': network('one'),
});

const tell = (wish: Partial<StoryWish> = {}): Promise<Story> =>
  tellStory({ files, operator: onMerge, ...wish });

const checks = async (story: Story, number: number): Promise<readonly string[]> =>
  (await story.checks(number)).filter((check) => check.startsWith('tidegate/'));

/** Forges tell whole seconds: nobody agreed to a plan that was shown in the second of the merge. */
const read = () => createSystemClock().sleep(1_100);

const planned = async (story: Story, branch: string, change: Record<string, string>): Promise<void> => {
  await open(story, branch, change);
  await story.settled();
  await read();
};

/** Merged, whatever the checks say, and everything done that follows. */
const merge = async (story: Story, number: number): Promise<void> => {
  await story.ada.merge(number);
  await story.settled();
};

const say = async (story: Story, number: number, text: string): Promise<string> => {
  await story.ada.comment(number, text);
  await story.settled();
  return (await story.replies(number)).at(-1) ?? '';
};

describe('a project that is applied on merge', () => {
  it('says so on the checks, is not applied before, and is applied after the merge as it was shown', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': network('two') });
    expect(await row(story, 1, 'network')).toContain('the merge, which applies it');
    expect(await checks(story, 1)).toEqual([
      'tidegate/apply: success, Applies after the merge: 1 to add',
      'tidegate/plan: success, 1 project planned: 1 to add',
    ]);
    expect(await say(story, 1, '/apply')).toContain('is applied after the merge');
    expect(await say(story, 1, '/why')).toContain('it is applied after the merge');
    expect(await stateOf(story, 'network')).toBe('');

    await merge(story, 1);
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await checks(story, 1)).toEqual([
      'tidegate/apply: success, 1 project applied: 1 added',
      'tidegate/plan: success, 1 project planned: 1 to add',
    ]);
    expect(storedLocks(story)).toEqual([]);
    expect(await say(story, 1, '/apply')).toContain('works on open pull requests only');
  });

  it('stops where the plan is another one after the merge, and is applied by a command under the same rules', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': network('two') });
    // The base branch moves under it: what is merged is more than anybody saw.
    await push(story, 'main', more('extra'));
    await merge(story, 1);
    expect(await stateOf(story, 'network')).toBe('');
    const board = (await story.board(1)) ?? '';
    expect(board).toContain('is not the one that was shown when this was merged');
    expect(await row(story, 1, 'network')).toContain('`/apply -p network`');
    expect(await checks(story, 1)).toEqual([
      'tidegate/apply: action_required, Waits for /apply -p network (2 to add)',
      'tidegate/plan: success, 1 project planned: 2 to add',
    ]);
    expect(storedLocks(story)).toHaveLength(1);
    await say(story, 1, '/apply');
    expect(await stateOf(story, 'network')).toContain('extra');
    expect(storedLocks(story)).toEqual([]);
  });

  it('is held by its rules after the merge too, and begins by itself when they are met', {
    tags: ['long'],
  }, async () => {
    const operator = "rules:\n  - match: '**'\n    apply: merge\n    requirements: [approved]\n";
    await using story = await tell({ operator });
    await planned(story, 'two', { 'network/main.tf': network('two') });
    expect((await checks(story, 1))[0]).toContain(
      'tidegate/apply: action_required, Waits for a review by anybody with write permission, then the merge',
    );
    // Somebody merges past the check.
    await merge(story, 1);
    expect(await stateOf(story, 'network')).toBe('');
    expect(await row(story, 1, 'network')).toContain(
      'a review by anybody with write permission, then its apply, which begins by itself',
    );
    await read();
    await story.grace.approve(1);
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await row(story, 1, 'network')).toContain('✓ applied');
  });

  it('goes in the order of the base branch: who was merged behind it waits, and is planned on top of it', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': network('two') });
    await open(story, 'extra', more('extra'));
    await story.settled();
    expect(await row(story, 2, 'network')).toContain('waits for [#1]');
    // Both are merged at once, the second past its checks and without a plan that anybody saw.
    await story.ada.merge(1);
    await story.ada.merge(2);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await stateOf(story, 'network')).not.toContain('extra');
    expect((await story.board(2)) ?? '').toContain('nobody agreed to one');
    await say(story, 2, '/apply');
    expect(await stateOf(story, 'network')).toContain('extra');
    expect(storedLocks(story)).toEqual([]);
  });

  it('is never applied from an older commit than it was', { tags: ['long'] }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': network('two') });
    await push(story, 'main', more('extra'));
    // Stops, for the plan is another one; then it is given up, and the next one brings all of it.
    await merge(story, 1);
    expect(await say(story, 1, '/unlock')).toContain('unlocked');
    expect((await story.board(1)) ?? '').toContain('Its apply after the merge was given up');
    await planned(story, 'third', more('third'));
    expect(await row(story, 2, 'network')).toContain('| 3 |');
    await merge(story, 2);
    expect(await stateOf(story, 'network')).toContain('third');
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await say(story, 1, '/apply')).toContain('works on open pull requests only');
  });

  it('whose apply failed gives its lock back, and is planned again from the merged pull request, until a newer commit is applied', {
    tags: ['long'],
  }, async () => {
    const broken = `resource "terraform_data" "vpc" {
  input = "two"
  lifecycle {
    postcondition {
      condition     = self.output == "three"
      error_message = "It is not three."
    }
  }
}
`;
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': broken });
    await merge(story, 1);
    expect(await row(story, 1, 'network')).toContain('failed');
    expect((await checks(story, 1))[0]).toBe('tidegate/apply: failure, Failed to apply: network');
    expect(storedLocks(story)).toEqual([]);
    await say(story, 1, '/plan');
    expect(await row(story, 1, 'network')).toContain('plan failed');
    // What mends it is a commit that holds this one.
    await planned(story, 'three', { 'network/main.tf': network('three') });
    await merge(story, 2);
    expect(await row(story, 2, 'network')).toContain('✓ applied');
    expect(await story.board(1)).toMatch(/A newer commit of `main` that holds `[0-9a-f]{12}` was applied/);
    expect(await say(story, 1, '/plan')).toContain('works on open pull requests only');
  });

  it('is applied after the merge also by the server that comes after the one that heard of it', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': network('two') });
    await story.ada.merge(1);
    await story.world.restart();
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(storedLocks(story)).toEqual([]);
  });

  it('that changes nothing after the merge is done with it', { tags: ['long'] }, async () => {
    const empty = (state: string) => ({ ...files(state), 'network/main.tf': '# nothing\n' });
    await using story = await tell({ files: empty });
    await planned(story, 'note', { 'network/README.md': 'Nothing to see.\n' });
    expect((await checks(story, 1))[0]).toBe('tidegate/apply: success, Nothing to apply: no changes');
    await merge(story, 1);
    expect((await checks(story, 1))[0]).toBe('tidegate/apply: success, Nothing to apply: no changes');
    expect(storedLocks(story)).toEqual([]);
    expect(await say(story, 1, '/plan')).toContain('works on open pull requests only');
  });

  it('asks nothing of a pull request that was closed', { tags: ['long'] }, async () => {
    await using story = await tell();
    await planned(story, 'two', { 'network/main.tf': network('two') });
    await close(story, 1);
    await story.settled();
    expect(await stateOf(story, 'network')).toBe('');
    expect(storedLocks(story)).toEqual([]);
  });
});

describe('a project that is applied by itself', () => {
  const operator = "rules:\n  - match: '**'\n    apply: {mode: auto, when: plan.destroy == 0}\n";

  it('begins when it is planned and its rule lets it; any other plan waits for a command', {
    tags: ['long'],
  }, async () => {
    await using story = await tell({ operator });
    await open(story, 'two', { 'network/main.tf': network('two') });
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    await push(story, 'two', { 'network/main.tf': '# nothing\n' });
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await row(story, 1, 'network')).toContain('`/apply -p network`');
  });

  it('waits for a command where somebody chose what is planned: to plan is not to apply', {
    tags: ['long'],
  }, async () => {
    await using story = await tell({ operator: `${operator}    requirements: [approved]\n` });
    await planned(story, 'two', { 'network/main.tf': network('two') });
    await say(story, 1, '/plan -- -target=terraform_data.vpc');
    await read();
    await story.grace.approve(1);
    await story.settled();
    expect(await stateOf(story, 'network')).toBe('');
    expect(await row(story, 1, 'network')).toContain('`/apply -p network`');
  });

  it('waits for what else is asked, and begins when that is there', { tags: ['long'] }, async () => {
    await using story = await tell({ operator: `${operator}    requirements: [approved]\n` });
    await planned(story, 'two', { 'network/main.tf': network('two') });
    expect(await stateOf(story, 'network')).toBe('');
    expect(await row(story, 1, 'network')).toContain('then its apply, which begins by itself');
    await story.grace.approve(1);
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
  });
});

describe('an apply', () => {
  it('has the plans of others on its project made again: what they are of is another world now', {
    tags: ['long'],
  }, async () => {
    const empty = (state: string) => ({ ...files(state), 'network/main.tf': '# nothing\n' });
    await using story = await tell({ operator: '', files: empty });
    await open(story, 'note', { 'network/README.md': 'Nothing to see.\n' });
    await open(story, 'extra', more('extra'));
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('no changes');
    await say(story, 2, '/apply');
    expect(await row(story, 2, 'network')).toContain('✓ applied');
    // Applied and not merged: to plan it without the change now would plan to take it back.
    expect(await row(story, 1, 'network')).toContain('waits for [#2]');
    await merge(story, 2);
    expect(await row(story, 1, 'network')).toContain('no changes');
  });
});
