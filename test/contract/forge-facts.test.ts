import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

const gone = expect.objectContaining({ name: 'ForgeError', failure: 'gone' });

/** What rules look at. */
describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s, asked who made what', (_name, make) => {
  let world: World;
  let branches = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const openPull = () => {
    branches += 1;
    return world.openPull(`change-${branches}`);
  };
  const headOf = async (ref: Awaited<ReturnType<typeof openPull>>) => (await world.forge.pull(ref)).head.sha;
  const loginsOf = (actors: readonly { readonly login: string }[]) => actors.map(({ login }) => login).sort();

  describe('authorship', () => {
    test('the author pushed what they wrote', async () => {
      const ref = await openPull();
      const { author } = await world.forge.pull(ref);
      expect(await world.forge.authorship(ref, await headOf(ref))).toEqual({
        pusher: author,
        movers: [author],
        authors: [author],
        bots: [],
        complete: true,
      });
    });

    test('somebody else pushed what the author wrote, over what was there', async () => {
      const ref = await openPull();
      const pushed = await world.pushOver(ref, 'bob', { author: 'ann' });
      const { pusher, authors } = await world.forge.authorship(ref, pushed);
      expect(pusher).toMatchObject({ login: 'bob', kind: 'user' });
      expect(loginsOf(authors)).toEqual(['ann']);
    });

    test('everybody who had moved the branch by then', async () => {
      const ref = await openPull();
      const first = await world.pushOver(ref, 'ann', { author: 'ann' });
      const second = await world.pushOver(ref, 'bob', { author: 'ann' });
      const moversAt = async (head: typeof first) => (await world.forge.authorship(ref, head)).movers ?? [];
      expect(loginsOf(await moversAt(second))).toEqual(['ann', 'bob']);
      expect(loginsOf(await moversAt(first))).toEqual(['ann']);
    });

    test('the one who pushed this head, not an earlier or later one', async () => {
      const ref = await openPull();
      const before = await headOf(ref);
      const pushed = await world.pushOver(ref, 'bob', { author: 'ann' });
      expect((await world.forge.authorship(ref, before)).complete).toBe(false);
      expect((await world.forge.authorship(ref, pushed)).pusher?.login).toBe('bob');
    });

    test('co-authors by their trailers, whoever pushed', async () => {
      const ref = await openPull();
      const pushed = await world.pushOver(ref, 'ann', { author: 'ann', coAuthors: ['cleo', 'bob'] });
      const { authors, complete } = await world.forge.authorship(ref, pushed);
      expect(loginsOf(authors)).toEqual(['ann', 'bob', 'cleo']);
      expect(complete).toBe(true);
    });

    test.each([
      ['bob@example.com', false],
      ['41898282+github-actions[bot]@users.noreply.github.com', true],
    ])('an author without an account: %s', async (email, known) => {
      const ref = await openPull();
      const pushed = await world.pushOver(ref, 'ann', { author: 'ann', strangers: [email] });
      const { authors, bots, complete } = await world.forge.authorship(ref, pushed);
      expect({ authors: loginsOf(authors), complete }).toEqual({ authors: ['ann'], complete: known });
      expect(bots).toEqual(known ? ['github-actions[bot]'] : []);
    });

    test('a head that nobody is known to have pushed', async () => {
      const ref = await openPull();
      await world.forgetPushes(ref);
      expect(await world.forge.authorship(ref, await headOf(ref))).toMatchObject({
        pusher: null,
        movers: null,
        authors: [{ login: 'ann' }],
        complete: true,
      });
    });

    test('more commits than are looked at', { tags: ['long'] }, async () => {
      const ref = await openPull();
      const pushed = await world.pushMany(ref, 251);
      const { pusher, complete } = await world.forge.authorship(ref, pushed);
      expect(pusher?.login).toBe('ann');
      expect(complete).toBe(false);
    });

    test('exactly as many as are looked at', { tags: ['long'] }, async () => {
      const ref = await openPull();
      const pushed = await world.pushMany(ref, 250);
      expect((await world.forge.authorship(ref, pushed)).complete).toBe(true);
    });

    test('of a pull request that is not there', async () => {
      const missing = { repo: world.repo, number: 99_999 };
      await expect(world.forge.authorship(missing, await headOf(await openPull()))).rejects.toEqual(gone);
    });
  });

  describe('teams', () => {
    const team = { organisation: 'acme', slug: 'database' };
    beforeAll(async () => {
      await world.addTeam('database', { members: ['ann'] });
      await world.addTeam('restore', { parent: 'database', members: ['bob'] });
      await world.addTeam('night-shift', { parent: 'restore', members: ['cleo'] });
    });

    test.each([
      ['in it', 'ann', true],
      ['in it, in capitals', 'ANN', true],
      ['in one below it', 'bob', true],
      ['in one below that', 'cleo', true],
      ['not in it', 'stranger', false],
      ['nobody of that name', 'nobody-of-that-name', false],
      ['a path', '../../user', false],
    ])('%s', async (_what, login, expected) => {
      expect(await world.forge.isMember(world.repo, team, login)).toBe(expected);
    });

    test('names are the same in small and in capital letters', async () => {
      const { isMember, permission } = world.forge;
      const loud = { organisation: team.organisation.toUpperCase(), slug: team.slug.toUpperCase() };
      expect(await isMember(world.repo, loud, 'ANN')).toBe(await isMember(world.repo, team, 'ann'));
      expect(await permission(world.repo, 'ANN')).toBe(await permission(world.repo, 'ann'));
    });

    test('who is in the team above is not in the one below', async () => {
      expect(await world.forge.isMember(world.repo, { ...team, slug: 'restore' }, 'ann')).toBe(false);
    });

    test('a team that is not there, and one of another organisation', async () => {
      for (const other of [
        { ...team, slug: 'nowhere' },
        { ...team, slug: '../database' },
        { organisation: 'rivals', slug: 'database' },
      ])
        expect(await world.forge.isMember(world.repo, other, 'ann')).toBeNull();
    });
  });

  test('reviews of somebody who may do nothing here any more come as they are', async () => {
    const ref = await openPull();
    await world.permit('cleo', 'write');
    const id = await world.review(ref, 'cleo', 'APPROVE');
    await world.permit('cleo', 'none');
    expect(await world.forge.reviews(ref)).toMatchObject([
      { id, state: 'approved', author: { login: 'cleo' } },
    ]);
    expect(await world.forge.permission(world.repo, 'cleo')).toBe('none');
  });
});
