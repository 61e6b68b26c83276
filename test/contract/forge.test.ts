import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckUpsert } from '../../src/domain/check.ts';
import { type Permission, permissions } from '../../src/domain/pull.ts';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

const gone = expect.objectContaining({ name: 'ForgeError', failure: 'gone' });
const refused = expect.objectContaining({ name: 'ForgeError', failure: 'refused' });
const limited = expect.objectContaining({ name: 'ForgeError', failure: 'limited', retryAfterMs: 7_000 });
const unavailable = expect.objectContaining({ name: 'ForgeError', failure: 'unavailable' });

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s', (_name, make) => {
  let world: World;
  let branches = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const openPull = (options?: { readonly draft?: boolean }) => {
    branches += 1;
    return world.openPull(`change-${branches}`, options);
  };
  const missing = () => ({ repo: world.repo, number: 99_999 });

  describe('pull requests', () => {
    test('one that is open', async () => {
      const ref = await openPull();
      const pull = await world.forge.pull(ref);
      expect(pull).toMatchObject({
        ref,
        title: `Change change-${branches}`,
        state: 'open',
        merged: null,
        draft: false,
        author: { login: 'ann', kind: 'user' },
        head: { ref: `change-${branches}`, repoId: world.repo.id },
        base: { ref: 'main' },
      });
      expect(pull.url).toMatch(new RegExp(`^http.*/acme/infra/pull/${ref.number}$`));
      expect(pull.head.sha).not.toBe(pull.base.sha);
    });

    test('a draft, a new commit and a close are seen at once', async () => {
      const ref = await openPull({ draft: true });
      expect(await world.forge.pull(ref)).toMatchObject({ draft: true, state: 'open' });
      const head = await world.push(ref);
      expect(await world.forge.pull(ref)).toMatchObject({ head: { sha: head } });
      await world.closePull(ref);
      expect(await world.forge.pull(ref)).toMatchObject({ state: 'closed', merged: null });
    });

    test('the open ones', async () => {
      const [left, closed] = [await openPull(), await openPull()];
      await world.closePull(closed);
      const { items } = await world.forge.openPulls(world.repo);
      const { head } = await world.forge.pull(left);
      expect(items).toContainEqual({
        number: left.number,
        state: 'open',
        headSha: head.sha,
        baseRef: 'main',
        draft: false,
      });
      expect(items?.map(({ number }) => number)).not.toContain(closed.number);
    });

    test('of a repository that was renamed: the old name leads to it, and the answer says the new one', async () => {
      const ref = await openPull();
      const check = {
        id: null,
        name: 'renamed',
        status: 'completed' as const,
        conclusion: 'success' as const,
        title: 'Fine',
        summary: 'Fine',
        text: null,
        detailsUrl: null,
      };
      const told = { marker: '<!-- renamed -->', body: 'before <!-- renamed -->' };
      const { id } = await world.forge.upsertComment(ref, { id: null, ...told });
      await world.rename('platform');
      try {
        const pull = await world.forge.pull(ref);
        expect(pull.ref).toEqual({ ...ref, repo: { ...ref.repo, name: 'platform' } });
        expect((await world.forge.remote(pull.ref.repo)).url).toMatch(/\/acme\/platform\.git$/);
        const edited = { id, marker: told.marker, body: 'after <!-- renamed -->' };
        expect((await world.forge.upsertComment(ref, edited)).id).toBe(id);
        expect((await world.forge.upsertComment(pull.ref, { ...edited, id: null })).id).toBe(id);
        await world.forge.react(ref.repo, id, 'rocket');
        await world.forge.upsertCheck(ref.repo, { ...check, headSha: pull.head.sha });
        expect(await world.forge.reviews(ref)).toEqual([]);
        expect((await world.forge.openPulls(ref.repo)).items?.length).toBeGreaterThan(0);
      } finally {
        await world.rename('infra');
      }
      expect(world.comments(ref)).toMatchObject([
        { id, body: 'after <!-- renamed -->', reactions: ['rocket'] },
      ]);
      expect(world.checks().filter(({ name }) => name === 'renamed')).toHaveLength(1);
    });

    test('one that is not there, and a repository that is not there', async () => {
      await expect(world.forge.pull(missing())).rejects.toEqual(gone);
      await expect(world.forge.pull({ repo: world.elsewhere, number: 1 })).rejects.toEqual(gone);
      await expect(world.forge.reviews(missing())).rejects.toEqual(gone);
      await expect(world.forge.remote({ ...world.elsewhere, id: 424_242 })).rejects.toThrow();
    });
  });

  test('reviews, oldest first, each on its commit, a dismissed one as dismissed', async () => {
    const ref = await openPull();
    const { head } = await world.forge.pull(ref);
    await world.permit('cleo', 'write');
    const first = await world.review(ref, 'bob', 'APPROVE');
    const pushed = await world.push(ref);
    const second = await world.review(ref, 'cleo', 'REQUEST_CHANGES');
    await world.review(ref, 'bob', 'COMMENT');
    await world.dismiss(ref, first);
    const reviews = await world.forge.reviews(ref);
    expect(reviews).toMatchObject([
      { id: first, author: { login: 'bob', kind: 'user' }, state: 'dismissed', commit: head.sha },
      { id: second, author: { login: 'cleo' }, state: 'changes_requested', commit: pushed },
      { author: { login: 'bob' }, state: 'commented', commit: pushed },
    ]);
    for (const { submittedAt } of reviews) expect(submittedAt).toBeGreaterThan(0);
  });

  describe('permission', () => {
    test.each(permissions.filter((one) => one !== 'none'))('%s', async (permission: Permission) => {
      await world.permit('cleo', permission);
      expect(await world.forge.permission(world.repo, 'cleo')).toBe(permission);
      expect(await world.forge.permission(world.repo, 'CLEO')).toBe(permission);
    });

    test.each(['stranger', 'nobody-of-that-name', '../../user', 'a/b', ''])('%j has none', async (login) => {
      expect(await world.forge.permission(world.repo, login)).toBe('none');
    });
  });

  describe('comments', () => {
    const marker = '<!-- tidegate:board -->';
    const body = (text: string) => `${marker}\n${text}`;
    const upsert = async (ref: Awaited<ReturnType<typeof openPull>>, id: number | null, text: string) =>
      (await world.forge.upsertComment(ref, { id, marker, body: body(text) })).id;
    const texts = (ref: Awaited<ReturnType<typeof openPull>>) =>
      world.comments(ref).map((comment) => comment.body);

    test('is created, edited in place and read', async () => {
      const ref = await openPull();
      const id = await upsert(ref, null, 'one');
      expect(await upsert(ref, id, 'two')).toBe(id);
      expect(texts(ref)).toEqual([body('two')]);
      expect((await world.forge.comment(ref, id))?.body).toBe(body('two'));
    });

    test('is found by its marker when the id was never stored', async () => {
      const ref = await openPull();
      const id = await upsert(ref, null, 'one');
      expect(await upsert(ref, null, 'two')).toBe(id);
      expect(texts(ref)).toEqual([body('two')]);
    });

    test('is found by its marker behind more than one page of others', async () => {
      const ref = await openPull();
      for (let count = 0; count < 130; count += 1) await world.comment(ref, `word ${count}`);
      const id = await upsert(ref, null, 'one');
      expect(await upsert(ref, null, 'two')).toBe(id);
      expect(world.comments(ref)).toHaveLength(131);
    });

    test('is found by its marker when the stored id is gone, and else created anew', async () => {
      const ref = await openPull();
      const old = await upsert(ref, null, 'one');
      await world.removeComment(old);
      const id = await upsert(ref, old, 'two');
      expect(await upsert(ref, old, 'three')).toBe(id);
      expect(texts(ref)).toEqual([body('three')]);
    });

    test('of somebody else with our marker is never taken for ours', async () => {
      const ref = await openPull();
      const theirs = await world.comment(ref, body('forged'));
      const ours = await upsert(ref, null, 'real');
      expect(ours).not.toBe(theirs);
      expect(texts(ref)).toEqual([body('forged'), body('real')]);
    });

    test('two markers are two comments, two pull requests do not share', async () => {
      const [one, two] = [await openPull(), await openPull()];
      const other = {
        id: null,
        marker: '<!-- tidegate:reply:7 -->',
        body: '<!-- tidegate:reply:7 --> hello',
      };
      const ids = [
        await upsert(one, null, 'one'),
        (await world.forge.upsertComment(one, other)).id,
        await upsert(two, null, 'two'),
      ];
      expect(new Set(ids).size).toBe(3);
    });

    test('without its marker is our mistake: it would be posted again each time', async () => {
      const ref = await openPull();
      for (const wrong of ['', '<!-- other -->']) {
        const comment = { id: null, marker: wrong, body: 'text' };
        await expect(world.forge.upsertComment(ref, comment)).rejects.toThrow(TypeError);
      }
      expect(world.comments(ref)).toEqual([]);
    });

    test('on a pull request that is not there', async () => {
      await expect(upsert(missing(), null, 'one')).rejects.toEqual(gone);
    });

    test('that is gone has no text', async () => {
      expect(await world.forge.comment(await openPull(), 88_888)).toBeNull();
    });

    test('says what it holds now, and since when by the clock of the forge', async () => {
      const ref = await openPull();
      const first = await world.forge.upsertComment(ref, { id: null, marker, body: body('one') });
      const second = await world.forge.upsertComment(ref, { id: first.id, marker, body: body('two') });
      expect([first.body, second.body]).toEqual([body('one'), body('two')]);
      expect(second.at).toBeGreaterThanOrEqual(first.at);
      expect(first.at % 1000).toBe(0);
    });

    test('keeps every character', async () => {
      const ref = await openPull();
      const text = 'ünï `code` <b>&amp;</b> \u{1f6a2} \u202e @everyone\n\n| a |\n';
      const id = await upsert(ref, null, text);
      expect((await world.forge.comment(ref, id))?.body).toBe(body(text));
    });

    test('says whose it is, and is nobody’s on another pull request', async () => {
      const ref = await openPull();
      const id = await world.comment(ref, '/plan');
      const { author } = await world.forge.pull(ref);
      expect(await world.forge.comment(ref, id)).toMatchObject({ author, body: '/plan' });
      expect(await world.forge.comment(await openPull(), id)).toBeNull();
    });

    test('says how old it is', async () => {
      const ref = await openPull();
      const id = await world.comment(ref, '/plan');
      const age = (await world.forge.comment(ref, id))?.ageMs ?? -1;
      expect(age).toBeGreaterThanOrEqual(0);
      expect(age).toBeLessThan(60_000);
    });

    test.each(['limited', 'unavailable'] as const)(
      '%s: nothing is posted, the next try posts it',
      async (fault) => {
        const ref = await openPull();
        world.failNextCreate('upsertComment', fault);
        await expect(upsert(ref, null, 'one')).rejects.toEqual(fault === 'limited' ? limited : unavailable);
        expect(world.comments(ref)).toEqual([]);
        await upsert(ref, null, 'two');
        expect(texts(ref)).toEqual([body('two')]);
      },
    );

    test('posted, and the answer lost: the next try edits it', async () => {
      const ref = await openPull();
      world.failNextCreate('upsertComment', 'lost answer');
      await expect(upsert(ref, null, 'one')).rejects.toEqual(unavailable);
      expect(texts(ref)).toEqual([body('one')]);
      await upsert(ref, null, 'two');
      expect(texts(ref)).toEqual([body('two')]);
    });
  });

  describe('reactions', () => {
    test('the same twice is one', async () => {
      const ref = await openPull();
      const id = await world.comment(ref, '/plan');
      await world.forge.react(world.repo, id, 'eyes');
      await world.forge.react(world.repo, id, 'eyes');
      await world.forge.react(world.repo, id, 'rocket');
      expect(world.comments(ref)).toMatchObject([{ id, reactions: ['eyes', 'rocket'] }]);
    });

    test('to a comment that is gone are no error', async () => {
      const ref = await openPull();
      const id = await world.comment(ref, '/plan');
      await world.removeComment(id);
      await world.forge.react(world.repo, id, 'eyes');
    });
  });

  describe('checks', () => {
    const queued = async (name: string): Promise<CheckUpsert> => ({
      id: null,
      headSha: (await world.forge.pull(await openPull())).head.sha,
      name,
      status: 'queued',
      conclusion: null,
      title: 'Waiting',
      summary: 'Two projects wait.',
      text: null,
      detailsUrl: null,
    });
    const seen = (check: CheckUpsert) => world.checks().filter(({ headSha }) => headSha === check.headSha);

    test('is created and updated in place', async () => {
      const check = await queued('tidegate/plan');
      const id = await world.forge.upsertCheck(world.repo, check);
      const running = { ...check, id, status: 'in_progress', title: 'Planning', text: 'log' } as const;
      expect(await world.forge.upsertCheck(world.repo, running)).toBe(id);
      const done = { ...running, status: 'completed', conclusion: 'failure', title: 'Failed' } as const;
      expect(await world.forge.upsertCheck(world.repo, done)).toBe(id);
      expect(await world.forge.upsertCheck(world.repo, { ...done, conclusion: 'success' })).toBe(id);
      expect(seen(check)).toMatchObject([
        {
          id,
          name: 'tidegate/plan',
          status: 'completed',
          conclusion: 'success',
          title: 'Failed',
          text: 'log',
        },
      ]);
    });

    test('is found by commit and name when the id was never stored, or is gone', async () => {
      const check = await queued('tidegate/plan');
      const id = await world.forge.upsertCheck(world.repo, check);
      expect(await world.forge.upsertCheck(world.repo, check)).toBe(id);
      expect(await world.forge.upsertCheck(world.repo, { ...check, id: 77_777 })).toBe(id);
      expect(await world.forge.upsertCheck(world.repo, { ...check, name: 'tidegate/apply' })).not.toBe(id);
      expect(seen(check).map(({ name }) => name)).toEqual(['tidegate/plan', 'tidegate/apply']);
    });

    test('that was completed begins again as a new one, and only once', async () => {
      const check = await queued('tidegate/apply');
      const done = { ...check, status: 'completed', conclusion: 'success' } as const;
      const old = await world.forge.upsertCheck(world.repo, done);
      const again = await world.forge.upsertCheck(world.repo, { ...check, id: old });
      expect(again).not.toBe(old);
      expect(await world.forge.upsertCheck(world.repo, { ...check, id: old, status: 'in_progress' })).toBe(
        again,
      );
      expect(await world.forge.upsertCheck(world.repo, { ...done, id: again, conclusion: 'failure' })).toBe(
        again,
      );
      expect(seen(check)).toMatchObject([
        { id: old, status: 'completed', conclusion: 'success' },
        { id: again, status: 'completed', conclusion: 'failure' },
      ]);
    });

    test('two commits do not share', async () => {
      const [one, two] = [await queued('tidegate/plan'), await queued('tidegate/plan')];
      const id = await world.forge.upsertCheck(world.repo, one);
      expect(await world.forge.upsertCheck(world.repo, two)).not.toBe(id);
    });

    test('on a commit that is not there is refused', async () => {
      const check = { ...(await queued('tidegate/plan')), headSha: 'f'.repeat(40) as CheckUpsert['headSha'] };
      await expect(world.forge.upsertCheck(world.repo, check)).rejects.toEqual(refused);
    });

    test('completed without a conclusion is our mistake', async () => {
      const check = { ...(await queued('tidegate/plan')), status: 'completed' } as const;
      await expect(world.forge.upsertCheck(world.repo, check)).rejects.toThrow(TypeError);
    });

    test('created, and the answer lost: the next try updates it', async () => {
      const check = await queued('tidegate/plan');
      world.failNextCreate('upsertCheck', 'lost answer');
      await expect(world.forge.upsertCheck(world.repo, check)).rejects.toEqual(unavailable);
      await world.forge.upsertCheck(world.repo, { ...check, status: 'in_progress' });
      expect(seen(check)).toMatchObject([{ status: 'in_progress' }]);
    });
  });

  test.each(['limited', 'unavailable'] as const)(
    'a read that is %s says so, and the next one works',
    async (fault) => {
      const ref = await openPull();
      world.failNextPull(fault);
      await expect(world.forge.pull(ref)).rejects.toEqual(fault === 'limited' ? limited : unavailable);
      expect((await world.forge.pull(ref)).ref).toEqual(ref);
    },
  );

  test('the remote has no credential in its address', async () => {
    const { url, token } = await world.forge.remote(world.repo);
    expect(url).toMatch(/^http[^@]*\/acme\/infra\.git$/);
    expect(token).not.toBe('');
    expect(url).not.toContain(token);
  });
});
