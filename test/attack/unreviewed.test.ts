import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask, push, row, stateOf } from '../support/acts.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const vpc = (input: string) => `resource "terraform_data" "vpc" {\n  input = ${input}\n}\n`;
const extra = 'resource "terraform_data" "extra" {}\n';

const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': vpc('"one"'),
});

const projectFile = (rest = '') => `version: 1\nprojects:\n  - name: network\n    dir: network\n${rest}`;
const approved = '    requirements: [approved]\n';
const guarded: StoryWish['files'] = (state) => ({ ...files(state), 'tidegate.yaml': projectFile(approved) });

const propose = async (story: Story, change: Readonly<Record<string, string>>): Promise<void> => {
  await story.ada.push('change', change, 'A change');
  await story.ada.openPull('change', 'A change');
  await story.settled();
};

const pushToMain = (story: Story, change: Readonly<Record<string, string>>) =>
  story.world.hub.pushFiles(story.world.repository, 'main', { as: 'grace', files: change });

const say = async (story: Story, text: string): Promise<void> => {
  await story.ada.comment(1, text);
  await story.settled();
};

const lastReply = async (story: Story): Promise<string> => (await story.replies(1)).at(-1) ?? '';

describe('rules that count', () => {
  it('a requirement that the base branch got since the plan holds for the apply', async () => {
    await using story = await tellStory({
      files: (state) => ({ ...files(state), 'tidegate.yaml': projectFile() }),
    });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    await pushToMain(story, { 'tidegate.yaml': projectFile(approved) });
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toBe('');
    expect(await lastReply(story)).toContain('waits for a review');
    // The plan is as good as before: it waits for the approval, not for another plan.
    await story.grace.approve(1);
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"two"');
  });

  it('a base branch of somebody’s own making brings no rules along, and one that the operator lists does', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files: guarded, operator: 'base_branches: [main, "release/*"]\n' });
    const { hub, repository } = story.world;
    const lax = { 'tidegate.yaml': projectFile() };
    await hub.pushFiles(repository, 'lax', { as: 'ada', from: 'main', files: lax });
    await hub.pushFiles(repository, 'change', {
      as: 'ada',
      from: 'lax',
      files: { 'network/main.tf': vpc('"two"') },
    });
    await hub.openPull(repository, { as: 'ada', head: 'change', base: 'lax', title: 'Around the rules' });
    await story.settled();
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toBe('');
    expect(await lastReply(story)).toContain('base_branches');
    await hub.pushFiles(repository, 'release/one', { as: 'margaret', from: 'main', files: { 'a.txt': 'a' } });
    await ask(story, 'ada', 'PATCH', '/pulls/1', { base: 'release/one' });
    await story.settled();
    // There the rules are the real ones again.
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toBe('');
    expect(await lastReply(story)).toContain('waits for a review');
  });

  it('without a list it is the default branch alone', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    const { hub, repository } = story.world;
    await hub.pushFiles(repository, 'lax', { as: 'ada', from: 'main', files: { 'a.txt': 'a' } });
    await hub.pushFiles(repository, 'change', {
      as: 'ada',
      from: 'lax',
      files: { 'network/main.tf': vpc('"two"') },
    });
    await hub.openPull(repository, { as: 'ada', head: 'change', base: 'lax', title: 'Stacked' });
    await story.settled();
    expect(await row(story, 1, 'network')).toContain('planned');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toBe('');
    expect(await lastReply(story)).toContain('goes into `lax`');
  });

  it('an approval is none of the plan that arguments of a later comment make', {
    tags: ['long'],
  }, async () => {
    const operator = 'rules: [{match: "**", who_may: {destroy: {users: [ada]}}}]\n';
    await using story = await tellStory({ files: guarded, operator });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    await story.grace.approve(1);
    await say(story, '/apply');
    const before = await stateOf(story, 'network');
    expect(before).toContain('"two"');
    await say(story, '/destroy');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toBe(before);
    expect(await lastReply(story)).toContain('another plan');
    await story.grace.approve(1);
    await say(story, '/apply');
    expect(JSON.parse(await stateOf(story, 'network'))).toMatchObject({ resources: [] });
  });
});

describe('what was planned', () => {
  it('an apply of a part is followed by a plan of the rest, and the check stays open until that is applied', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('"two"'), 'network/extra.tf': extra });
    await say(story, '/plan -- -target=terraform_data.extra');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).not.toContain('"two"');
    expect(await row(story, 1, 'network')).toContain('| 1 | 0 | 0 | 0 | planned |');
    expect(await story.checks(1)).toContainEqual(expect.stringMatching(/^tidegate\/apply: action_required/));
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('"two"');
    expect(await story.checks(1)).toContainEqual(expect.stringMatching(/^tidegate\/apply: success/));
  });

  it('a committed .terraform, which terraform would believe before the backend block, is refused by name', {
    tags: ['long'],
  }, async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': vpc('"two"') });
    // What init left there is the recipe: the same hash of the backend block, another place.
    const checkouts = path.join(story.folder, 'data', 'checkouts');
    const found = (await readdir(checkouts, { recursive: true })).find((name) =>
      name.endsWith('network/.terraform/terraform.tfstate'),
    );
    const text = await readFile(path.join(checkouts, found ?? ''), 'utf8');
    const elsewhere = text.replaceAll('network.tfstate', 'other.tfstate');
    expect(elsewhere).not.toBe(text);
    await push(story, 'change', { 'network/.terraform/terraform.tfstate': elsewhere });
    await story.settled();
    expect(await story.board(1)).toContain('`network/.terraform` is committed');
    await say(story, '/apply');
    expect(await stateOf(story, 'other')).toBe('');
    expect(await stateOf(story, 'network')).toBe('');
  });

  it('a base branch that changed a module behind a link changed the inputs', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    const { hub, repository } = story.world;
    await hub.pushFiles(repository, 'main', {
      as: 'grace',
      files: {
        'network/main.tf': 'module "vpc" {\n  source = "../modules/vpc"\n}\n',
        modules: { content: 'real', mode: '120000' },
        'real/vpc/main.tf': vpc('"one"'),
      },
    });
    await propose(story, { 'network/extra.tf': extra });
    await pushToMain(story, { 'real/vpc/main.tf': vpc('"changed on main"') });
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toBe('');
    expect(await lastReply(story)).toContain('the base branch moved');
    await say(story, '/apply');
    expect(await stateOf(story, 'network')).toContain('changed on main');
  });
});
