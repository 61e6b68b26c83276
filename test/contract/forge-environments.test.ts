import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubWorld } from './forge/github-world.ts';
import { memoryWorld } from './forge/memory-world.ts';
import type { World } from './forge/world.ts';

describe.each([
  ['memory', memoryWorld],
  ['github', githubWorld],
])('environments of the forge %s', (_name, make) => {
  let world: World;
  beforeAll(async () => {
    world = await make();
    await world.addTeam('database', { members: ['bob'] });
  });
  afterAll(() => world.stop());

  const read = (name: string) => world.forge.environment(world.repo, name, 'main');
  const nothing = {
    reviewers: null,
    preventSelfReview: false,
    waitMs: 0,
    branches: 'all',
    unknown: [],
  };

  test('one that is not there, and one that nothing protects', async () => {
    expect(await read('nowhere')).toBe('none');
    await world.setEnvironment('staging', {});
    expect(await read('staging')).toEqual(nothing);
  });

  test('by whom it is reviewed, and how long it waits; in small or capital letters', async () => {
    await world.setEnvironment('production/eu west', {
      users: ['ann', 'cleo'],
      teams: ['database'],
      preventSelfReview: true,
      waitMinutes: 30,
    });
    expect(await read('Production/EU west')).toEqual({
      ...nothing,
      reviewers: { users: ['ann', 'cleo'], teams: ['acme/database'], permission: null },
      preventSelfReview: true,
      waitMs: 1_800_000,
    });
  });

  test('from which branches it may be deployed', async () => {
    await world.setEnvironment('listed', { branches: { patterns: ['main', 'release/*'] } });
    expect(await read('listed')).toEqual({ ...nothing, branches: { patterns: ['main', 'release/*'] } });
    for (const isProtected of [true, false]) {
      await world.setEnvironment('guarded', { branches: { isProtected } });
      expect(await read('guarded')).toEqual({ ...nothing, branches: { isProtected } });
    }
  });

  test('that it has rules which nobody here knows', async () => {
    await world.setEnvironment('gated', { users: ['ann'], unknown: ['custom_gate'] });
    expect(await read('gated')).toMatchObject({ unknown: ['custom_gate'] });
  });

  test('nothing, where the App may not', async () => {
    await world.setEnvironment('secret', { users: ['ann'] });
    world.permitApp('actions', false);
    expect(await read('secret')).toBe('not-permitted');
    world.permitApp('actions', true);
    expect(await read('secret')).toMatchObject({ reviewers: { users: ['ann'] } });
  });
});
