import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, stateOf } from '../support/acts.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { standInsOn } from '../support/stand-in-tool.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

const code = (requires: string | null, input: string): string =>
  `${requires === null ? '' : `terraform {\n  required_version = "${requires}"\n}\n`}${vpc(input)}`;

const withCode =
  (requires: string | null, settings = ''): StoryWish['files'] =>
  (state) => ({
    'network/backend.tf': localBackend(state, 'network'),
    'network/main.tf': code(requires, 'one'),
    'tidegate.yaml': `version: 1\nprojects:\n  - dir: network\n${settings}`,
  });

const planned = async (story: Story, requires: string | null): Promise<string> => {
  await open(story, 'change', { 'network/main.tf': code(requires, 'two') });
  await story.settled();
  return (await story.board(1)) ?? '';
};

describe('the version of a tool', () => {
  it('that the code asks for and the server has is planned with', async () => {
    await using story = await tellStory({ files: withCode('>= 1.6, < 2.0') });
    expect(await planned(story, '>= 1.6, < 2.0')).toContain('planned');
  });

  it('that the code asks for and the server has not is refused before any step', async () => {
    await using story = await tellStory({ files: withCode('~> 1.0') });
    const board = await planned(story, '~> 1.9.0');
    expect(board).toMatch(
      /The code of project `network` asks for terraform `~> 1\.9\.0` \(`network\/main\.tf`\), and the server has `1\.\d+\.\d+`\./,
    );
    expect(board).toContain('Change `required_version` and push');
    expect(board).not.toContain('Initializing');
  });

  it('that is no version at all is named with its file', async () => {
    await using story = await tellStory({ files: withCode(null) });
    expect(await planned(story, 'latest')).toContain(
      '`required_version` in `network/main.tf` is `latest`, which is no version and no constraint.',
    );
  });

  it('may be a constraint of the project, which goes before what the code says', async () => {
    await using story = await tellStory({ files: withCode(null, '    version: "~> 1.2.0"\n') });
    expect(await planned(story, '>= 1.0')).toMatch(
      /Project `network` asks for terraform `~> 1\.2\.0`, and the server has `1\.\d+\.\d+`\./,
    );
  });

  it('that the operator wants for whoever says none is asked for then, and only then', {
    tags: ['long'],
  }, async () => {
    const operator = 'tools: {runners: {terraform: {version: "~> 1.2.0"}}}\n';
    await using story = await tellStory({ files: withCode(null), operator });
    expect(await planned(story, null)).toContain('The operator file asks for terraform `~> 1.2.0`');
    await story.ada.push('change', { 'network/main.tf': code('>= 1.0', 'two') }, 'Say which');
    await story.settled();
    expect(await story.board(1)).toContain('planned');
  });

  it('within what the operator allows is not for the code to leave', { tags: ['long'] }, async () => {
    const operator = 'tools: {runners: {terraform: {within: "< 1.3"}}}\n';
    await using story = await tellStory({ files: withCode(null), operator });
    expect(await planned(story, '>= 1.0')).toContain(
      '`>= 1.0` (`network/main.tf`), within `< 1.3` of the operator file, and',
    );
  });

  it('of OpenTofu is that of its own program, which plans and applies', async () => {
    const bin = path.join(temporaryFolder('tofu'), 'bin');
    await using story = await tellStory({
      files: withCode('~> 1.8', '    runner: opentofu\n'),
      environment: { PATH: standInsOn(bin, { tofu: '1.11.1' }) },
    });
    expect(await planned(story, '~> 1.8')).toContain('opentofu `1.11.1`');
    await story.ada.comment(1, '/apply');
    await story.settled();
    expect(await stateOf(story, 'network')).toContain('"two"');
  });
});
