import { afterEach, describe, expect, test } from 'vitest';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';
import { merged } from '../support/samples.ts';

const minute = 60_000;
const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const start = async (): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main: { 'network/main.tf': 'small', 'cluster/main.tf': 'small' } });
  worlds.push(world);
  await world.settled();
  return world;
};

/** Time goes by, and whatever falls due is done. */
const later = async (world: MemoryWorld, ms: number): Promise<void> => {
  await world.advance(ms);
  await world.settled();
};

const board = (world: MemoryWorld, number: number): string =>
  world.forge.comments(refOf(number)).find(({ ours, body }) => ours && body.includes('tidegate:board'))
    ?.body ?? '';
const replies = (world: MemoryWorld, number: number): readonly string[] =>
  world.forge
    .comments(refOf(number))
    .filter(({ ours, body }) => ours && body.includes('tidegate:reply'))
    .map(({ body }) => body);
const locks = async (world: MemoryWorld) =>
  (await world.ports.store.locks.all()).map(({ pullNumber }) => pullNumber);

describe('pull requests that no webhook told of', () => {
  test('opened, pushed to and closed: found within a quarter of an hour, once', async () => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    await world.settled();
    expect(world.tool.journal).toEqual([]);
    await later(world, 61 * minute);
    expect(world.tool.journal).toEqual(['plan network']);
    expect(board(world, 1)).toContain('network');
    world.open(1, { 'network/main.tf': 'large' });
    await later(world, 16 * minute);
    expect(world.tool.journal).toEqual(['plan network', 'plan network']);
    // The webhook comes after all.
    await world.event(1, 'synchronize');
    await later(world, 61 * minute);
    expect(world.tool.journal).toHaveLength(2);
    expect(await locks(world)).toEqual([1]);
    world.edit(1, { state: 'closed' });
    await later(world, 16 * minute);
    expect(await locks(world)).toEqual([]);
    world.edit(1, { state: 'open' });
    await later(world, 16 * minute);
    expect(world.tool.journal).toHaveLength(3);
  });

  test('what was open before we came is left alone until something happens to it', async () => {
    const world = await start();
    // As if the App were installed there only now.
    await world.ports.store.cursors.set(`repository:${repo.id}`, null);
    world.open(1, { 'network/main.tf': 'medium' });
    world.forge.addComment(refOf(1), '/plan', people.ada);
    await later(world, 61 * minute);
    expect(world.tool.journal).toEqual([]);
    world.open(1, { 'network/main.tf': 'large' });
    await later(world, 61 * minute);
    expect(world.tool.journal).toEqual(['plan network']);
  });

  test('one that cannot be followed is tried a few times, and then left to people', async () => {
    const world = await start();
    const broken = new ForgeError('refused', 'we do not understand each other');
    world.open(1, { 'network/main.tf': 'medium' });
    for (let tries = 0; tries < 40; tries += 1) world.forge.failNext('pull', broken);
    for (let hours = 0; hours < 12; hours += 1) await later(world, 61 * minute);
    const aside = world.complaints.filter((line) => line.startsWith('delivery put aside'));
    expect(aside).toHaveLength(5);
  });

  test('a server that stands still for days finds all of it, however full the forge is', async () => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    world.forge.failNext('failedDeliveries', new ForgeError('unavailable', 'down'));
    world.forge.failNext('openPulls', new ForgeError('limited', 'slow down', 60_000));
    world.forge.failNext('repositories', new ForgeError('unavailable', 'down'));
    await world.crash();
    await later(world, 16 * minute);
    await later(world, 61 * minute);
    expect(world.tool.journal).toEqual(['plan network']);
  });
});

describe('webhooks that failed', () => {
  test('are asked for again within five minutes, and answered once', async () => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    world.forge.addFailedDelivery('guid-1', () => void world.event(1, 'opened'));
    await later(world, 6 * minute);
    expect(world.tool.journal).toEqual(['plan network']);
    expect(world.road.sweep()).toMatchObject({ redelivered: 1 });
    await later(world, 61 * minute);
    expect(world.tool.journal).toEqual(['plan network']);
  });

  test('presses of buttons are asked for within the hour and not afterwards, since nothing says when they were pressed', async () => {
    const world = await start();
    const press = { event: 'check_run', action: 'requested_action' };
    const pressed: string[] = [];
    world.forge.addFailedDelivery('in time', () => void pressed.push('in time'), press);
    await later(world, 6 * minute);
    expect(pressed).toEqual(['in time']);
    // Each attempt that fails has a newer time than what is in it.
    const failing = (): void => {
      pressed.push('too late');
      world.forge.addFailedDelivery('too late', failing, press);
    };
    failing();
    for (let turns = 0; turns < 5; turns += 1) await later(world, 13 * minute);
    const heard = pressed.length;
    expect(heard).toBeGreaterThan(2);
    for (let hours = 0; hours < 10; hours += 1) await later(world, 60 * minute);
    expect(pressed).toHaveLength(heard);
  });

  test('again and again are asked for less and less often', async () => {
    const world = await start();
    const fail = () => world.forge.addFailedDelivery('guid-1', fail);
    fail();
    for (let quarters = 0; quarters < 4 * 24; quarters += 1) await later(world, 15 * minute);
    const { redelivered } = world.road.sweep();
    expect(redelivered).toBeGreaterThan(5);
    expect(redelivered).toBeLessThan(15);
  });

  test('for longer than GitHub keeps them: everything is compared instead', { tags: ['long'] }, async () => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    await world.event(1, 'opened');
    await world.settled();
    for (let tries = 0; tries < 12 * 24 * 4; tries += 1)
      world.forge.failNext('failedDeliveries', new ForgeError('unavailable', 'down'));
    await world.advance(4 * 24 * 60 * minute);
    await world.settled();
    expect(world.complaints.join()).not.toContain('longer than GitHub keeps them');
    await later(world, 61 * minute);
    expect(world.complaints.join()).toContain('longer than GitHub keeps them');
  });
});

