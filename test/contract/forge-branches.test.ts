import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

const gone = expect.objectContaining({ name: 'ForgeError', failure: 'gone' });

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s, asked about branches', (_name, make) => {
  let world: World;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  test('says where one is, and where there is none', async () => {
    const ref = await world.openPull('a/tip');
    const { head } = await world.forge.pull(ref);
    await world.noteBranch('a/tip', head.sha);
    expect(await world.forge.tipOf(world.repo, 'a/tip')).toBe(head.sha);
    expect(await world.forge.tipOf(world.repo, 'a')).toBeNull();
    expect(await world.forge.tipOf(world.repo, 'nowhere')).toBeNull();
  });

  test('says which merged pull request brought a commit, and of others nothing', async () => {
    const ref = await world.openPull('brought', { base: 'release' });
    const { head } = await world.forge.pull(ref);
    expect(await world.forge.mergesOf(world.repo, head.sha)).toEqual([]);
    const answer = await world.forge.merge(ref, { headSha: head.sha, method: 'squash' });
    if (answer.kind !== 'merged') throw new Error(answer.kind);
    const { commit } = answer;
    expect(await world.forge.mergesOf(world.repo, commit)).toEqual([
      { number: ref.number, baseRef: 'release', headSha: head.sha, commit },
    ]);
  });

  test('says what the repository is called now', async () => {
    expect(await world.forge.repository(world.repo)).toEqual({ repo: world.repo, defaultBranch: 'main' });
    await expect(world.forge.repository(world.elsewhere)).rejects.toEqual(gone);
    await world.rename('renamed');
    expect(await world.forge.repository(world.repo)).toEqual({
      repo: { ...world.repo, name: 'renamed' },
      defaultBranch: 'main',
    });
  });
});
