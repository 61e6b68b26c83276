import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { open, stateOf } from '../support/acts.ts';
import { storedRuns } from '../support/deliver.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': 'resource "terraform_data" "one" {}\n',
  'tidegate.yaml': 'version: 1\nprojects:\n  - dir: network\n    requirements: [approved]\n',
});

/** All of the comment, with what is not shown. */
const boardOf = async (story: Story): Promise<string> =>
  (await story.ada.comments(1)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

it('a server that lost its store plans anew, and restores nothing from what stands on GitHub', async () => {
  await using story = await tellStory({ files, logLevel: 'silent' });
  await open(story, 'two', { 'network/main.tf': 'resource "terraform_data" "two" {}\n' });
  await story.settled();
  await createSystemClock().sleep(1_100);
  await story.grace.approve(1);
  await story.settled();
  expect((await story.checks(1))[0]).toContain('Waits for /apply -p network');
  expect(await boardOf(story)).toContain('<!-- tidegate:facts {');

  await story.world.restart('drain', () => rm(path.join(story.folder, 'data'), { recursive: true }));
  const say = async (text: string): Promise<string> => {
    await story.ada.comment(1, text);
    await story.settled();
    return (await story.replies(1)).at(-1) ?? '';
  };
  // Nothing is planned, so there is nothing to apply, whatever the comment says of itself.
  await say('/apply');
  expect(await stateOf(story, 'network')).toBe('');
  await say('/plan');
  expect(storedRuns(story)).toContain('plan planned');
  // An approval of what the comment said before counts for nothing.
  expect(await say('/apply')).toContain('approv');
  expect(await stateOf(story, 'network')).toBe('');
  expect((await story.ada.comments(1)).filter(({ body }) => body.includes('tidegate:board:'))).toHaveLength(
    1,
  );
});