describe('comments that no webhook told of', () => {
  const planned = async (): Promise<MemoryWorld> => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    await world.event(1, 'opened');
    await later(world, 2 * minute);
    return world;
  };

  test('are answered once, whether the sweep or the webhook comes first', async () => {
    const world = await planned();
    const id = world.forge.addComment(refOf(1), '/status', people.ada);
    await later(world, 16 * minute);
    expect(replies(world, 1)).toHaveLength(1);
    const comment = { sender: people.ada, commentId: id, body: '/status', viaAppId: null };
    const late = { kind: 'comment', pull: refOf(1), ...comment } as const;
    const delivery = { event: 'issue_comment', action: 'created', repository: 'acme/infrastructure' };
    for (const guid of ['late-1', 'late-2'])
      await world.road.receive({ ...delivery, id: guid, trigger: late, receivedAt: world.ports.clock.now() });
    await world.settled();
    await world.comment(1, '/help');
    await later(world, 16 * minute);
    expect(replies(world, 1)).toHaveLength(2);
    expect(world.road.sweep()).toMatchObject({ repaired: 1 });
  });

  test('apply what was planned when they were written, and only within the hour', async () => {
    const world = await planned();
    world.forge.addComment(refOf(1), '/apply', people.ada);
    await later(world, 16 * minute);
    expect(world.tool.state.get('network')).toBe('medium');
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toHaveLength(1);
    await later(world, 61 * minute);
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toHaveLength(1);
  });

  test('that are an hour old apply nothing, and say so', async () => {
    const world = await planned();
    for (let minutes = 0; minutes < 75; minutes += 1)
      world.forge.failNext('comments', new ForgeError('unavailable', 'down'));
    world.forge.addComment(refOf(1), '/apply', people.ada);
    await later(world, 120 * minute);
    expect(world.tool.state.get('network')).toBeUndefined();
    expect(replies(world, 1).join()).toContain('more than an hour after it was written');
  });

  test('of a webhook that came again count when they were written: a plan made since is not what was seen', async () => {
    const world = await planned();
    const id = world.forge.addComment(refOf(1), '/apply', people.ada);
    await world.advance(10_000);
    await world.comment(1, '/plan', people.grace);
    await world.until(async () => {
      const runs = await world.ports.store.runs.ofPull({ repositoryId: repo.id, pullNumber: 1 }, ['planned']);
      return runs.length === 1 && world.tool.journal.length === 2;
    });
    const trigger = {
      kind: 'comment',
      pull: refOf(1),
      sender: people.ada,
      commentId: id,
      body: '/apply',
      viaAppId: null,
    } as const;
    await world.road.receive({
      id: 'again',
      event: 'issue_comment',
      action: 'created',
      repository: 'acme/infrastructure',
      trigger,
      receivedAt: world.ports.clock.now(),
    });
    await world.settled();
    expect(world.tool.state.get('network')).toBeUndefined();
    expect(replies(world, 1).join()).toContain('was planned again after this comment was written');
  });

  test('by bots, without a command, and from before we came are left alone', async () => {
    const world = await planned();
    world.forge.addComment(refOf(1), '/apply', { ...people.ada, id: 77, kind: 'bot' });
    world.forge.addComment(refOf(1), 'Shall we?', people.ada);
    await later(world, 61 * minute);
    expect(replies(world, 1)).toEqual([]);
    expect(world.tool.state.get('network')).toBeUndefined();
    expect(world.road.sweep()).toMatchObject({ repaired: 0 });
  });

  test('what is not there, or may not be seen, keeps nobody else from being compared', async () => {
    const world = await planned();
    const other = { ...repo, id: 99, name: 'other' };
    world.forge.install(other, true);
    world.forge.install({ ...repo, id: 98, owner: 'strangers' }, true);
    await later(world, 61 * minute);
    expect(world.road.sweep()).toMatchObject({ repositories: 2, left: 0 });
    world.forge.install(other, false);
    await later(world, 61 * minute);
    expect(world.road.sweep()).toMatchObject({ repositories: 1, left: 0 });
  });
});

