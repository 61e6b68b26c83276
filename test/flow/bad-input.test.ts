import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend, type Story, type StoryWish, tellStory } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

const files: StoryWish['files'] = (state) => ({
  'network/backend.tf': localBackend(state, 'network'),
  'network/main.tf': resource('small'),
});

/** Opens a pull request with these files and waits until all is quiet. */
const propose = async (story: Story, change: Readonly<Record<string, string>>): Promise<void> => {
  await story.ada.push('change', change, 'A change');
  await story.ada.openPull('change', 'A change');
  await story.settled();
};

const planCheck = async (story: Story) =>
  (await story.checks(1)).find((line) => line.startsWith('tidegate/plan'));

/** Starts of tools are what nothing may be done by: each run leaves its audit row. */
const nothingRan = async (story: Story): Promise<void> => {
  const board = await story.board(1);
  expect(board).not.toContain('to add');
  expect(board).not.toContain('to change');
};

describe('bad input in the repository', () => {
  it.each([
    ['does not parse', 'version: 1\nprojects: [', 'tidegate.yaml'],
    ['does not validate', 'version: 1\nprojects:\n  - name: network\n    dirr: network\n', 'dirr'],
  ])('a tidegate.yaml that %s: file, line, what is wrong; nothing run', async (_what, text, word) => {
    await using story = await tellStory({ files });
    await propose(story, { 'tidegate.yaml': text, 'network/main.tf': resource('large') });
    expect(await story.board(1)).toContain(word);
    expect(await story.board(1)).toMatch(/line `?\d/);
    expect(await planCheck(story)).toContain('tidegate/plan: action_required');
    await nothingRan(story);
  });

  it('a project dir that is no plain folder is refused by name, nothing run', async () => {
    await using story = await tellStory({ files });
    const dirs = ['../outside', '/etc', '-rf', 'net\u0000work', 'network\u202e', '.git'];
    for (const [index, dir] of dirs.entries()) {
      const text = `version: 1\nprojects:\n  - name: network\n    dir: ${JSON.stringify(dir)}\n`;
      await story.ada.push(
        `dir-${index}`,
        { 'tidegate.yaml': text, 'network/main.tf': resource('large') },
        'A dir',
      );
      await story.ada.openPull(`dir-${index}`, 'A dir');
    }
    await story.settled();
    for (const number of dirs.keys()) {
      expect(await story.board(number + 1)).toMatch(/line 4, column \d+: The folder `[^`]+` is refused/);
      expect(await story.checks(number + 1)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^tidegate\/plan: action_required/)]),
      );
    }
  });

  it('a project dir that is a symbolic link out of the checkout is refused by name', async () => {
    await using story = await tellStory({ files });
    const { ada, world } = story;
    const link = { 'tidegate.yaml': 'version: 1\nprojects:\n  - name: out\n    dir: out\n' };
    await world.hub.pushFiles(world.repository, 'change', {
      as: 'ada',
      from: 'main',
      files: { ...link, out: { content: '/etc', mode: '120000' } },
    });
    await ada.openPull('change', 'A link');
    await story.settled();
    expect(await story.board(1)).toContain('symbolic link');
    expect(await planCheck(story)).toContain('action_required');
  });

  it.each([
    ['a variable file', { 'vars/it.tfvars': '/etc/passwd' }, 'vars/it.tfvars', 'absolute'],
    ['the folder of one', { vars: '../../other' }, 'vars', 'leaves the checkout'],
    ['a module', { 'modules/net': '../../../root' }, 'modules/net', 'leaves the checkout'],
    ['a file of a module', { 'modules/net/x.tf': 'a/../../../../x' }, 'modules/net/x.tf', 'after a name'],
    [
      'a file beside the others',
      { 'network/deep/x.tpl': '/proc/self/environ' },
      'network/deep/x.tpl',
      'absolute',
    ],
  ])(
    '%s that is a link out of the checkout is refused by name, nothing run',
    async (_what, links, named, why) => {
      const given = named.startsWith('vars') ? 'vars' : 'vars-too';
      await using story = await tellStory({
        files: (state) => ({
          ...files(state),
          'tidegate.yaml': `version: 1\nprojects:\n  - dir: network\n    var_files: [../${given}/it.tfvars]\n`,
          'vars-too/it.tfvars': '',
          'linked/fine.tf': '',
        }),
      });
      const { ada, world } = story;
      const link = (target: string) => ({ content: target, mode: '120000' }) as const;
      await world.hub.pushFiles(world.repository, 'change', {
        as: 'ada',
        from: 'main',
        files: {
          'network/uses.tf': 'module "net" {\n  source = "../modules/net"\n}\n',
          // One that stays inside is nobody's trouble.
          'network/inside': link('../linked'),
          ...Object.fromEntries(Object.entries(links).map(([path, target]) => [path, link(target)])),
        },
      });
      await ada.openPull('change', 'A link');
      await story.settled();
      const board = (await story.board(1)) ?? '';
      expect(board).toContain(`\`${named}\` is a symbolic link to`);
      expect(board).toContain(why);
      expect(await planCheck(story)).toContain('action_required');
    },
  );

  it('a project without a backend is refused with the three lines to add', async () => {
    await using story = await tellStory({ files: () => ({ 'network/main.tf': resource('small') }) });
    await propose(story, { 'network/main.tf': resource('large') });
    const board = await story.board(1);
    expect(board).toContain('terraform {\n  backend "s3" {}\n}');
    expect(await planCheck(story)).toContain('failure');
  });

  it('a local backend outside the folder that the operator allows is refused', async () => {
    await using story = await tellStory({
      files: (state) => ({
        'network/backend.tf': localBackend(path.dirname(state), 'elsewhere'),
        'network/main.tf': resource('small'),
      }),
    });
    await propose(story, { 'network/main.tf': resource('large') });
    expect(await story.board(1)).toContain('elsewhere.tfstate');
    expect(await planCheck(story)).toContain('failure');
  });

  it('a pull request that conflicts with its base says so and runs nothing', { tags: ['long'] }, async () => {
    await using story = await tellStory({ files });
    const { ada, world } = story;
    await ada.push('change', { 'network/main.tf': resource('mine') }, 'Mine');
    await world.hub.pushFiles(world.repository, 'main', {
      as: 'grace',
      files: { 'network/main.tf': resource('theirs') },
    });
    await ada.openPull('change', 'Mine');
    await story.settled();
    expect(await story.board(1)).toContain('does not merge cleanly');
    expect(await story.board(1)).toContain('network/main.tf');
    expect(await planCheck(story)).toContain('action_required');
  });

  it('a pull request from a fork says so and runs nothing, asked or not', async () => {
    await using story = await tellStory({ files });
    const { world, ada } = story;
    await world.hub.fork(world.repository, 'mallory');
    await world.hub.pushFiles('mallory/infrastructure', 'evil', {
      as: 'mallory',
      from: 'main',
      files: { 'network/main.tf': resource('evil') },
    });
    await world.hub.openPull(world.repository, {
      as: 'mallory',
      head: 'mallory:evil',
      base: 'main',
      title: 'From a fork',
    });
    await story.settled();
    expect(await story.board(1)).toContain('another repository');
    await ada.comment(1, '/plan');
    await ada.comment(1, '/apply');
    await story.settled();
    await nothingRan(story);
    expect(await planCheck(story)).toContain('action_required');
  });
});

