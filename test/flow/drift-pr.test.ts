/** Decision 60: a pull request that puts drift back, opened without a command. */
import { afterEach, describe, expect, test } from 'vitest';
import type { DriftSettings } from '../../src/domain/drift/settings.ts';
import {
  applies,
  approve,
  boardOf,
  commentOn,
  issueOf,
  opened,
  said,
  say,
  settled,
  stateOf,
  told,
} from '../support/drift-acts.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, refOf, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const { grace } = people;
const settings: DriftSettings = {
  mode: 'pr',
  schedule: { cron: '0 * * * *', zone: 'UTC' },
  threshold: 1,
  ignore: [],
  limits: { deletes: false, replaces: false, most: 10, share: 30 },
};
const drift = 'drift: { mode: pr, threshold: 1, schedule: { cron: "0 * * * *" } }';
const approved = 'rules: [{match: "**", requirements: {apply: [approved]}}]\n';
const asApplied = { ada: 'admin', grace: 'dev' };
const somebody = { ada: 'owner', grace: 'dev' };
const minute = 60_000;

const begin = async (wish: DriftWish = {}): Promise<DriftWorld> => {
  const world = await createDriftWorld({
    ...{ drift, settings },
    ...wish,
    operator: `drift: { jitter: 0m }\n${wish.operator ?? ''}`,
  });
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  await world.apply(commit);
  return world;
};

/** One look, and what comes of it. */
const look = async (world: DriftWorld): Promise<void> => {
  await world.pass(hour);
  await settled(world);
};

const held = (world: DriftWorld): string | null =>
  /\*\*Tidegate opens no pull request by itself:\*\* (.*)/
    .exec(issueOf(world)?.body ?? '')?.[1]
    ?.replace('&#35;&#8203;', '#') ?? null;

