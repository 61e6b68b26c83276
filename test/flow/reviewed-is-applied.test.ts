import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) => `resource "terraform_data" "vpc" {\n  input = ${input}\n}\n`;

const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('"one"'),
  'shared/names/a.txt': 'a',
  'modules/label/main.tf': 'output "name" {\n  value = "label"\n}\n',
});

const stateOf = (story: Story, name = 'network') =>
  readFile(path.join(story.world.stateFolder, `${name}.tfstate`), 'utf8').catch(() => '');

const propose = async (story: Story, change: Readonly<Record<string, string>>): Promise<void> => {
  await story.ada.push('change', change, 'A change');
  await story.ada.openPull('change', 'A change');
  await story.settled();
};

const pushToMain = (story: Story, change: Readonly<Record<string, string>>) =>
  story.world.hub.pushFiles(story.world.repository, 'main', { as: 'grace', files: change });

const apply = async (story: Story): Promise<void> => {
  await story.ada.comment(1, '/apply');
  await story.settled();
};

describe('reviewed is applied', () => {
  it('a base branch that moved elsewhere voids nothing', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    await pushToMain(story, { 'README.md': 'moved' });
    await apply(story);
    expect(await stateOf(story)).toContain('"two"');
    expect(await story.replies(1)).toEqual([]);
  });

  it('a base branch that changed the inputs: nothing runs, the comment says so, and it is planned again by itself', async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    await pushToMain(story, {
      'network/more.tf': 'resource "terraform_data" "more" {\n  input = "from main"\n}\n',
    });
    await apply(story);
    expect(await stateOf(story)).toBe('');
    expect((await story.replies(1))[0]).toContain('the base branch moved');
    expect(await story.board(1)).toContain('| `network` | 2 | 0 | 0 | 0 | planned |');
    await apply(story);
    expect(await stateOf(story)).toContain('from main');
  });

  it('a push between the plan and the apply: the old plan is not applied', async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    const { hub, repository } = story.world;
    // The webhook of the push is lost: only the fresh look before the apply can notice.
    hub.faults.webhook({ event: 'pull_request', action: 'synchronize' }, { kind: 'lose' });
    await hub.pushFiles(repository, 'change', { as: 'ada', files: { 'network/main.tf': vpc('"three"') } });
    await apply(story);
    expect(await stateOf(story)).not.toContain('"two"');
    expect((await story.replies(1))[0]).toContain('the head moved');
  });

  it('a plan is applied once, however often it is asked for', async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    await story.ada.comment(1, '/apply');
    await story.ada.comment(1, '/apply');
    await story.settled();
    const state: unknown = JSON.parse(await stateOf(story));
    expect(state).toMatchObject({ serial: 1 });
    expect((await story.replies(1)).join()).toMatch(/(is being|was) applied already/);
  });

  it('a plan that means something else by the time it would be applied is not applied', async () => {
    const real = process.env['PATH'] ?? '';
    const tool = temporaryFolder('tool');
    const mark = path.join(tool, 'changed');
    await writeFile(
      path.join(tool, 'terraform'),
      `#!/bin/sh
PATH='${real}'
if [ "$1" = show ] && [ -e '${mark}' ]; then terraform "$@" | sed s/two/three/g; else exec terraform "$@"; fi
`,
    );
    await chmod(path.join(tool, 'terraform'), 0o755);
    await using story = await tellStory({ files, environment: { PATH: `${tool}:${real}` } });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    await writeFile(mark, '');
    await apply(story);
    expect(await stateOf(story)).toBe('');
    expect((await story.replies(1))[0]).toContain('does not mean what was reviewed');
    expect(await story.board(1)).toContain('| planned |');
  });

  it('an approval of an older commit, of a reader or of the author does not count', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({
      files: (state) => ({
        ...files(state),
        'tidegate.yaml':
          'version: 1\nprojects:\n  - name: network\n    dir: network\n    requirements: [approved]\n',
      }),
    });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    await story.grace.approve(1);
    await story.world.hub.pushFiles(story.world.repository, 'change', {
      as: 'ada',
      files: { 'network/main.tf': vpc('"three"') },
    });
    await story.settled();
    await story.mallory.approve(1);
    await apply(story);
    expect(await stateOf(story)).toBe('');
    await story.grace.approve(1);
    await apply(story);
    expect(await stateOf(story)).toContain('"three"');
  });

  it('requirements that the head takes away still hold', async () => {
    const rules = 'version: 1\nprojects:\n  - name: network\n    dir: network\n';
    await using story = await tellStory({
      files: (state) => ({ ...files(state), 'tidegate.yaml': `${rules}    requirements: [approved]\n` }),
    });
    await propose(story, { 'tidegate.yaml': rules, 'network/main.tf': vpc('"two"') });
    expect(await story.board(1)).toContain('edits `requirements` of `network`');
    await apply(story);
    expect(await stateOf(story)).toBe('');
    expect((await story.replies(1))[0]).toContain('approval');
  });
});

describe('planned and applied right', () => {
  it('a configuration that uses path.cwd', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('path.cwd') });
    await apply(story);
    expect(await stateOf(story)).toContain(`${path.sep}checkouts${path.sep}`);
    // Planned again in the same place, it is no change.
    await story.ada.comment(1, '/plan');
    await story.settled();
    expect(await story.board(1)).toContain('| ✓ applied | merge |');
  });

  it('fileset on a sibling folder', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('tolist(fileset("../shared/names", "*.txt"))') });
    await apply(story);
    expect(await stateOf(story)).toContain('a.txt');
  });

  it('a zip that planning writes, and that only the artifact brings to the apply', async () => {
    const real = process.env['PATH'] ?? '';
    const tool = temporaryFolder('tool');
    // Stands in for a provider that packs a file while planning, as archive_file does, and for one that uploads it.
    await writeFile(
      path.join(tool, 'terraform'),
      `#!/bin/sh
PATH='${real}'
if [ "$1" = plan ]; then mkdir -p build && printf packed > build/function.zip; fi
if [ "$1" = apply ] && [ "$(cat build/function.zip)" != packed ]; then echo 'the zip is not there' >&2; exit 1; fi
exec terraform "$@"
`,
    );
    await chmod(path.join(tool, 'terraform'), 0o755);
    await using story = await tellStory({ files, environment: { PATH: `${tool}:${real}` } });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    // Another run in the same checkout in between removes what the first one wrote.
    await story.ada.comment(1, '/status');
    await apply(story);
    expect(await stateOf(story)).toContain('"two"');
  });

  it('two workspaces of one folder', { tags: ['long'] }, async () => {
    const workspaces = (state: string) => `terraform {
  backend "local" {
    path          = "${state}/network.tfstate"
    workspace_dir = "${state}/workspaces"
  }
}
`;
    await using story = await tellStory({
      files: (state) => ({
        'tidegate.yaml': `version: 1
projects:
  - {name: blue, dir: network, workspace: blue}
  - {name: green, dir: network, workspace: green}
`,
        'network/backend.tf': workspaces(state),
        'network/main.tf': vpc('"one"'),
      }),
    });
    await propose(story, { 'network/main.tf': vpc('terraform.workspace') });
    await apply(story);
    const stateIn = (workspace: string) =>
      readFile(
        path.join(story.world.stateFolder, 'workspaces', workspace, 'terraform.tfstate'),
        'utf8',
      ).catch(() => '');
    expect(await stateIn('blue')).toContain('blue');
    expect(await stateIn('green')).toContain('green');
  });
});
