import { describe, expect, it } from 'vitest';
import { row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;
const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('small'),
});
const operator = `bots:
  renovate: { plan: allow, apply: allow }
rules:
  - match: "**"
    requirements: [approved]
`;

/** Another App on the same GitHub, which opens pull requests. */
const robot = async ({ world }: Story, slug: string): Promise<string> => {
  const { appId } = await world.hub.registerApp({
    slug,
    events: [],
    permissions: { contents: 'write', pull_requests: 'write' },
  });
  world.hub.installApp(appId, 'acme', [world.repository]);
  return `${slug}[bot]`;
};
/** Everybody writes under the bot's name here: nobody can tell by a commit who wrote it. */
const push = ({ world }: Story, as: string, input: string, from?: string) =>
  world.hub.pushFiles(world.repository, 'renovate/vpc', {
    as,
    author: 'renovate[bot]',
    files: { 'network/main.tf': vpc(input) },
    ...(from === undefined ? {} : { from }),
  });
const opens = async (story: Story, as: string): Promise<void> => {
  await push(story, as, 'large', 'main');
  await story.world.hub.openPull(story.world.repository, {
    as,
    title: 'Update vpc',
    head: 'renovate/vpc',
    base: 'main',
  });
  await story.settled();
};

describe('a pull request that is all a bot’s own', () => {
  it('is approved by people and applied by a person; who pushed to its branch is no approver', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, operator });
    const renovate = await robot(story, 'renovate');
    await opens(story, renovate);
    expect(await row(story, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned | a review by');
    await story.grace.approve(1);
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('| planned | `/apply -p network` |');

    // Somebody pushes on top, and the bot once more: what they left there is still in it.
    await push(story, 'grace', 'larger');
    await push(story, renovate, 'largest');
    await story.settled();
    await story.grace.approve(1);
    await story.grace.comment(1, '/apply');
    await story.settled();
    expect((await story.replies(1)).join('\n') + (await story.board(1))).toContain('pushed this commit');
    expect(await stateOf(story, 'network')).toBe('');
    await story.ada.approve(1);
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"largest"');
  });

  it('is not any more once another bot pushed to it; one that is not listed is refused', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files, operator });
    const renovate = await robot(story, 'renovate');
    const other = await robot(story, 'formatter');
    await opens(story, renovate);
    await push(story, other, 'larger');
    await push(story, renovate, 'largest');
    await story.settled();
    await story.grace.approve(1);
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect((await story.replies(1)).join('\n') + (await story.board(1))).toContain('nobody knows who pushed');
    expect(await stateOf(story, 'network')).toBe('');
    await story.world.hub.pushFiles(story.world.repository, 'format', {
      as: other,
      from: 'main',
      files: { 'network/main.tf': vpc('x') },
    });
    await story.world.hub.openPull(story.world.repository, {
      as: other,
      title: 'Format',
      head: 'format',
      base: 'main',
    });
    await story.settled();
    expect(await story.board(2)).toContain('`formatter[bot]` is a bot that the operator file does not list');
  });
});
