import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeploymentUpsert } from '../../src/forge/port.ts';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('deployments of the forge %s', (_name, make) => {
  let world: World;
  let count = 0;
  beforeAll(async () => {
    world = await make();
  });
  afterAll(() => world.stop());

  const wishOf = async (more: Partial<DeploymentUpsert> = {}): Promise<DeploymentUpsert> => {
    count += 1;
    const ref = await world.openPull(`change-${count}`);
    const { head } = await world.forge.pull(ref);
    return {
      id: null,
      sha: head.sha,
      environment: 'production',
      task: 'tidegate:network',
      description: 'network',
      payload: { run: `run-${count}`, project: 'network', pull: ref.number },
      state: 'in_progress',
      said: 'It is applied.',
      logUrl: null,
      ...more,
    };
  };
  const put = (wish: DeploymentUpsert) => world.forge.upsertDeployment(world.repo, wish);
  const of = ({ payload }: DeploymentUpsert) =>
    world.deployments().filter((one) => one.payload.run === payload.run);
  const statesOf = (wish: DeploymentUpsert) =>
    of(wish).map(({ statuses }) => statuses.map(({ state }) => state));

  test('one is made, with what it is about and a status, and gets more statuses', async () => {
    const wish = await wishOf({ logUrl: 'https://tidegate.example/runs/r1' });
    const id = await put(wish);
    expect(of(wish)).toMatchObject([
      {
        id,
        sha: wish.sha,
        environment: 'production',
        task: 'tidegate:network',
        description: 'network',
        payload: wish.payload,
        statuses: [{ state: 'in_progress', said: 'It is applied.', logUrl: wish.logUrl }],
      },
    ]);
    expect(await put({ ...wish, id, state: 'success', said: 'Applied.' })).toBe(id);
    expect(await put({ ...wish, id, state: 'inactive', said: 'Applied anew since.' })).toBe(id);
    expect(statesOf(wish)).toEqual([['in_progress', 'success', 'inactive']]);
  });

  test('the same word again is no second status, and other words about the same state are one', async () => {
    const wish = await wishOf();
    const id = await put(wish);
    await put({ ...wish, id });
    await put({ ...wish, id, said: 'Still.' });
    expect(statesOf(wish)).toEqual([['in_progress', 'in_progress']]);
  });

  test('one whose id was lost is found again by its run, among those that look alike', async () => {
    const wish = await wishOf();
    const other = { ...wish, payload: { ...wish.payload, run: `${wish.payload.run}-other` } };
    const task = {
      ...wish,
      task: 'tidegate:other',
      payload: { ...wish.payload, run: `${wish.payload.run}-b` },
    };
    const [id, second] = [await put(wish), await put(other), await put(task)];
    expect(id).not.toBe(second);
    expect(await put({ ...wish, state: 'success' })).toBe(id);
    expect(await put({ ...other, state: 'failure' })).toBe(second);
    expect(statesOf(wish)).toEqual([['in_progress', 'success']]);
  });

  test('after a lost answer there is no second one', async () => {
    const wish = await wishOf();
    world.failNextCreate('upsertDeployment', 'lost answer');
    await expect(put(wish)).rejects.toMatchObject({ failure: 'unavailable' });
    const id = await put(wish);
    expect(of(wish).map((one) => one.id)).toEqual([id]);
    expect(statesOf(wish)[0]?.at(-1)).toBe('in_progress');
  });

  test('one that is gone is made anew', async () => {
    const wish = await wishOf();
    expect(await put({ ...wish, id: 424_242 })).toEqual(of(wish)[0]?.id);
    expect(of(wish)).toHaveLength(1);
  });

  test('a success takes nothing away from others of its environment', async () => {
    const [first, second] = [
      await wishOf({ environment: 'staging' }),
      await wishOf({ environment: 'staging' }),
    ];
    await put({ ...first, state: 'success' });
    await put({ ...second, state: 'success' });
    expect(statesOf(first)).toEqual([['success']]);
  });

  test('checks that are not green do not stand in its way', async () => {
    const wish = await wishOf();
    await world.forge.upsertCheck(world.repo, {
      id: null,
      headSha: wish.sha,
      name: 'tidegate/apply',
      status: 'in_progress',
      conclusion: null,
      title: 'Applying',
      summary: 'Applying',
      text: null,
      detailsUrl: null,
    });
    expect(await put(wish)).not.toBeNull();
  });

  test('a commit that is not there, a limit, and a GitHub that is away are failures', async () => {
    const wish = await wishOf();
    const nowhere = { ...wish, sha: 'f'.repeat(40) as typeof wish.sha };
    await expect(put(nowhere)).rejects.toMatchObject({ failure: 'refused' });
    world.failNextCreate('upsertDeployment', 'limited');
    await expect(put(wish)).rejects.toMatchObject({ failure: 'limited', retryAfterMs: 7_000 });
    world.failNextCreate('upsertDeployment', 'unavailable');
    await expect(put(wish)).rejects.toMatchObject({ failure: 'unavailable' });
    expect(of(wish)).toEqual([]);
  });

  test('without the permission there is none, and nobody is told of an error', async () => {
    const wish = await wishOf();
    world.permitApp('deployments', false);
    expect(await put(wish)).toBeNull();
    expect(of(wish)).toEqual([]);
    world.permitApp('deployments', true);
    expect(await put(wish)).not.toBeNull();
  });
});