describe('bad input in comments', () => {
  it('no text of a selector or an argument reaches a tool', async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': resource('large') });
    const before = await story.board(1);
    const texts = [
      '/plan -d "network; rm -rf /"',
      '/plan -p `id`',
      '/plan -p $(id)',
      '/plan -p network\u0000',
      '/plan -d network\u202e',
      '/plan -d ../network',
      '/apply -- -state=/tmp/x',
      '/plan -- -var-file=/etc/passwd',
      '/plan -- -chdir=/',
      '/plan -p network\n/apply',
    ];
    for (const text of texts) await story.ada.comment(1, text);
    await story.settled();
    expect(await story.board(1)).toBe(before);
    expect(story.world.hub.unknownRequests).toEqual([]);
    const replies = await story.replies(1);
    expect(replies.length).toBeGreaterThan(5);
    for (const reply of replies) expect(reply).toMatch(/Not done|refused|no project|not allowed/i);
  });

  it('a selector that matches nothing says so, lists what exists, and falls through to nothing', async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': resource('large') });
    await story.ada.comment(1, '/apply -p netwrok');
    await story.settled();
    const [reply] = await story.replies(1);
    expect(reply).toContain('netwrok');
    expect(reply).toContain('network');
    expect(await story.checks(1)).toContain(
      'tidegate/apply: action_required, Waits for /apply -p network (1 to add)',
    );
  });

  it('a commenter without write permission is refused', async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': resource('large') });
    await story.mallory.comment(1, '/apply');
    await story.settled();
    expect((await story.replies(1))[0]).toContain('write permission');
    expect(await story.checks(1)).toContain(
      'tidegate/apply: action_required, Waits for /apply -p network (1 to add)',
    );
  });
});

