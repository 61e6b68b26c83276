/** Decision 62: that there is nothing to apply is no proof of how the world is, where the tool could not look at all of it. */
import { afterEach, describe, expect, test } from 'vitest';
import { standingOf, type Tracked } from '../../src/domain/tracked.ts';
import { createDriftWorld, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, refOf, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const asApplied = { ada: 'admin', grace: 'dev' };
const says = { summary: { unseen: ['what somebody changed by hand: forbidden'] } };
const blind = { plan: says, drift: says };

/** The tool may not look at what is there. What it would do it knows from what it keeps itself. */
const begin = async (drift: string, isApplied = false): Promise<DriftWorld> => {
  const world = await createDriftWorld({ drift });
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  if (isApplied) await world.apply(commit);
  world.tool.behave(blind);
  return world;
};
const looked = 'drift: { mode: detect, schedule: { cron: "0 * * * *" } }';

const tracked = async ({ w, project }: DriftWorld): Promise<Tracked> => {
  const row = await w.ports.store.tracked.get(project('people').key);
  if (row === null) throw new Error('nothing is kept of it');
  return row;
};

/** A pull request; of the project's own folder, so that it is planned. */
const asked = async ({ w }: DriftWorld, number: number, files: Readonly<Record<string, string>>) => {
  w.open(number, files);
  await w.event(number, 'opened');
  await w.settled();
};

const merged = async ({ w }: DriftWorld, number: number, files: Readonly<Record<string, string>>) => {
  await w.merge(number, files);
  const after = w.ask(number).merged?.commit ?? null;
  if (after !== null) w.forge.branches.setBranch(repo, 'main', after);
  await w.road.receive({
    id: `push-${number}`,
    event: 'push',
    action: null,
    repository: 'acme/infrastructure',
    trigger: {
      ...{ kind: 'push', pull: { repo, number: 0 }, branch: 'main', before: null, after },
      ...{ isDefault: true, sender: people.grace },
    },
    receivedAt: w.ports.clock.now(),
  });
  await w.settled();
};

/** Something that changes nothing of what is there. */
const note = (text: string) => ({ 'people/note.md': text });
const asWished = { ...asApplied, ada: 'owner' };
const wish = { 'people/wish.json': JSON.stringify(asWished) };

/** Applied by #1, with a look, and merged. */
const applied = async (world: DriftWorld): Promise<void> => {
  world.tool.behave({});
  await asked(world, 1, wish);
  await world.w.comment(1, '/apply');
  await world.w.settled();
  await merged(world, 1, wish);
  expect(standingOf(await tracked(world))).toBe('same');
  world.tool.behave(blind);
};

describe('a plan that could not look at all that is there, and has nothing to change', () => {
  test('makes no look for drift clean, and finds drift all the same', async () => {
    const world = await begin(looked, true);
    await world.pass(hour);
    expect(await world.drift(), world.w.complaints.join('\n')).toMatchObject({
      status: 'unknown',
      because: 'the tool could not look at all that is there',
    });
    world.tool.world.set({ ...asApplied, ada: 'owner' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', counts: { update: 1 } });
    world.tool.world.set(asApplied);
    world.tool.behave({});
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean' });
  });

  test('makes no version that was not sure a sure one, by a look or by a pull request', async () => {
    const world = await begin(looked);
    await applied(world);
    const before = await tracked(world);
    const unsure = before.applied === null ? null : { ...before.applied, sure: false };
    await world.w.ports.store.tracked.put({ ...before, applied: unsure });
    await world.pass(hour);
    await asked(world, 2, note('two'));
    await merged(world, 2, note('two'));
    expect(standingOf(await tracked(world))).toBe('same');
    expect((await tracked(world)).applied).toMatchObject({ sure: false });
    // The twin: one that looks.
    world.tool.behave({});
    await world.pass(hour);
    expect((await tracked(world)).applied, world.w.complaints.join('\n')).toMatchObject({ sure: true });
  });

  test('finds no version of a project that nobody ever applied', async () => {
    const world = await begin(looked);
    await asked(world, 1, note('one'));
    await merged(world, 1, note('one'));
    await world.pass(hour);
    expect(await tracked(world)).toMatchObject({ applied: null, merged: null });
    world.tool.behave({});
    await world.pass(hour);
    expect(await tracked(world)).toMatchObject({ applied: { sure: true } });
  });

  test('leaves nothing to apply: what was applied moves along with the merge, and nobody is told to apply it', async () => {
    const world = await begin('drift: off');
    const { w } = world;
    await applied(world);
    const before = await tracked(world);
    await asked(world, 2, note('two'));
    const [board] = w.forge.comments(refOf(2)).filter(({ body }) => body.includes('tidegate:board:'));
    expect(board?.body).toContain('no changes');
    expect(board?.body).toMatch(/Not looked at.*forbidden/);
    // There is nothing that a lock would protect.
    expect(await w.ports.store.locks.get(world.project('people').key)).toBeNull();
    await merged(world, 2, note('two'));
    const after = await tracked(world);
    expect([standingOf(after), after.applied?.sure, after.merged]).toEqual(['same', true, null]);
    expect(after.applied?.sha).not.toBe(before.applied?.sha);
    expect(after.applied?.inputs).not.toBe(before.applied?.inputs);
  });

  test('says nothing of what an apply left', async () => {
    const world = await begin('converge: on');
    const { w } = world;
    world.tool.behave({});
    await asked(world, 1, wish);
    world.tool.behave(blind);
    await w.comment(1, '/apply');
    await w.settled();
    const runs = await w.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 });
    const apply = runs.find(({ verb }) => verb === 'apply');
    expect(apply).toMatchObject({ state: 'applied' });
    expect(apply === undefined ? null : await w.ports.store.convergences.get(apply.id)).toMatchObject({
      outcome: 'unchecked',
      because: 'the tool could not look at all that is there',
    });
  });
});
