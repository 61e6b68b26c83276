import { describe, expect, it } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import { ForgeError } from '../../src/forge/port.ts';
import {
  both,
  checksOn,
  endings,
  merge,
  minute,
  open,
  pendings,
  place,
  push,
  tell,
  tellOfPush,
} from '../support/base-branch.ts';
import { people } from '../support/memory-world.ts';

describe('a base branch that is pushed over', () => {
  it('back to where it was before a push: that is gone, and nothing is pending', async () => {
    await tell(async (world) => {
      const before = world.at;
      const commit = await push(world, { 'network/main.tf': 'large' });
      place(world, before);
      await tellOfPush(world, commit, before);
      expect(await pendings(world)).toEqual([]);
      expect(await endings(world, commit)).toEqual(['network: gone']);
      // And once more to what it was.
      place(world, commit);
      await tellOfPush(world, before, commit);
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
      expect(checksOn(world, commit).at(-1)).toContain('action_required');
    });
  });

  it('by other commits: all that differs is pending, whoever brought it', async () => {
    await tell(async (world) => {
      const before = world.at;
      await open(world, 1, { 'network/main.tf': 'large' });
      await merge(world, 1, { 'network/main.tf': 'large' });
      const over = await push(world, { 'network/main.tf': 'small', 'readme.md': 'over' }, { on: [before] });
      expect(await pendings(world)).toEqual([`network: 1 of ${over.slice(0, 7)} by grace, forced`]);
      expect(checksOn(world, over)).toEqual(
        both('action_required', 'Pushed over the branch without a pull request: 1 project is pending'),
      );
    });
  });

  it('from what nobody has any more: everything is', async () => {
    await tell(async (world) => {
      const commit = await push(world, { 'readme.md': 'two' }, { lost: true });
      await tellOfPush(world, sha('e'.repeat(40)), commit);
      expect(await pendings(world)).toEqual(
        ['app', 'network'].map((name) => `${name}: 0 of ${commit.slice(0, 7)} by grace, forced`),
      );
    });
  });
});

describe('webhooks of pushes', () => {
  it('are taken push by push, in whichever order they come, and twice is once', async () => {
    await tell(async (world) => {
      const start = world.at;
      const first = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      const second = await push(world, { 'network/main.tf': 'huge' }, { lost: true });
      await tellOfPush(world, start, first, { by: people.ada });
      await tellOfPush(world, first, second);
      await tellOfPush(world, start, first, { by: people.ada });
      expect(await pendings(world)).toEqual([
        `network: 1 of ${first.slice(0, 7)} by ada`,
        `network: 1 of ${second.slice(0, 7)} by grace`,
      ]);
    });
    await tell(async (world) => {
      const start = world.at;
      const first = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      const second = await push(world, { 'network/main.tf': 'huge' }, { lost: true });
      await tellOfPush(world, start, second);
      await tellOfPush(world, start, first, { by: people.ada });
      expect(await pendings(world)).toEqual([`network: 2 of ${second.slice(0, 7)} by grace`]);
    });
  });

  it('that are lost are found by the sweep, once', async () => {
    await tell(async (world) => {
      await open(world, 1, { 'app/main.tf': 'large' });
      // It is taken note of where the branch is.
      await world.advance(16 * minute);
      await world.settled();
      const commit = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      await world.advance(16 * minute);
      await world.settled();
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by nobody`]);
      const { repaired } = world.road.sweep();
      await world.advance(31 * minute);
      await world.settled();
      expect(world.road.sweep().repaired).toBe(repaired);
    });
  });

  it('of branches that nothing is applied from ask nothing of the forge', async () => {
    const operator = 'base_branches: [release/*]\n';
    await tell(
      async (world) => {
        world.forge.failNext('repository', new ForgeError('refused', 'it was asked'));
        await push(world, { 'network/main.tf': 'large' });
        expect(world.complaints).toEqual([]);
        expect(await pendings(world)).toEqual([]);
      },
      { operator },
    );
  });

  it('of a branch that is new, or gone, make nothing pending', async () => {
    await tell(async (world) => {
      await tellOfPush(world, null, world.at);
      expect(await pendings(world)).toEqual([]);
      const commit = await push(world, { 'network/main.tf': 'large' });
      world.author.branch('main', null);
      await tellOfPush(world, commit, null);
      expect(await endings(world, commit)).toEqual(['network: gone']);
      expect(world.complaints).toEqual([]);
    });
  });

  it('while `tidegate.yaml` cannot be read wait for it', async () => {
    await tell(async (world) => {
      await push(world, { 'tidegate.yaml': 'version: nine\n' });
      await push(world, { 'network/main.tf': 'large' });
      expect(await pendings(world)).toEqual([]);
      expect(world.complaints.join()).toContain('what was pushed cannot be told');
      const commit = await push(world, { 'tidegate.yaml': 'version: 1\n' });
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
    });
  });

  it('that failed half way are worked on again after the start', async () => {
    await tell(async (world) => {
      const before = world.at;
      const commit = await push(world, { 'network/main.tf': 'large' }, { lost: true });
      // With each of its writes: the webhook, the row, and that it is done.
      for (const dieAfter of [1, 2, 1]) {
        await world.crash(dieAfter);
        if (!world.isDead()) void tellOfPush(world, before, commit, { settles: false });
        await world.until(() => world.isDead());
      }
      await world.crash();
      await world.settled();
      expect(await pendings(world)).toEqual([`network: 1 of ${commit.slice(0, 7)} by grace`]);
      expect(checksOn(world, commit)).toHaveLength(2);
    });
  });
});
