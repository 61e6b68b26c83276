import { describe, expect, it } from 'vitest';
import { ForgeError } from '../../src/forge/port.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};
const operator = 'rules: [{match: "**", automerge: {method: squash}}]\n';
const key = { repositoryId: repo.id, pullNumber: 1 };
const minute = 60_000;

const told = async (work: (world: MemoryWorld) => Promise<void>): Promise<void> => {
  const world = await createMemoryWorld({ main, operator });
  try {
    world.open(1, { 'network/main.tf': 'large' });
    await world.event(1, 'opened');
    await world.settled();
    await work(world);
  } finally {
    await world.close();
  }
};

const asked = async ({ ports }: MemoryWorld) =>
  (await ports.store.audit.ofPull(key))
    .filter(({ kind }) => kind === 'pull.merge_asked')
    .map(({ facts }) => facts['outcome']);

/** What the forge says of it: the world's own copy is not merged. */
const stands = ({ forge }: MemoryWorld) => forge.forge.pull(refOf(1));

const boardOf = ({ forge }: MemoryWorld): string =>
  forge.comments(refOf(1)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const apply = async (world: MemoryWorld): Promise<void> => {
  await world.advance(2_000);
  await world.comment(1, '/apply');
  await world.settled();
};

describe('a merge that nobody has to ask for', () => {
  it('is asked for once, with what it was asked for in the trail', async () => {
    await told(async (world) => {
      await apply(world);
      expect(await stands(world)).toMatchObject({
        state: 'closed',
        merged: { by: { login: 'tidegate[bot]' } },
      });
      expect(await asked(world)).toEqual(['asked', 'merged']);
      expect(await world.ports.store.mergeAsks.all()).toEqual([]);
      const [first] = (await world.ports.store.audit.ofPull(key)).filter(
        ({ kind }) => kind === 'pull.merge_asked',
      );
      expect(first).toMatchObject({ actor: null, facts: { method: 'squash', queue: 'none' } });
    });
  });

  it('is tried again by itself, ever more seldom, until it may be', async () => {
    await told(async (world) => {
      world.forge.merging.setMergeWay(refOf(1), { refusal: 'Required status check "ci" is expected.' });
      await apply(world);
      const tried = async () => (await world.ports.store.mergeAsks.get(key))?.at ?? 0;
      const first = await tried();
      expect(boardOf(world)).toContain('does not let it be merged: Required status check');
      await world.advance(2 * minute);
      await world.settled();
      const second = await tried();
      expect(second).toBeGreaterThan(first);
      await world.advance(60 * minute);
      await world.settled();
      expect(await tried()).toBeGreaterThan(second);
      // Nothing of it is news.
      expect(await asked(world)).toEqual(['asked', 'refused']);
      world.forge.merging.setMergeWay(refOf(1), {});
      await world.advance(31 * minute);
      await world.settled();
      expect((await stands(world)).merged).not.toBeNull();
      expect(await asked(world)).toEqual(['asked', 'refused', 'merged']);
    });
  });

  it('is tried again after a crash, and a merge that GitHub made meanwhile is only found', async () => {
    await told(async (world) => {
      world.forge.failNext('merge', new ForgeError('unavailable', 'connection cut'), 'after');
      await world.advance(2_000);
      await world.comment(1, '/apply');
      await world.until(async () => (await stands(world)).merged !== null);
      await world.crash();
      await world.settled();
      expect((await stands(world)).merged).not.toBeNull();
      expect((await asked(world)).every((outcome) => outcome === 'asked')).toBe(true);
      expect(await world.ports.store.mergeAsks.all()).toEqual([]);
    });
  });

  it('is not asked for with a head that was pushed in between', async () => {
    await told(async (world) => {
      world.forge.merging.setMergeWay(refOf(1), { refusal: 'not yet' });
      await apply(world);
      world.forge.merging.setMergeWay(refOf(1), {});
      world.open(1, { 'network/main.tf': 'huge' });
      // Its webhook is not here yet: what was applied is older than what would be merged.
      await world.advance(5 * minute);
      await world.settled();
      expect((await stands(world)).merged).toBeNull();
      await world.event(1, 'synchronize');
      await world.settled();
      await world.advance(60 * minute);
      await world.settled();
      expect((await stands(world)).merged).toBeNull();
      await apply(world);
      expect((await stands(world)).merged).not.toBeNull();
    });
  });

  it('is not asked for any more once the base branch does not ask for it', async () => {
    const projects = (more: string) => ({
      'tidegate.yaml': `version: 1\nprojects:\n  - { dir: network${more} }\n`,
    });
    const world = await createMemoryWorld({ main: { ...main, ...projects(', automerge: true') } });
    try {
      world.open(1, { 'network/main.tf': 'large' });
      await world.event(1, 'opened');
      await world.settled();
      world.forge.merging.setMergeWay(refOf(1), { refusal: 'not yet' });
      await apply(world);
      expect(await asked(world)).toEqual(['asked', 'refused']);
      // Nobody tells us of that push, and what was planned stands.
      world.main(projects(''));
      world.forge.merging.setMergeWay(refOf(1), {});
      await world.advance(60 * minute);
      await world.settled();
      expect((await stands(world)).merged).toBeNull();
      expect(await world.ports.store.mergeAsks.all()).toEqual([]);
      expect(boardOf(world)).not.toContain('does not let it be merged');
    } finally {
      await world.close();
    }
  });

  it('waits behind an apply whose outcome nobody knows', async () => {
    await told(async (world) => {
      world.tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null, text: 'killed' }));
      await apply(world);
      world.forge.addReview(refOf(1), {
        author: people.grace,
        state: 'approved',
        commit: world.ask(1).head.sha,
        submittedAt: world.ports.clock.now(),
      });
      await world.advance(60 * minute);
      await world.settled();
      expect((await stands(world)).merged).toBeNull();
      expect(await asked(world)).toEqual([]);
    });
  });
});
