import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { open, stateOf } from '../support/acts.ts';
import { runLogs } from '../support/deliver.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { type ReleaseMirror, startReleaseMirror } from '../support/release-mirror.ts';
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
  it('that the code asks for and the server has is planned with', { tags: ['long'] }, async () => {
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

  it('of OpenTofu is that of its own program, which plans and applies', { tags: ['long'] }, async () => {
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

const mirrors: ReleaseMirror[] = [];
afterEach(async () => {
  for (const mirror of mirrors.splice(0)) await mirror.close();
});

/** A story whose server has one version and may fetch others. */
const withMirror = async (installed: string, files: StoryWish['files'], download = true) => {
  const folder = temporaryFolder('mirrored');
  const mirror = await startReleaseMirror(folder);
  mirrors.push(mirror);
  const { url, caFile, keyFile } = mirror;
  const terraform = { mirror: url, key_file: keyFile };
  const bin = path.join(folder, 'bin');
  const story = await tellStory({
    files,
    operator: `tools: ${JSON.stringify({ download, ca_file: caFile, runners: { terraform } })}\n`,
    environment: { PATH: standInsOn(bin, { terraform: installed }) },
  });
  return { mirror, story, bin };
};

const applied = async (story: Story): Promise<string> => {
  await story.ada.comment(1, '/apply');
  await story.settled();
  return stateOf(story, 'network');
};

describe('a version that the server has not', () => {
  it('is fetched, plans, stays that of the pull request when a newer one is out, and applies', {
    tags: ['long'],
  }, async () => {
    const wanted = '>= 1.10, != 1.11.1';
    const { story, mirror } = await withMirror('1.11.1', withCode(wanted));
    await using _ = story;
    for (const version of ['1.10.5', '1.11.3']) await mirror.add(version);
    expect(await planned(story, wanted)).toContain('terraform `1.11.3`');
    await mirror.add('1.12.0');
    // A later server asks the mirror anew.
    await story.world.restart();
    await story.ada.push('change', { 'network/main.tf': code(wanted, 'three') }, 'Three');
    await story.settled();
    expect(await story.board(1)).toContain('terraform `1.11.3`');
    expect(await applied(story)).toContain('"three"');
    expect(runLogs(story)).toContain('applied by 1.11.3');
    expect(mirror.asked.filter((at) => at.endsWith('.zip'))).toHaveLength(1);
  });

  it('is refused on the pull request, with the reason, where it is not what was signed', {
    tags: ['long'],
  }, async () => {
    const wanted = '~> 1.10.0';
    const { story, mirror } = await withMirror('1.11.1', withCode(wanted));
    await using _ = story;
    await mirror.add('1.10.5');
    await mirror.sign('1.10.5', 'stranger');
    const board = await planned(story, wanted);
    expect(board).toContain('terraform `1.10.5` was fetched and thrown away: the signature of its checksums');
    expect(board).toContain('Nothing of it was run.');
  });

  it('is not fetched where the operator did not say so', { tags: ['long'] }, async () => {
    const { story, mirror } = await withMirror('1.11.1', withCode('~> 1.10.0'), false);
    await using _ = story;
    await mirror.add('1.10.5');
    expect(await planned(story, '~> 1.10.0')).toContain('and the server has `1.11.1`.');
    expect(mirror.asked).toEqual([]);
  });

  it('is fetched to apply what it planned, after the server got another one', {
    tags: ['long'],
  }, async () => {
    const { story, mirror, bin } = await withMirror('1.10.5', withCode(null));
    await using _ = story;
    await mirror.add('1.10.5');
    expect(await planned(story, null)).toContain('terraform `1.10.5`');
    standInsOn(bin, { terraform: '1.11.1' });
    expect(await applied(story)).toContain('"two"');
    expect(runLogs(story)).toContain('applied by 1.10.5');
  });

  it('leaves the plan of another one unapplied where it may not be fetched', { tags: ['long'] }, async () => {
    const { story, bin } = await withMirror('1.10.5', withCode(null), false);
    await using _ = story;
    await planned(story, null);
    standInsOn(bin, { terraform: '1.11.1' });
    expect(await applied(story)).toBe('');
    expect((await story.replies(1)).join()).toContain('the tool went from 1.10.5 to 1.11.1');
  });
});