describe('a pull request that puts drift back', () => {
  test('is opened by itself, once, and is approved and applied like any', async () => {
    const world = await begin({ operator: approved });
    const { w, tool } = world;
    tool.world.set(somebody);
    await look(world);
    expect(opened(world), w.complaints.join('\n')).toEqual([2]);
    expect(w.forge.opening.bodyOf(refOf(2))).toContain('Tidegate opened this by itself');
    expect(issueOf(world)?.body).toContain('#2 is open for it');
    await told(world, 2, 'opened');
    expect(boardOf(world, 2)).toContain('| `people` | 0 | 1 | 0 | 0 | planned |');
    for (let at = 0; at < 3; at += 1) await look(world);
    expect([opened(world), applies(world)]).toEqual([[2], 0]);
    // Nobody on GitHub is its author, so whoever may approve counts.
    await approve(world, 2, grace);
    await say(world, 2, '/apply');
    expect([applies(world), tool.world.get()]).toEqual([1, asApplied]);
    await world.pass(minute);
    expect([issueOf(world)?.state, await stateOf(world, 2)]).toEqual(['closed', 'closed']);
    const pull = (await w.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 })).filter(
      ({ kind }) => kind === 'followup.opened',
    );
    expect(pull).toMatchObject([{ actor: 'tidegate', facts: { number: 2, way: 'restore' } }]);
  });

  test('that people close stays closed for that drift, and the issue says so', {
    tags: ['long'],
  }, async () => {
    const world = await begin();
    world.tool.world.set(somebody);
    await look(world);
    await told(world, 2, 'opened');
    world.w.edit(2, { state: 'closed' });
    await told(world, 2, 'closed');
    for (let at = 0; at < 5; at += 1) await look(world);
    expect(opened(world)).toEqual([]);
    expect(held(world)).toContain('#2 was closed and was for just this');
    // Something else drifts.
    world.tool.world.set({ ada: 'owner' });
    await look(world);
    expect(opened(world)).toEqual([3]);
    // That one is closed as well, and the first comes back.
    world.w.edit(3, { state: 'closed' });
    await told(world, 3, 'closed');
    world.tool.world.set(somebody);
    for (let at = 0; at < 3; at += 1) await look(world);
    expect(opened(world)).toEqual([]);
    // Whoever wants it says so.
    expect(await commentOn(world, issueOf(world)?.number ?? 0, '/followup')).toContain('#4 puts it back');
  });

  test('is closed where the world comes right without it, and comes again with the drift, less often', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    const world = await begin();
    const openedAt: number[] = [];
    for (let at = 0; at < 12; at += 1) {
      world.tool.world.set(somebody);
      await look(world);
      const [number] = opened(world);
      if (number !== undefined) {
        openedAt.push(at);
        await told(world, number, 'opened');
      }
      world.tool.world.set(asApplied);
      await look(world);
      if (number === undefined) continue;
      expect(await stateOf(world, number)).toBe('closed');
      expect(said(world, number, 'is as it was applied again')).toHaveLength(1);
      world.w.edit(number, { state: 'closed' });
    }
    expect(openedAt.length).toBeGreaterThan(1);
    expect(openedAt.length).toBeLessThan(9);
  });

  test('is not opened while it is suspended, pending, held by somebody or not known for sure', {
    tags: ['long'],
  }, async () => {
    const world = await begin();
    const { key } = world.project('people');
    const { store } = world.w.ports;
    await store.locks.acquire(key, { repositoryId: repo.id, pullNumber: 77 }, 1);
    world.tool.world.set(somebody);
    await look(world);
    expect([opened(world), held(world)]).toEqual([[], 'Not now: #77 holds its lock.']);
    await store.locks.release(key, { repositoryId: repo.id, pullNumber: 77 });
    const row = await store.tracked.get(key);
    if (row?.applied == null) throw new Error('there is no row');
    await store.tracked.put({ ...row, applied: { ...row.applied, sure: false } });
    await world.pass(10 * minute);
    expect(opened(world)).toEqual([]);
    expect(held(world)).toContain('It is not known for sure');
    // What is merged and waits for its apply puts back what differs as well.
    if (row.desired === null) throw new Error('nothing is asked for');
    const newest = world.w.main({ 'people/wish.json': JSON.stringify({ ...asApplied, eve: 'guest' }) });
    world.w.forge.branches.setBranch(repo, 'main', newest);
    await store.tracked.put({ ...row, desired: { ...row.desired, sha: newest } });
    await look(world);
    expect(opened(world)).toEqual([]);
    expect(held(world)).toContain('is pending');
    const back = world.w.main({ 'people/wish.json': JSON.stringify(asApplied) });
    world.w.forge.branches.setBranch(repo, 'main', back);
    const same = { ...row.desired, sha: back };
    await store.tracked.put({ ...row, desired: same, applied: { ...row.applied, sha: back } });
    const words = '/suspend -d people 1h it is moved by hand';
    await commentOn(world, issueOf(world)?.number ?? 0, words, people.margaret);
    await world.pass(10 * minute);
    expect(opened(world)).toEqual([]);
    expect(held(world)).toContain('it is moved by hand');
    await look(world);
    expect(opened(world)).toEqual([2]);
  });

  test('is opened once, whenever the server dies on the way', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    for (const writes of [1, 2, 3, 4, 5, 7]) {
      const world = await begin();
      const { w } = world;
      world.tool.world.set(somebody);
      await w.advance(hour);
      await w.until(() => issueOf(world) !== undefined);
      await w.crash(writes);
      await w.until(() => w.isDead());
      await w.crash();
      for (let at = 0; at < 3; at += 1) await look(world);
      expect([writes, opened(world)]).toEqual([writes, [2]]);
      const all = await w.ports.store.driftPulls.ofProject(world.project('people').key);
      expect(all).toMatchObject([{ attempt: 1, number: 2, ended: null }]);
    }
  });

  test('is tried again where the App may not, and the issue says what is missing', async () => {
    const world = await begin();
    world.w.forge.permitApp('contents', false);
    world.tool.world.set(somebody);
    await look(world);
    expect(held(world)).toContain('may not make a branch');
    world.w.forge.permitApp('contents', true);
    await look(world);
    expect(opened(world)).toEqual([2]);
  });
});
