import { afterEach, describe, expect, test } from 'vitest';
import { noDrift } from '../../src/domain/drift/settings.ts';
import { sha } from '../../src/domain/ids.ts';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, refOf, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

/** Every folder is applied as `main` has it. */
const begin = async (wish: DriftWish = {}): Promise<DriftWorld> => {
  const world = await createDriftWorld(wish);
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  for (const dir of wish.dirs ?? ['people']) await world.apply(commit, dir);
  return world;
};

/** The commit that is applied. */
const tip = async ({ w, project }: DriftWorld) =>
  (await w.ports.store.tracked.get(project('people').key))?.applied?.sha ?? sha('0'.repeat(40));

const audit = async ({ w }: DriftWorld): Promise<readonly string[]> => {
  const events = await w.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 0 });
  return events.filter(({ kind }) => kind.startsWith('drift.')).map(({ kind }) => kind);
};

const check = ({ w }: DriftWorld): string => {
  const one = w.forge.checks(repo).find(({ name }) => name === 'tidegate/drift');
  return one === undefined ? 'none' : `${one.conclusion}: ${one.title}\n${one.summary}`;
};

const asApplied = { ada: 'admin', grace: 'dev' };

describe('drift', () => {
  test('is found within an interval, told once, and over when it was put right', async () => {
    const world = await begin();
    const { w, tool } = world;
    await world.pass(hour);
    expect(await world.drift(), w.complaints.join('\n')).toMatchObject({
      status: 'clean',
      consecutive: 0,
      because: null,
      summary: null,
    });
    expect(check(world)).toMatch(/^success: No drift\n/);
    tool.world.set({ ada: 'owner', grace: 'dev', mallory: 'admin' });
    await world.pass(hour);
    const found = await world.drift();
    expect(found).toMatchObject({
      status: 'drifted',
      consecutive: 1,
      counts: { update: 1, delete: 1 },
      ignored: 0,
    });
    expect(found.fingerprint).not.toBeNull();
    expect(found.summary?.resources.map(({ address }) => address)).toEqual(['thing/ada', 'thing/mallory']);
    expect(check(world)).toMatch(/^neutral: 1 project drifts\n/);
    expect(check(world)).toContain('1 resource to change and 1 resource to delete');
    // The same once more: counted, and no news.
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({
      status: 'drifted',
      consecutive: 2,
      since: found.since,
      fingerprint: found.fingerprint,
    });
    expect(await audit(world)).toEqual(['drift.clean', 'drift.drifted']);
    tool.world.set(asApplied);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', consecutive: 0, fingerprint: null });
    expect(check(world)).toMatch(/^success: No drift\n/);
    expect(await audit(world)).toEqual(['drift.clean', 'drift.drifted', 'drift.clean']);
    expect(w.complaints).toEqual([]);
  });

  test('is looked for at once where somebody asks for it who may write, and for nobody else', async () => {
    const world = await begin();
    const { w, tool } = world;
    await world.pass(hour);
    tool.world.set({ ada: 'owner', grace: 'dev' });
    const project = world.project('people').key;
    w.forge.setPermission(repo, 'mallory', 'read');
    const refused = await w.road.look({ project, actor: people.mallory });
    expect(refused).toMatchObject({ code: 'not-permitted', sentence: expect.stringContaining('`read`') });
    await world.pass(60_000);
    expect((await world.drift()).status).toBe('clean');
    expect(await w.road.look({ project, actor: people.ada })).toBeNull();
    await world.pass(60_000);
    expect((await world.drift()).status).toBe('drifted');
    expect(await audit(world)).toEqual(['drift.clean', 'drift.asked', 'drift.drifted']);
    const nowhere = { ...world.project('elsewhere') }.key;
    expect(await w.road.look({ project: nowhere, actor: null })).toMatchObject({ code: 'not-permitted' });
  });

  test('is looked for by the phase that the runner has for it, which is told of the commit that was applied', async () => {
    const world = await begin();
    await world.pass(hour);
    const [ready, look, ...more] = world.tool.journal();
    expect([ready?.phase, look?.phase, more.length]).toEqual(['prepare', 'drift', 0]);
    expect(look?.told).toMatchObject({
      TIDEGATE_PHASE: 'drift',
      TIDEGATE_REPOSITORY: 'acme/infrastructure',
      TIDEGATE_PROJECT: 'people',
      TIDEGATE_SHA: (await world.drift()).commit,
    });
  });

  test('of which nobody says anything is not looked for', async () => {
    const world = await begin({ settings: noDrift });
    await world.pass(3 * hour);
    expect(world.tool.journal()).toEqual([]);
    expect(await world.w.ports.store.drifts.times()).toEqual([]);
  });

  test('is no word about what its branch asks for since: that is pending, and the world is as it was applied', async () => {
    const world = await begin();
    const { w, tool } = world;
    const applied = await tip(world);
    const newest = w.main({ 'people/wish.json': JSON.stringify({ ...asApplied, margaret: 'admin' }) });
    w.forge.branches.setBranch(repo, 'main', newest);
    const row = await w.ports.store.tracked.get(world.project('people').key);
    if (row?.desired == null) throw new Error('not tracked');
    await world.apply(applied, 'people', { desired: { ...row.desired, sha: newest }, pendingSince: 1 });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', commit: applied });
    tool.world.set({ ada: 'owner', grace: 'dev' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', counts: { update: 1 }, commit: applied });
  });

  test('is not what was never applied here', async () => {
    const world = await begin();
    world.tool.world.set({});
    await world.apply(await tip(world), 'people', { applied: null });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({
      status: 'pending',
      counts: { create: 2 },
      fingerprint: null,
      consecutive: 0,
    });
    expect(check(world)).toContain('was never applied here');
  });

  test('of what was never applied here, and is there as the branch says, makes that the applied version', async () => {
    const world = await begin();
    const { tracked } = world.w.ports.store;
    const { key } = world.project('people');
    const commit = await tip(world);
    await world.apply(commit, 'people', { applied: null });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', commit });
    const found = { sha: commit, on: 'branch', sure: true, plan: null, by: null, pullNumber: null };
    expect((await tracked.get(key))?.applied).toMatchObject(found);
    expect((await tracked.history(key)).map(({ kind }) => kind)).toEqual(['found']);
    // From then on it drifts, where it was pending.
    world.tool.world.set({ grace: 'dev' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', counts: { create: 1 } });
  });

  test('passed over takes nothing for applied that is not as the branch says', async () => {
    const rule =
      'drift: { mode: detect, schedule: { cron: "0 * * * *" }, ignore: [{ address: "thing/*", reason: "Being moved", until: "2026-01-01" }] }';
    const world = await begin({ drift: rule });
    await world.apply(await tip(world), 'people', { applied: null });
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', ignored: 1 });
    expect((await world.w.ports.store.tracked.get(world.project('people').key))?.applied).toBeNull();
  });

  test('that is not there makes a version sure again that was not', async () => {
    const world = await begin();
    const { tracked } = world.w.ports.store;
    const { key } = world.project('people');
    const row = await tracked.get(key);
    if (row?.applied == null) throw new Error('not tracked');
    await world.pass(hour);
    const { commit } = await world.drift();
    await world.apply(await tip(world), 'people', { applied: null });
    await world.pass(hour);
    const applied = (await tracked.get(key))?.applied;
    if (applied == null) throw new Error('not found');
    await world.apply(applied.sha, 'people', { applied: { ...applied, sure: false } });
    await world.pass(hour);
    expect((await tracked.get(key))?.applied).toEqual({ ...applied, sure: true });
    expect(applied.sha).toBe(commit);
  });

  test('that somebody knows of is passed over until its day, counted and shown', async () => {
    const rule = (more: string) =>
      `drift: { mode: detect, schedule: { cron: "0 * * * *" }, ignore: [{ address: "thing/*", ${more} reason: "Being moved", until: "2026-01-01" }] }`;
    const world = await begin({ drift: rule('paths: [value],') });
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', ignored: 1, counts: {} });
    expect(check(world)).toContain('1 change passed over');
    // One that is not named is told, and alone.
    world.tool.world.set({ ada: 'owner', grace: 'dev', mallory: 'admin' });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', ignored: 1, counts: { delete: 1 } });
    world.tool.world.set({ ada: 'owner', grace: 'dev' });
    world.w.jump(22 * hour);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted', ignored: 0, counts: { update: 1 } });
  });

  test('of many projects is looked for by as many at a time as the operator lets, each once', async () => {
    const dirs = ['a', 'b', 'c', 'd', 'e', 'f'];
    const world = await begin({ dirs });
    await world.pass(hour);
    for (const dir of dirs) expect(await world.drift(dir)).toMatchObject({ status: 'clean' });
    expect(world.looks()).toBe(dirs.length);
  });

  test('is nothing that could be applied, locks nothing and leaves nothing', async () => {
    const world = await begin();
    const { blobs } = world.w;
    const { store, logs } = world.w.ports;
    world.tool.world.set({});
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'drifted' });
    expect(await store.runs.latest({ repositoryId: repo.id, pullNumber: 0 })).toEqual([]);
    expect(await store.locks.all()).toEqual([]);
    expect([...blobs.stored]).toEqual([]);
    expect(await logs.before(Number.POSITIVE_INFINITY)).toEqual([]);
  });
});

describe('a look', () => {
  test('that fails says why, and lets nobody think that what drifted was put right', async () => {
    const world = await begin();
    const { tool } = world;
    tool.world.set({ ada: 'owner', grace: 'dev' });
    await world.pass(hour);
    const found = await world.drift();
    tool.behave({ drift: { exit: 1, says: 'no such host' } });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({
      status: 'drifted',
      since: found.since,
      fingerprint: found.fingerprint,
      consecutive: 1,
      because: '`tool.mjs drift` ended with exit code 1.',
    });
    tool.behave({});
    tool.world.set(asApplied);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean', because: null });
    tool.behave({ drift: { exit: 1 } });
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'failed' });
    expect(check(world)).toMatch(/^neutral: No drift found, 1 not known\n/);
  });

  test('is put off while the world is ahead of its branch, with a word why', async () => {
    const world = await begin();
    const row = await world.w.ports.store.tracked.get(world.project('people').key);
    if (row?.applied == null) throw new Error('not tracked');
    await world.apply(row.applied.sha, 'people', { applied: { ...row.applied, on: 'open', pullNumber: 7 } });
    await world.pass(2 * hour);
    const { status, putOff } = await world.drift();
    expect(status).toBe('unknown');
    expect(putOff?.because).toContain('#7 is applied and not merged');
    expect(world.looks()).toBe(0);
    await world.apply(row.applied.sha);
    await world.pass(60_000);
    expect(await world.drift()).toMatchObject({ status: 'clean', putOff: null });
  });

  test('is put off while a pull request holds it and has begun to apply', async () => {
    const world = await begin();
    const { w, tool } = world;
    w.open(1, { 'people/wish.json': JSON.stringify({ ...asApplied, margaret: 'admin' }) });
    await w.event(1, 'opened');
    await w.settled();
    tool.behave({ apply: { exit: 1 } });
    await w.comment(1, '/apply', people.ada);
    await w.settled();
    await world.pass(2 * hour);
    expect((await world.drift()).putOff?.because).toContain('#1 holds it and has begun to apply it');
    await w.comment(1, '/unlock', people.ada);
    await w.settled();
    await world.pass(2 * 60_000);
    expect(await world.drift()).toMatchObject({ status: 'clean', putOff: null });
  });

  test('goes on while a pull request only plans', async () => {
    const world = await begin();
    const { w } = world;
    w.open(1, { 'people/wish.json': JSON.stringify({ ada: 'admin' }) });
    await w.event(1, 'opened');
    await w.settled();
    expect(w.forge.comments(refOf(1)).some(({ body }) => body.includes('thing/grace'))).toBe(true);
    await world.pass(hour);
    expect(await world.drift()).toMatchObject({ status: 'clean' });
  });

  test('that is asked for begins at once', async () => {
    const world = await begin();
    await world.pass(hour);
    world.tool.world.set({});
    const { key } = world.project('people');
    expect(await world.w.ports.store.drifts.ask(key, world.w.ports.clock.now())).toBe(true);
    await world.pass(60_000);
    expect(await world.drift()).toMatchObject({ status: 'drifted', askedAt: null, counts: { create: 2 } });
  });

  test('follows an apply that ended, as soon as its pull request gives the project back', async () => {
    const world = await begin();
    const { w, tool } = world;
    w.open(1, { 'people/wish.json': JSON.stringify({ ...asApplied, margaret: 'admin' }) });
    await w.event(1, 'opened');
    await w.settled();
    await world.pass(60_000);
    // A plan is nothing to look after.
    expect(world.looks()).toBe(1);
    tool.behave({ apply: { exit: 1 } });
    await w.comment(1, '/apply', people.ada);
    await w.settled();
    await world.pass(60_000);
    expect((await world.drift()).askedAt).not.toBeNull();
    expect((await world.drift()).putOff?.because).toContain('#1 holds it and has begun to apply it');
    tool.world.set({ ada: 'owner', grace: 'dev' });
    await w.comment(1, '/unlock', people.ada);
    await w.settled();
    await world.pass(2 * 60_000);
    expect(await world.drift()).toMatchObject({ status: 'drifted', askedAt: null, counts: { update: 1 } });
  });

  test('follows no apply where nobody asks for looks', async () => {
    const world = await begin({ settings: noDrift });
    const { w, tool } = world;
    w.open(1, { 'people/wish.json': JSON.stringify({ ...asApplied, margaret: 'admin' }) });
    await w.event(1, 'opened');
    await w.settled();
    tool.behave({ apply: { exit: 1 } });
    await w.comment(1, '/apply', people.ada);
    await w.settled();
    expect(await w.ports.store.drifts.times()).toEqual([]);
  });

  test('of a project that is not there any more ends, and so does what is known of it', async () => {
    const world = await begin();
    world.tool.world.set({});
    await world.pass(hour);
    await world.apply(await tip(world), 'people', { goneAt: world.w.ports.clock.now() });
    await world.pass(60_000);
    expect(await world.w.ports.store.drifts.times()).toEqual([]);
    expect(await audit(world)).toEqual(['drift.drifted', 'drift.ended']);
  });
});
