import { afterEach, describe, expect, test } from 'vitest';
import type { Convergence } from '../../src/domain/convergence/convergence.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { refOf, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const on = 'drift: { mode: detect, schedule: { cron: "0 * * * *" } }, converge: on';

const begin = async (wish: DriftWish = {}): Promise<DriftWorld> => {
  const world = await createDriftWorld({ drift: on, ...wish });
  open.push(world);
  world.w.forge.branches.setBranch(repo, 'main', world.w.main({}));
  return world;
};

const wished = { ada: 'owner', grace: 'dev' };

/** A pull request that is planned. */
const ready = async ({ w }: DriftWorld, number = 1, things: object = wished): Promise<void> => {
  w.open(number, { 'people/wish.json': JSON.stringify(things) });
  await w.event(number, 'opened');
  await w.settled();
};

const applied = async (world: DriftWorld, number = 1): Promise<Convergence> => {
  await world.w.comment(number, '/apply');
  await world.w.settled();
  return last(world, number);
};

const last = async ({ w }: DriftWorld, number = 1): Promise<Convergence> => {
  const runs = await w.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: number });
  const apply = runs.find(({ verb }) => verb === 'apply');
  expect(apply, w.complaints.join('\n')).toMatchObject({ state: 'applied' });
  const row = apply === undefined ? null : await w.ports.store.convergences.get(apply.id);
  if (row === null) throw new Error('nobody looks at what it left');
  return row;
};

/** Something was left at the first look, and it is not looked again yet. */
const inPause = async ({ w }: DriftWorld): Promise<Convergence> => {
  const found: Convergence[] = [];
  await w.until(async () => {
    found.push(...(await w.ports.store.convergences.open()).filter(({ first }) => first !== null));
    return found.length > 0;
  });
  const [row] = found;
  if (row === undefined) throw new Error('nothing is open');
  return row;
};

const board = ({ w }: DriftWorld, number = 1): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const check = ({ w }: DriftWorld): string => {
  const one = w.forge.checks(repo).findLast(({ name }) => name === 'tidegate/apply');
  return `${one?.conclusion}: ${one?.title}`;
};

const merged = async ({ w }: DriftWorld, number = 1, things: object = wished): Promise<void> => {
  await w.merge(number, { 'people/wish.json': JSON.stringify(things) });
  await w.settled();
};

/** Two applies leave the same, and the second is merged. */
const leftTwice = async (world: DriftWorld): Promise<void> => {
  world.tool.behave({ apply: { world: { ada: 'OWNER' } } });
  await ready(world);
  await applied(world);
  await merged(world);
  const more = { ...wished, grace: 'admin' };
  await ready(world, 2, more);
  expect(await applied(world, 2)).toMatchObject({
    outcome: 'remains',
    remaining: [{ address: 'thing/ada', kind: 'unsettled', paths: ['value'], action: 'update' }],
  });
  await merged(world, 2, more);
};

