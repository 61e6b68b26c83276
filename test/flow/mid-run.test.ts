import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { eventually, open, row, stateOf } from '../support/acts.ts';
import { storedRuns } from '../support/deliver.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;
const files = (state: string) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
});

/** A story whose apply waits, in the middle, until it is let go. */
const applying = async (more: Partial<StoryWish> = {}) => {
  const folder = temporaryFolder('gate');
  const bin = path.join(folder, 'bin');
  const real = process.env['PATH'] ?? '';
  await mkdir(bin);
  await writeFile(
    path.join(bin, 'terraform'),
    `#!/bin/sh\nPATH='${real}'\nif [ "$1" = apply ]; then touch '${folder}/waits'; while [ ! -e '${folder}/open' ]; do sleep 0.05; done; fi\nexec terraform "$@"\n`,
  );
  await chmod(path.join(bin, 'terraform'), 0o755);
  const story: Story = await tellStory({
    files,
    environment: { PATH: `${bin}:${real}` },
    logLevel: 'silent',
    ...more,
  });
  await open(story, 'change', { 'network/main.tf': resource('large') });
  await story.settled();
  await story.grace.comment(1, '/apply');
  await eventually(() => access(path.join(folder, 'waits')));
  return { story, letGo: () => writeFile(path.join(folder, 'open'), '') };
};

describe('while an apply is at work', () => {
  it('every token expires: the apply needs none, and its result is told with a new one', {
    tags: ['long'],
  }, async () => {
    const real = createSystemClock();
    let ahead = 0;
    const clock = { ...real, now: () => real.now() + ahead };
    const told = await applying({ hub: { clock } });
    await using story = told.story;
    ahead = 2 * 60 * 60_000;
    await told.letGo();
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await story.checks(1)).toContain('tidegate/apply: success, 1 project applied: 1 added');
    expect(await stateOf(story, 'network')).toContain('large');
  });

  it('its branch is deleted: it goes on to its end, says so, and the lock is given back once', {
    tags: ['long'],
  }, async () => {
    const told = await applying();
    await using story = told.story;
    await story.world.hub.deleteBranch(story.world.repository, 'change', 'ada');
    await eventually(async () => expect((await story.ada.pull(1)).state).toBe('closed'));
    await open(story, 'next', { 'network/more.tf': resource('small').replace('"it"', '"more"') });
    await eventually(async () => expect(await row(story, 2, 'network')).toContain('waits for'));
    await told.letGo();
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await stateOf(story, 'network')).toContain('large');
    // Planned by itself when the lock came free.
    expect(await row(story, 2, 'network')).toContain('planned');
  });

  it('the App is uninstalled: it goes on to its end, which is told when the App is back and somebody asks', {
    tags: ['long'],
  }, async () => {
    const told = await applying();
    await using story = told.story;
    const { hub } = story.world;
    const before = await story.board(1);
    const [installation] = hub.state.installations.keys();
    hub.state.installations.delete(installation ?? 0);
    for (const [text, token] of hub.state.tokens)
      if (token.kind === 'installation') hub.state.tokens.delete(text);
    await told.letGo();
    await story.settled();
    expect(storedRuns(story)).toEqual(['plan planned', 'apply applied']);
    expect(await stateOf(story, 'network')).toContain('large');
    expect(await story.board(1)).toBe(before);

    // Back again, under another number.
    expect(hub.installApp(story.world.appId, 'acme', [story.world.repository])).not.toBe(installation);
    await story.grace.comment(1, '/help');
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('✓ applied');
    expect(await story.checks(1)).toContain('tidegate/apply: success, 1 project applied: 1 added');
  });
});