describe('a delivery that cannot be worked on', () => {
  test('because the forge is down for minutes is worked on when it is back, once', async () => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    for (let tries = 0; tries < 12; tries += 1)
      world.forge.failNext('pull', new ForgeError('unavailable', 'down'));
    await world.event(1, 'opened');
    await world.advance(5 * minute);
    expect(world.tool.journal).toEqual([]);
    await later(world, 5 * minute);
    expect(world.tool.journal).toEqual(['plan network']);
    expect(board(world, 1)).toContain('| planned |');
    expect(world.complaints.filter((line) => line.startsWith('delivery put aside'))).toEqual([]);
  });

  test('is put aside, and says so on the commit and on the board; others go on', async () => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    world.open(2, { 'cluster/main.tf': 'medium' });
    const { head } = world.ask(1);
    for (let tries = 0; tries < 3; tries += 1)
      world.forge.failNext('remote', new ForgeError('refused', 'never'));
    await world.event(1, 'opened');
    await world.until(() => world.complaints.some((line) => line.startsWith('delivery put aside')));
    await world.event(2, 'opened');
    await later(world, minute);
    expect(world.tool.journal).toEqual(['plan cluster']);
    const check = world.forge
      .checks(repo)
      .find((one) => one.headSha === head.sha && one.name === 'tidegate/plan');
    expect(check).toMatchObject({
      status: 'completed',
      conclusion: expect.stringMatching(/failure|action_required/),
    });
    expect(board(world, 1)).toContain('delivery is `delivery-1`');
    await world.comment(1, '/plan');
    await later(world, minute);
    expect(world.tool.journal).toEqual(['plan cluster', 'plan network']);
  });
});

test('what an apply came to while the App was away is told when it is back, under whatever number', async () => {
  let isAway = false;
  const here = () => {
    if (isAway) throw new ForgeError('gone', 'there is no such installation');
    return world.forge.forge;
  };
  const world: MemoryWorld = await createMemoryWorld({
    main: { 'network/main.tf': 'small' },
    forge: {
      pull: async (ref) => here().pull(ref),
      upsertComment: async (ref, comment) => here().upsertComment(ref, comment),
      upsertCheck: async (of, check) => here().upsertCheck(of, check),
    },
  });
  worlds.push(world);
  await world.settled();
  world.open(1, { 'network/main.tf': 'medium' });
  await world.event(1, 'opened');
  await later(world, minute);
  world.tool.hooks.set('apply', () => {
    isAway = true;
    world.forge.install(repo, false);
    return undefined;
  });
  await world.comment(1, '/apply');
  await later(world, 61 * minute);
  expect(world.tool.state.get('network')).toBe('medium');
  expect(board(world, 1)).not.toContain('✓ applied');
  isAway = false;
  world.forge.install({ ...repo, installationId: 8 }, true);
  await later(world, 61 * minute);
  expect(board(world, 1)).toContain('✓ applied');
  const checks = world.forge.checks(repo).filter(({ name }) => name === 'tidegate/apply');
  expect(checks.at(-1)).toMatchObject({ status: 'completed', conclusion: 'success' });
});

describe('while it is being applied', () => {
  type Turn = readonly [string, (world: MemoryWorld) => Promise<unknown>, readonly number[]];
  const turns: readonly Turn[] = [
    [
      'the pull request is closed, twice told',
      async (world) => {
        world.edit(1, { state: 'closed' });
        await world.event(1, 'closed');
        await world.event(1, 'closed');
      },
      [],
    ],
    [
      'the pull request is merged, and nobody tells',
      async (world) => {
        world.edit(1, { state: 'closed', merged: merged() });
        await world.advance(61 * minute);
      },
      [],
    ],
    [
      'somebody pushes over it',
      async (world) => {
        world.open(1, { 'network/main.tf': 'other' });
        await world.event(1, 'synchronize');
      },
      [1],
    ],
    [
      'the App is taken away',
      async (world) => {
        world.forge.install(repo, false);
        await world.advance(61 * minute);
      },
      [1],
    ],
  ];
  test.each(turns)('%s: the apply ends, and its lock goes when it may', async (_name, happens, held) => {
    const world = await start();
    world.open(1, { 'network/main.tf': 'medium' });
    await world.event(1, 'opened');
    await later(world, minute);
    const gate = Promise.withResolvers<void>();
    world.tool.hooks.set('apply', async () => {
      await gate.promise;
      return undefined;
    });
    await world.comment(1, '/apply');
    await world.until(() => world.tool.journal.includes('apply network'));
    const freed = async () =>
      (await world.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 })).filter(
        ({ kind }) => kind === 'lock.released',
      );
    await happens(world);
    await world.advance(minute);
    expect(await locks(world)).toEqual([1]);
    expect(await freed()).toEqual([]);
    gate.resolve();
    await later(world, 61 * minute);
    expect(world.tool.state.get('network')).toBe('medium');
    expect(await locks(world)).toEqual(held);
    expect(await freed()).toHaveLength(held.length === 0 ? 1 : 0);
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toHaveLength(1);
  });
});
