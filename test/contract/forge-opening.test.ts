import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sha } from '../../src/domain/ids.ts';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s, asked to open a pull request', (_name, make) => {
  let world: World;
  let branches = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const commit = async (): Promise<Sha> => {
    const made = await world.forge.emptyCommit(world.repo, { onto: 'main', message: 'Follow up on #1' });
    if (made === 'not-permitted') throw new Error(made);
    return made;
  };

  const wish = async () => {
    branches += 1;
    const branch = `tidegate/followup-${branches}`;
    return { commit: await commit(), branch, base: 'main', title: 'Follow up on #1', body: 'What is left.' };
  };

  test('makes a commit that changes nothing, and a pull request of a bot from it', async () => {
    const asked = await wish();
    expect(await world.isEmptyOn(asked.commit, 'main')).toBe(true);
    expect(await world.tipOf(asked.branch)).toBeNull();
    const answer = await world.forge.openPull(world.repo, asked);
    if (answer.kind !== 'opened') throw new Error(answer.kind);
    expect(await world.tipOf(asked.branch)).toBe(asked.commit);
    expect(await world.forge.pull({ repo: world.repo, number: answer.number })).toMatchObject({
      title: 'Follow up on #1',
      state: 'open',
      merged: null,
      draft: false,
      author: { login: 'tidegate[bot]', kind: 'bot' },
      head: { sha: asked.commit, ref: asked.branch, repoId: world.repo.id },
      base: { ref: 'main' },
    });
  });

  test('twice, opens it once', async () => {
    const asked = await wish();
    const first = await world.forge.openPull(world.repo, asked);
    expect(first.kind).toBe('opened');
    expect(await world.forge.openPull(world.repo, asked)).toEqual(first);
  });

  test('takes no branch of somebody else, and no pull request of theirs', async () => {
    const asked = await wish();
    const theirs = await world.addBranch(asked.branch);
    expect(await world.forge.openPull(world.repo, asked)).toEqual({ kind: 'taken' });
    expect(await world.tipOf(asked.branch)).toBe(theirs);
  });

  test('edits one, closes it, and opens none that is closed', async () => {
    const answer = await world.forge.openPull(world.repo, await wish());
    if (answer.kind !== 'opened') throw new Error(answer.kind);
    const ref = { repo: world.repo, number: answer.number };
    const said = { title: 'Put back drift', body: 'Something else.' };
    expect(await world.forge.changePull(ref, { ...said, state: 'open' })).toBe(true);
    expect(await world.forge.pull(ref)).toMatchObject({ title: 'Put back drift', state: 'open' });
    world.permitApp('pull_requests', false);
    expect(await world.forge.changePull(ref, { ...said, state: 'closed' })).toBe(false);
    world.permitApp('pull_requests', true);
    expect(await world.forge.changePull(ref, { ...said, state: 'closed' })).toBe(true);
    expect(await world.forge.changePull(ref, { ...said, state: 'open' })).toBe(true);
    expect(await world.forge.pull(ref)).toMatchObject({ state: 'closed', merged: null });
    expect(await world.forge.changePull({ ...ref, number: 999 }, { ...said, state: 'open' })).toBe(false);
  });

  test('takes the branch of one away, but none that has something else, and not without the right to', async () => {
    const asked = await wish();
    await world.forge.openPull(world.repo, asked);
    world.permitApp('contents', false);
    await world.forge.dropBranch(world.repo, asked);
    world.permitApp('contents', true);
    const theirs = await world.addBranch('somebody');
    await world.forge.dropBranch(world.repo, { ...asked, commit: theirs });
    expect(await world.tipOf(asked.branch)).toBe(asked.commit);
    for (let times = 0; times < 2; times += 1) await world.forge.dropBranch(world.repo, asked);
    expect(await world.tipOf(asked.branch)).toBeNull();
  });

  test('without the right to push, makes nothing and says so', async () => {
    const asked = await wish();
    world.permitApp('contents', false);
    const onto = { onto: 'main', message: 'Nothing' };
    expect(await world.forge.emptyCommit(world.repo, onto)).toBe('not-permitted');
    expect(await world.forge.openPull(world.repo, asked)).toEqual({ kind: 'not-permitted' });
    expect(await world.tipOf(asked.branch)).toBeNull();
    world.permitApp('contents', true);
    expect((await world.forge.openPull(world.repo, asked)).kind).toBe('opened');
  });

  test('without the right to open one, leaves no branch behind', async () => {
    const asked = await wish();
    world.permitApp('pull_requests', false);
    expect(await world.forge.openPull(world.repo, asked)).toEqual({ kind: 'not-permitted' });
    world.permitApp('pull_requests', true);
    expect(await world.tipOf(asked.branch)).toBeNull();
  });
});
