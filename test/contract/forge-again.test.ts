import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

const gone = expect.objectContaining({ name: 'ForgeError', failure: 'gone' });

/** What the sweep for lost webhooks asks of a forge. */
describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('the forge %s, asked again and again', (_name, make) => {
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
  const marker = '<!-- tidegate:board -->';
  const board = `${marker}\nboard`;

  test('a comment of ours is told by its marker, and never one of somebody else with it', async () => {
    const ref = await openPull();
    expect(await world.forge.ourComment(ref, marker)).toEqual({ body: null, spent: 1 });
    await world.comment(ref, `${marker}\nforged`);
    expect(await world.forge.ourComment(ref, marker)).toEqual({ body: null, spent: 1 });
    await world.forge.upsertComment(ref, { id: null, marker, body: board });
    expect(await world.forge.ourComment(ref, marker)).toEqual({ body: board, spent: 1 });
    const nowhere = { ...ref, number: 9_999 };
    expect(await world.forge.ourComment(nowhere, marker)).toEqual({ body: null, spent: 1 });
  });

  test('the open ones, asked for again, are only sent when something changed', async () => {
    const ref = await openPull({ draft: true });
    const first = await world.forge.openPulls(world.repo, null);
    expect(first.spent).toBe(1);
    const again = await world.forge.openPulls(world.repo, first.seen);
    expect(again).toMatchObject({ items: null, spent: 0, seen: first.seen });
    const head = await world.push(ref);
    const changed = await world.forge.openPulls(world.repo, again.seen);
    expect(changed.items).toContainEqual(
      expect.objectContaining({ number: ref.number, headSha: head, draft: true }),
    );
    await world.closePull(ref);
    const closed = await world.forge.openPulls(world.repo, changed.seen);
    expect(closed.items?.map(({ number }) => number)).not.toContain(ref.number);
  });

  test('a comment says when it was edited last, by the clock of its writes; reactions are no edits', async () => {
    const ref = await openPull();
    const first = await world.forge.upsertComment(ref, { id: null, marker, body: board });
    const second = await world.forge.upsertComment(ref, { id: first.id, marker, body: `${board}, again` });
    const found = await world.forge.comment(ref, first.id);
    expect([found?.createdAt, found?.updatedAt]).toEqual([first.at, second.at]);
    await world.forge.react(ref.repo, first.id, 'eyes');
    expect((await world.forge.comment(ref, first.id))?.updatedAt).toBe(second.at);
  });

  test('the open ones of a repository that is not there', async () => {
    await expect(world.forge.openPulls({ ...world.elsewhere, id: 424_242 })).rejects.toThrow();
  });

  test('comments of the whole repository, newest change first, and again only when something changed', async () => {
    const ref = await openPull();
    const { at } = await world.forge.comments(world.repo, 0);
    const theirs = await world.comment(ref, '/plan');
    const { id: ours } = await world.forge.upsertComment(ref, { id: null, marker, body: board });
    const first = await world.forge.comments(world.repo, at);
    const of = (items: typeof first.items) => items?.filter(({ pullNumber }) => pullNumber === ref.number);
    expect(of(first.items)).toMatchObject([
      { id: ours, body: board, viaAppId: expect.any(Number), author: { kind: 'bot' } },
      { id: theirs, body: '/plan', viaAppId: null, author: { login: 'ann', kind: 'user' } },
    ]);
    for (const { createdAt, updatedAt } of first.items ?? []) {
      expect(updatedAt).toBeGreaterThanOrEqual(at);
      expect(updatedAt).toBeGreaterThanOrEqual(createdAt);
    }
    expect(await world.forge.comments(world.repo, at, first.seen)).toMatchObject({ items: null, spent: 0 });
    await world.comment(ref, 'more');
    const changed = await world.forge.comments(world.repo, at, first.seen);
    expect(of(changed.items)?.map((comment) => comment.body)).toContain('more');
    expect((await world.forge.comments(world.repo, at + 3_600_000)).items).toEqual([]);
  });

  test('the installations, and what each of them reaches', async () => {
    const installations = await world.forge.installations();
    expect(installations).toEqual([world.repo.installationId]);
    expect(await world.forge.repositories(world.repo.installationId)).toContainEqual(world.repo);
  });

  test('webhooks that were not taken are found until they are', async () => {
    await openPull();
    await world.raiseWebhook();
    const minutes = 10 * 60_000;
    expect(await world.forge.failedDeliveries(minutes)).toEqual({ failed: [], complete: true });
    world.takeWebhooks(false);
    await world.raiseWebhook();
    await world.raiseWebhook();
    const { failed } = await world.forge.failedDeliveries(minutes);
    expect(failed).toHaveLength(2);
    const [first, second] = failed;
    if (first === undefined || second === undefined) throw new Error('two were expected');
    expect(first.guid).not.toBe(second.guid);
    expect(first.ageMs).toBeGreaterThanOrEqual(0);
    // Once more in vain: it is one webhook still, and the newest attempt is the one to repeat.
    await world.forge.redeliver(first.id);
    await world.raiseWebhook();
    const again = (await world.forge.failedDeliveries(minutes)).failed;
    expect(new Set(again.map(({ guid }) => guid)).size).toBe(3);
    const newest = again.find(({ guid }) => guid === first.guid);
    expect(newest?.id).not.toBe(first.id);
    world.takeWebhooks(true);
    for (const { id } of again) await world.forge.redeliver(id);
    await world.raiseWebhook();
    expect(world.taken()).toEqual(expect.arrayContaining(again.map(({ guid }) => guid)));
    expect((await world.forge.failedDeliveries(minutes)).failed).toEqual([]);
    await expect(world.forge.redeliver(987_654_321)).rejects.toEqual(gone);
  });
});
