/** Drift of repositories that go away, or say nothing of their projects any more. */
import { afterEach, describe, expect, test } from 'vitest';
import { type Forge, ForgeError } from '../../src/forge/port.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

/** Applied as `main` has it. */
const begin = async (wish: DriftWish = {}): Promise<DriftWorld> => {
  const world = await createDriftWorld(wish);
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  await world.apply(commit);
  return world;
};

const audit = async ({ w }: DriftWorld): Promise<readonly string[]> => {
  const events = await w.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 0 });
  return events.filter(({ kind }) => kind.startsWith('drift.')).map(({ kind }) => kind);
};

const check = ({ w }: DriftWorld): string => {
  const one = w.forge.checks(repo).find(({ name }) => name === 'tidegate/drift');
  return one === undefined ? 'none' : `${one.conclusion}: ${one.title}\n${one.summary}`;
};

describe('drift', () => {
  test('of a repository that was deleted starts no tool, says so once, and is over when it is there again', async () => {
    const deleted = { is: false };
    const real: { forge?: Forge } = {};
    const there = (): Forge => {
      if (deleted.is || real.forge === undefined) throw new ForgeError('gone', '404');
      return real.forge;
    };
    const world = await begin({
      forge: {
        repository: async (of) => there().repository(of),
        upsertCheck: async (...all) => there().upsertCheck(...all),
      },
    });
    const { w } = world;
    real.forge = w.forge.forge;
    await world.pass(hour);
    expect(check(world)).toMatch(/^success: No drift\n/);
    const looks = world.looks();
    deleted.is = true;
    world.tool.world.set({});
    for (let at = 0; at < 3; at += 1) await world.pass(hour);
    expect(await world.drift()).toMatchObject({
      status: 'failed',
      because: 'its repository could not be read',
      fingerprint: null,
    });
    expect(world.looks()).toBe(looks);
    expect(await audit(world)).toEqual(['drift.clean', 'drift.failed']);
    // What cannot be told there is given up, and nothing that is kept is pruned.
    expect((await w.ports.store.reports.backlog()).waiting).toBe(0);
    expect((await w.ports.store.tracked.all()).map(({ goneAt }) => goneAt)).toEqual([null]);
    expect(check(world)).toMatch(/^success: No drift\n/);
    deleted.is = false;
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', counts: { create: 2 } });
    expect(check(world)).toMatch(/^neutral: 1 project drifts\n/);
  });

  test('of a branch that suddenly has no project at all goes on: nothing is pruned, and the check says so', async () => {
    const world = await begin();
    const { w } = world;
    await world.pass(hour);
    const before = await w.ports.store.tracked.all();
    const emptied = w.main({ 'tidegate.yaml': 'version: 1\ndiscovery: { mode: disabled }\nprojects: []\n' });
    w.forge.branches.setBranch(repo, 'main', emptied);
    await w.road.receive({
      id: 'push-empty',
      event: 'push',
      action: null,
      repository: 'acme/infrastructure',
      trigger: {
        ...{ kind: 'push', pull: { repo, number: 0 }, branch: 'main', before: null, after: emptied },
        ...{ isDefault: true, sender: people.ada },
      },
      receivedAt: w.ports.clock.now(),
    });
    await w.settled();
    const [row] = await w.ports.store.tracked.all();
    expect(row).toMatchObject({ goneAt: null, applied: before[0]?.applied, desired: { refused: 'empty' } });
    expect(w.complaints.filter((line) => line.includes('what a branch asks for is not taken'))).toHaveLength(
      1,
    );
    // It is looked at as it was applied, and what is found is told where the check stands.
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', counts: { update: 1 } });
    expect(check(world)).toMatch(/^neutral: 1 project drifts\n/);
    expect(await audit(world)).toEqual(['drift.clean', 'drift.drifted']);
  });

  test('of a repository that is not there any more fails with a word, and once an interval', async () => {
    const world = await begin();
    const gone = { ...repo, id: 4712, name: 'gone' };
    const row = await world.w.ports.store.tracked.get(world.project('people').key);
    if (row === null) throw new Error('not tracked');
    const key = { ...row, repo: gone };
    await world.w.ports.store.tracked.put(key);
    await world.pass(2 * hour);
    expect(await world.drift()).toMatchObject({
      status: 'failed',
      because: 'its repository could not be read',
    });
    expect(await audit(world)).toEqual([]);
  });
});
