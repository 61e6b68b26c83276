import { afterEach, describe, expect, test } from 'vitest';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const begin = async (wish: DriftWish = {}): Promise<DriftWorld> => {
  const world = await createDriftWorld(wish);
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  for (const dir of wish.dirs ?? ['people']) await world.apply(commit, dir);
  return world;
};

const isLooking = (world: DriftWorld) => async (): Promise<boolean> =>
  (await world.w.ports.store.drifts.times()).some(({ underWay }) => underWay !== null) && world.looks() > 0;

describe('a look', () => {
  test('that is killed with its server is not begun again for the same moment', async () => {
    const world = await begin();
    const { w, tool } = world;
    tool.world.set({});
    tool.behave({ drift: { again: 3 } });
    await w.advance(hour);
    await w.until(isLooking(world));
    await w.crash();
    tool.behave({});
    await world.pass(10 * 60_000);
    expect(world.looks()).toBe(1);
    expect(await world.drift()).toMatchObject({
      status: 'unknown',
      checkedAt: null,
      underWay: null,
      putOff: { because: 'the server ended while it was being looked at' },
    });
    await world.pass(hour);
    expect(world.looks()).toBe(2);
    expect(await world.drift()).toMatchObject({ status: 'drifted', consecutive: 1, putOff: null });
  });

  test('that a server has to leave is the next one’s', async () => {
    const world = await begin();
    const { w, tool } = world;
    tool.behave({ drift: { again: 3 } });
    await w.advance(hour);
    await w.until(isLooking(world));
    await w.road.stop();
    expect(await world.drift()).toMatchObject({ tickAt: null, underWay: null, checkedAt: null });
    tool.behave({});
    await w.crash();
    await world.pass(60_000);
    expect(world.looks()).toBe(2);
    expect(await world.drift()).toMatchObject({ status: 'clean', consecutive: 0 });
  });

  test('of many that were missed is one, and they do not all begin together', async () => {
    const dirs = ['a', 'b', 'c', 'd'];
    const world = await begin({ dirs, operator: 'drift: { jitter: 60m }\n' });
    const { w } = world;
    await world.pass(2 * hour);
    const before = world.looks();
    expect(before).toBeGreaterThanOrEqual(dirs.length);
    w.jump(30 * 24 * hour);
    await world.pass(60_000);
    expect(world.looks() - before).toBeLessThan(dirs.length);
    await world.pass(hour);
    // One for all that was missed, and one of the hour that passed.
    expect(world.looks() - before).toBeLessThanOrEqual(2 * dirs.length);
    for (const dir of dirs) expect((await world.drift(dir)).status).toBe('clean');
  });

  test('is not kept from its time by a clock that was a year ahead', async () => {
    const world = await begin();
    const { w } = world;
    w.jump(365 * 24 * hour);
    await world.pass(hour);
    expect(world.looks()).toBe(1);
    w.jump(-365 * 24 * hour);
    await world.pass(2 * hour);
    expect(world.looks()).toBeGreaterThan(1);
    expect(world.looks()).toBeLessThanOrEqual(3);
  });
});