/** A terraform of our own in front of the real one on PATH. */
const withTool = async (script: string): Promise<Readonly<Record<string, string>>> => {
  const folder = temporaryFolder('tool');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'terraform'), script);
  await chmod(path.join(folder, 'terraform'), 0o755);
  return { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
};

describe('bad tools', () => {
  it('terraform is missing: a failed run with the reason, and the server stays up', async () => {
    // Only git: whatever else is on PATH is not needed.
    const folder = temporaryFolder('only-git');
    for (const tool of ['git', 'sh', 'env']) await symlink(`/usr/bin/${tool}`, path.join(folder, tool));
    await using story = await tellStory({ files, environment: { PATH: folder } });
    await propose(story, { 'network/main.tf': resource('large') });
    expect(await story.board(1)).toContain('`terraform` is not installed');
    await story.ada.comment(1, '/status');
    await story.settled();
    expect(await story.replies(1)).toHaveLength(1);
  });

  it('terraform exits non-zero: its own error is shown', async () => {
    await using story = await tellStory({ files });
    await propose(story, { 'network/main.tf': 'resource "terraform_data" "vpc" {\n  inputt = 1\n}\n' });
    const board = await story.board(1);
    expect(board).toContain('Unsupported argument');
    expect(board).toContain('exit code 1');
    expect(await planCheck(story)).toContain('failure');
  });

  it('terraform prints 50 MB: the comment keeps head and tail and says what is left out', async () => {
    const environment = await withTool(
      `#!/bin/sh\nif [ "$1" = plan ]; then echo HEAD-LINE; head -c 50000000 /dev/zero | tr '\\0' x; echo; echo TAIL-LINE; exit 1; fi\nPATH='${process.env['PATH'] ?? ''}' exec terraform "$@"\n`,
    );
    await using story = await tellStory({ files, environment });
    await propose(story, { 'network/main.tf': resource('large') });
    const board = (await story.board(1)) ?? '';
    expect(board).toContain('TAIL-LINE');
    expect(board).toContain('left out');
    expect(Buffer.byteLength(board)).toBeLessThanOrEqual(60_000);
  });

  it('a plan in a format that is not known: said so, its text attached, no invented counts', async () => {
    const real = process.env['PATH'] ?? '';
    const environment = await withTool(
      `#!/bin/sh\nif [ "$1" = show ]; then echo '{"format_version":"9.0","resource_changes":[]}'; else PATH='${real}' exec terraform "$@"; fi\n`,
    );
    await using story = await tellStory({ files, environment });
    await propose(story, { 'network/main.tf': resource('large') });
    const board = (await story.board(1)) ?? '';
    expect(board).toContain('9.0');
    expect(board).toContain('terraform_data.vpc will be created');
    expect(board).toMatch(/\| `network` \| – \| – \| – \| – \|/);
  });
});
