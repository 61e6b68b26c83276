import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { ask, open, stateOf } from '../support/acts.ts';
import { storedRuns } from '../support/deliver.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const names = ['network', 'cluster', 'gateway'];

const files = (state: string) => ({
  ...Object.fromEntries(
    names.flatMap((name) => [
      [`${name}/backend.tf`, localBackend(state, name)],
      [`${name}/main.tf`, 'resource "terraform_data" "one" {}\n'],
    ]),
  ),
  'tidegate.yaml': `version: 1\nprojects:\n${names.map((name) => `  - { dir: ${name}, requirements: [approved] }\n`).join('')}`,
});

/** All of the comment, with what is not shown, and under which number GitHub has it. */
const boardsOf = async (story: Story, number: number) =>
  (await story.ada.comments(number)).filter(({ body }) => body.includes('tidegate:board:'));

const lose = (story: Story): Promise<void> =>
  story.world.restart('drain', () => rm(path.join(story.folder, 'data'), { recursive: true }));

it('a server that lost its store plans anew by itself, and restores nothing from what stands on GitHub', async () => {
  await using story = await tellStory({ files, logLevel: 'silent' });
  await open(story, 'two', { 'network/main.tf': 'resource "terraform_data" "two" {}\n' });
  await story.settled();
  await createSystemClock().sleep(1_100);
  await story.grace.approve(1);
  await story.settled();
  expect((await story.checks(1))[0]).toContain('Waits for /apply -p network');
  const [before] = await boardsOf(story, 1);
  expect(before?.body).toContain('<!-- tidegate:facts {');

  await lose(story);
  await story.settled();
  expect(storedRuns(story)).toEqual(['plan planned']);
  // The same comment, and an approval of what it said before counts for nothing.
  const after = await boardsOf(story, 1);
  expect(after.map(({ id }) => id)).toEqual([before?.id]);
  expect(after[0]?.body).not.toBe(before?.body);
  expect((await story.checks(1))[0]).toContain(
    'Waits for a review by anybody with write permission, then /apply -p network',
  );
  await story.ada.comment(1, '/apply');
  await story.settled();
  expect((await story.replies(1)).at(-1)).toContain('approv');
  expect(await stateOf(story, 'network')).toBe('');
  // What it is planned anew for is the only thing that was asked.
  expect(storedRuns(story)).not.toContain('apply applied');
});

it('does not believe a block that it did not write, or wrote for another pull request, or that somebody else posted', {
  tags: ['long'],
}, async () => {
  await using story = await tellStory({ files, logLevel: 'silent' });
  for (const name of names)
    await open(story, name, { [`${name}/main.tf`]: 'resource "terraform_data" "two" {}\n' });
  await story.settled();
  const [first, second, third] = (
    await Promise.all([1, 2, 3].map((number) => boardsOf(story, number)))
  ).flat();
  const edit = (id: number | undefined, body: string) =>
    ask(story, 'margaret', 'PATCH', `/issues/comments/${id}`, { body });
  const blockOf = (body = ''): string => /<!-- tidegate:facts .* -->/.exec(body)?.[0] ?? 'no block';
  await story.world.restart('drain', async () => {
    // Another word in it; that of another pull request; and a good one that is not ours.
    await edit(first?.id, first?.body.replace('"pull":1', '"pull": 1') ?? '');
    await edit(second?.id, second?.body.replace(blockOf(second.body), blockOf(first?.body)) ?? '');
    await edit(third?.id, 'nothing');
    await story.mallory.comment(3, third?.body ?? '');
    await rm(path.join(story.folder, 'data'), { recursive: true });
  });
  await story.settled();
  expect(storedRuns(story)).toEqual([]);
});