describe('a second plan after an apply', () => {
  test('is empty, and is the look at the world as well', async () => {
    const world = await begin();
    await ready(world);
    const before = world.looks();
    expect(await applied(world)).toMatchObject({ outcome: 'settled', remaining: [], unsettled: 0 });
    expect(world.looks() - before).toBe(1);
    expect(await world.drift()).toMatchObject({ status: 'clean', askedAt: null });
    await merged(world);
    expect(world.looks() - before).toBe(1);
    await world.pass(hour);
    expect(world.looks() - before).toBe(2);
    expect(world.w.complaints).toEqual([]);
  });

  test('finds what never settles: it is told, kept, and looks for drift are quiet of it and of nothing else', async () => {
    const world = await begin();
    await leftTwice(world);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', unsettled: 1, ignored: 0 });
    world.tool.world.set({ ada: 'OWNER', grace: 'root' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', unsettled: 1, counts: { update: 1 } });
    // And of it, where something else is to be done to it.
    world.tool.world.set({ grace: 'admin' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', unsettled: 0, counts: { create: 1 } });
  });

  test('does not take for that what one apply has left: it may be somebody’s hand, and is told until it is put right', async () => {
    const world = await begin();
    await ready(world);
    world.tool.behave({ apply: { world: { ada: 'OWNER' } } });
    expect((await applied(world)).remaining).toMatchObject([{ address: 'thing/ada', kind: 'once' }]);
    expect(board(world)).toContain('If the next apply leaves it as well, it never settles');
    await merged(world);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', unsettled: 0, counts: { update: 1 } });
    // The next apply settles, so it was that: when it comes again it is loud.
    world.tool.behave({});
    await ready(world, 2, { ...wished, grace: 'admin' });
    expect(await applied(world, 2)).toMatchObject({ outcome: 'settled' });
    await merged(world, 2, { ...wished, grace: 'admin' });
    world.tool.world.set({ ada: 'OWNER', grace: 'admin' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', unsettled: 0 });
  });

  test('takes it for that at once where nobody waits for another apply: the twin, quiet of real drift', async () => {
    const world = await begin();
    const { convergences } = world.w.ports.store;
    await ready(world);
    world.tool.behave({ apply: { world: { ada: 'OWNER' } } });
    await applied(world);
    for (const one of await convergences.unsettled(world.project('people').key))
      await convergences.remember({ ...one, again: one.run });
    await merged(world);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', unsettled: 1 });
  });

  test('says what is left on the board, and in the check', async () => {
    const world = await begin();
    await leftTwice(world);
    expect(board(world, 2)).toContain('2 changed; 1 change left');
    expect(board(world, 2)).toContain('Planned once more after the apply, this was left:');
    expect(board(world, 2)).toContain('differs again after every apply with `things 1.0.0`');
    expect(check(world)).toBe('success: 1 project applied: 2 changed; 1 change left');
  });

  test('is told no more of what never settles: the next apply leaves just that, and nothing is said', async () => {
    const world = await begin();
    await leftTwice(world);
    await ready(world, 3, { ...wished, grace: 'root' });
    const before = world.looks();
    expect(await applied(world, 3)).toMatchObject({ outcome: 'settled', unsettled: 1, remaining: [] });
    expect(world.looks() - before).toBe(1);
    expect(board(world, 3)).not.toContain('left');
    // What settles once is not known any more.
    world.tool.behave({});
    await merged(world, 3, { ...wished, grace: 'root' });
    await ready(world, 4, { ada: 'dev', grace: 'dev' });
    expect(await applied(world, 4)).toMatchObject({ outcome: 'settled', unsettled: 0 });
    expect(await world.w.ports.store.convergences.unsettled(world.project('people').key)).toEqual([]);
  });

  test('tells what the apply did not touch from what it made, and what is still on its way from both', async () => {
    const world = await begin();
    await ready(world);
    // Somebody else was there meanwhile, and nobody knows of a thing that comes and goes.
    world.tool.behave({ apply: { world: { grace: 'root', eve: 'guest' } } });
    expect((await applied(world)).remaining.map(({ address, kind }) => `${address} ${kind}`)).toEqual([
      'thing/eve elsewhere',
      'thing/grace elsewhere',
    ]);
    const other = await begin();
    await ready(other);
    other.tool.behave({ apply: { world: { ada: 'OWNER' } } });
    await other.w.comment(1, '/apply');
    await inPause(other);
    other.tool.world.set(wished);
    await other.w.settled();
    expect(await last(other)).toMatchObject({ outcome: 'settled', remaining: [] });
  });

  test('answers nobody who asks for a look when it has begun', async () => {
    const world = await begin();
    await ready(world);
    await applied(world);
    await merged(world);
    const more = { ...wished, grace: 'admin' };
    await ready(world, 2, more);
    world.tool.behave({ drift: { held: true } });
    const before = world.looks();
    await world.w.comment(2, '/apply');
    await world.w.until(() => world.looks() > before);
    const { store, clock } = world.w.ports;
    expect(await store.drifts.ask(world.project('people').key, clock.now())).toBe(true);
    world.tool.letGo();
    await world.w.settled();
    expect(await last(world, 2)).toMatchObject({ outcome: 'settled' });
    expect(await world.drift()).toMatchObject({ askedAt: expect.any(Number) });
    await merged(world, 2, more);
    await world.w.advance(2 * 60_000);
    // The clock reads its rows before anybody can tell that it is at work.
    await world.w.until(() => world.looks() - before > 1);
    await world.w.settled();
    expect(world.looks() - before).toBe(2);
    expect(await world.drift()).toMatchObject({ status: 'clean', askedAt: null });
  });

  test('is not made where a rule or the project says so', async () => {
    const world = await begin({ drift: 'drift: detect, converge: off' });
    await ready(world);
    await world.w.comment(1, '/apply');
    await world.w.settled();
    expect(await world.w.ports.store.convergences.open()).toEqual([]);
    await expect(last(world)).rejects.toThrow('nobody looks');
  });

  test('that fails leaves the apply as it ended, and says that nobody knows', async () => {
    const world = await begin();
    await ready(world);
    world.tool.behave({ drift: { exit: 9 } });
    expect(await applied(world)).toMatchObject({ outcome: 'unchecked', remaining: [] });
    expect(board(world)).toContain('It is not known whether the apply left something');
    expect(check(world)).toBe('success: 1 project applied: 1 changed');
    // It is looked at by the clock then, as before.
    expect(await world.drift()).toMatchObject({ status: 'unknown', askedAt: expect.any(Number) });
  });
});

describe('its lock', () => {
  const lock = ({ w, project }: DriftWorld) => w.ports.store.locks.get(project('people').key);
  const isOver = async ({ w }: DriftWorld) =>
    (await w.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 })).some(
      ({ kind }) => kind === 'pull.merged',
    );

  /** Applied and merged, while what that left is looked at, where it is. */
  const over = async (converge: 'on' | 'off'): Promise<DriftWorld> => {
    const world = await begin({ drift: `drift: off, converge: ${converge}` });
    await ready(world);
    world.tool.behave({ apply: { world: { ada: 'OWNER' } } });
    await world.w.comment(1, '/apply');
    if (converge === 'on') await inPause(world);
    else await world.w.settled();
    await world.w.merge(1, { 'people/wish.json': JSON.stringify(wished) });
    await world.w.until(() => isOver(world));
    return world;
  };

  test('is given back when that is known, and not before', async () => {
    const world = await over('on');
    expect(await lock(world)).toMatchObject({ pullNumber: 1 });
    await world.w.settled();
    expect(await last(world)).toMatchObject({ outcome: 'remains', endsLock: true });
    expect(await lock(world)).toBeNull();
  });

  test('is given back at once where nothing is looked at: the twin', async () => {
    const world = await over('off');
    expect(await lock(world)).toBeNull();
    await world.w.settled();
  });

  test('passes to whoever waits for it, who is planned with what was applied', async () => {
    const world = await over('on');
    world.w.open(2, { 'people/wish.json': JSON.stringify({ ada: 'owner', grace: 'root' }) });
    await world.w.event(2, 'opened');
    await world.w.settled();
    expect(await last(world)).toMatchObject({ outcome: 'remains' });
    expect(await lock(world)).toMatchObject({ pullNumber: 2 });
  });

  test('is not held for ever: what finds no time for it is not known', async () => {
    const world = await over('on');
    world.w.disk.free = 0;
    await world.w.advance(9 * 60_000);
    expect(await lock(world)).toMatchObject({ pullNumber: 1 });
    await world.w.advance(2 * 60_000);
    await world.w.settled();
    expect(await last(world)).toMatchObject({ outcome: 'unchecked', because: 'there was no time for it' });
    expect(await lock(world)).toBeNull();
    world.w.disk.free = Number.POSITIVE_INFINITY;
  });

  test('is given back to whoever asks, and then nobody knows', async () => {
    const world = await begin();
    await ready(world);
    world.tool.behave({ apply: { world: { ada: 'OWNER' } } });
    await world.w.comment(1, '/apply');
    await inPause(world);
    await world.w.comment(1, '/unlock');
    await world.w.settled();
    expect(await last(world)).toMatchObject({
      outcome: 'unchecked',
      because: 'its lock was given back before',
    });
    expect(await lock(world)).toBeNull();
  });

  test('is given back after a crash as well, by the server that goes on', async () => {
    const world = await over('on');
    await world.w.crash();
    await world.w.settled();
    const ended = await last(world);
    expect(ended.outcome).toBe('remains');
    // The second look may have been begun before, and is begun again.
    expect([2, 3]).toContain(ended.looks);
    expect(await lock(world)).toBeNull();
  });

  test('is given back where each look ended with its server', async () => {
    const world = await over('on');
    const [row] = await world.w.ports.store.convergences.open();
    if (row === undefined) throw new Error('nothing is open');
    await world.w.ports.store.convergences.put({ ...row, looks: 4 });
    await world.w.settled();
    expect(await last(world)).toMatchObject({ outcome: 'unchecked', looks: 4 });
    expect(await lock(world)).toBeNull();
  });
});

test('what is applied meanwhile ends it, and nothing is kept of it', async () => {
  const world = await begin();
  const { w, project } = world;
  await ready(world);
  world.tool.behave({ apply: { world: { ada: 'OWNER' } } });
  await w.comment(1, '/apply');
  const row = await inPause(world);
  world.tool.behave({});
  w.open(1, { 'people/wish.json': JSON.stringify({ ada: 'nobody', grace: 'dev' }) });
  await w.event(1, 'synchronize');
  await w.until(async () => {
    const runs = await w.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 });
    return runs.some(({ state, headSha }) => state === 'planned' && headSha === w.ask(1).head.sha);
  });
  await w.comment(1, '/apply');
  await w.settled();
  expect(await w.ports.store.convergences.get(row.run)).toMatchObject({ outcome: 'superseded' });
  expect(await last(world)).toMatchObject({ outcome: 'settled' });
  expect(await w.ports.store.convergences.unsettled(project('people').key)).toEqual([]);
});
