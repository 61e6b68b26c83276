import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { open } from '../support/acts.ts';
import { asking, stacksCommand, stacksProgram } from '../support/generating.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const root = (input: string) => `resource "terraform_data" "it" {\n  input = ${input}\n}\n`;

const files: StoryWish['files'] = (state) => ({
  'tools/stacks.mjs': stacksProgram('stack'),
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': root('"one"'),
  'network/stack.json': '{}',
  'other/main.tf': root('"one"'),
});

const tell = (command: readonly string[] = stacksCommand): Promise<Story> =>
  tellStory({ files, operator: asking(command) });

describe('projects that a command of the operator says', () => {
  it('are planned, whatever a pull request makes of the program that says them', async () => {
    await using story = await tell();
    await open(story, 'change', {
      'network/main.tf': root('"two"'),
      'tools/stacks.mjs': stacksProgram('mine'),
    });
    await story.settled();
    const board = (await story.board(1)) ?? '';
    expect(board).toContain('stack-network');
    expect(board).not.toContain('mine-network');
    // Nothing is found by itself where a command says what there is.
    expect(board).not.toContain('other');
    expect(await story.checks(1)).toContainEqual(expect.stringContaining('tidegate/plan: success'));
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await story.checks(1)).toContainEqual(expect.stringContaining('tidegate/apply: success'));
  });

  it('are not there where it fails: the pull request is told, and nothing is planned', {
    tags: ['long'],
  }, async () => {
    await using story = await tell();
    // What it looks at is the pull request's, and this is no JSON.
    await open(story, 'change', { 'network/main.tf': root('"two"'), 'network/stack.json': '{' });
    await story.settled();
    const board = (await story.board(1)) ?? '';
    expect(board).toContain(
      'The command that says the projects of this repository (this pull request) failed',
    );
    expect(board).toContain('SyntaxError');
    const checks = await story.checks(1);
    expect(checks).toContainEqual(expect.stringContaining('tidegate/plan: action_required'));
    await story.ada.push('change', { 'network/stack.json': '{ }' }, 'Mend it');
    await story.settled();
    expect(await story.board(1)).toContain('stack-network');
    expect(await story.checks(1)).toContainEqual(expect.stringContaining('tidegate/plan: success'));
  });

  it('are not asked for where a pull request brings a link out of the repository, which would be read and told', async () => {
    await using story = await tell();
    const { hub, repository } = story.world;
    const secret = path.join(story.folder, 'secret.txt');
    writeFileSync(secret, 'tiger-striped-canary');
    const links = { 'network/stack.json': { mode: '120000' as const, content: secret } };
    await hub.pushFiles(repository, 'change', { as: 'ada', from: 'main', files: links });
    await story.ada.openPull('change', 'Read it');
    await story.settled();
    const board = (await story.board(1)) ?? '';
    expect(board).not.toContain('canary');
    expect(board).toContain('`network/stack.json` may lead out of the repository');
  });
});
