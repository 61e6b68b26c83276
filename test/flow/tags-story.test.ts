import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { ask, push, stateOf } from '../support/acts.ts';
import { localBackend, type Story, tellStory } from '../support/story.ts';

const network = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

/** Somebody's own clone, from which tags are pushed as people push them. */
const cloneOf = async (story: Story) => {
  const { hub, repository, tokens } = story.world;
  const address = new URL(`${hub.url}/${repository}.git`);
  address.username = 'x-access-token';
  address.password = tokens['ada'] ?? '';
  const cwd = path.join(story.folder, 'clone');
  await mkdir(cwd);
  const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid'];
  const git = (...args: readonly string[]) => execa('git', [...who, ...args], { cwd, env });
  await git('init', '-q');
  await git('remote', 'add', 'origin', address.href);
  return git;
};

it('a tag that is pushed is planned and applied on its issue; one that moves, or goes, stops', {
  tags: ['long'],
}, async () => {
  await using story = await tellStory({
    files: (state) => ({
      'tidegate.yaml':
        'version: 1\nprojects: [{ dir: network, environment: { name: production, tag: "v*", semver: "< 2" } }]\n',
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': network('one'),
    }),
    permissions: { issues: 'write', contents: 'write' },
  });
  const git = await cloneOf(story);
  const issues = async () =>
    (await ask(story, 'ada', 'GET', '/issues?state=all')) as readonly {
      readonly number: number;
      readonly title: string;
      readonly body: string;
      readonly state: string;
    }[];
  const only = async () => {
    const [issue, ...more] = await issues();
    if (issue === undefined || more.length > 0)
      throw new Error(`there are ${(await issues()).length} issues`);
    return issue;
  };
  /** The newest commit of `main`, under that name. */
  const tag = async (...names: readonly string[]): Promise<void> => {
    await git('fetch', '-q', 'origin', 'main');
    for (const name of names) await git('tag', '-f', '-a', '-m', name, name, 'FETCH_HEAD');
    await git('push', '-q', '-f', 'origin', ...names.map((name) => `refs/tags/${name}`));
    await story.settled();
  };
  await push(story, 'main', { 'network/main.tf': network('two') });
  await story.settled();
  expect(await issues()).toEqual([]);
  await tag('v1.0.0', 'v2.0.0');
  const { number, title } = await only();
  expect(title).toBe('v1.0.0 is waiting to be applied: network (production)');
  expect((await story.board(number)) ?? '').toContain('| `network` |');
  expect(await stateOf(story, 'network')).toBe('');
  await story.ada.comment(number, '/apply');
  await story.settled();
  expect(await stateOf(story, 'network')).toContain('two');
  expect(await only()).toMatchObject({ number, state: 'closed' });
  const { stdout } = await git(
    'ls-remote',
    'origin',
    'refs/tidegate/production/network',
    'refs/tags/v1.0.0^{}',
  );
  const applied = stdout.split('\n').map((line) => line.split('\t')[0]);
  expect([applied.length, new Set(applied).size]).toEqual([2, 1]);
  await push(story, 'main', { 'network/main.tf': network('three') });
  await tag('v1.1.0');
  expect(await only()).toMatchObject({ number, state: 'open', title: expect.stringContaining('v1.1.0') });
  await story.ada.comment(number, '/apply');
  await story.settled();
  expect(await stateOf(story, 'network')).toContain('three');
  await push(story, 'main', { 'network/main.tf': network('four') });
  await tag('v1.1.0');
  expect(await only()).toMatchObject({
    state: 'open',
    title: 'Its tags are not followed: network (production)',
  });
  expect((await only()).body).toContain('was moved from');
  await story.ada.comment(number, '/plan');
  await story.ada.comment(number, '/apply');
  await story.settled();
  expect(await stateOf(story, 'network')).toContain('three');
  await git('push', '-q', 'origin', ':refs/tags/v1.1.0');
  await story.settled();
  expect((await only()).body).toContain('is not there any more');
  await tag('v1.2.0');
  await story.ada.comment(number, '/apply');
  await story.settled();
  expect(await stateOf(story, 'network')).toContain('four');
  expect(await only()).toMatchObject({ number, state: 'closed' });
});
