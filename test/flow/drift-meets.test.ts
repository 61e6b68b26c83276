/** What a look for drift meets: an apply in flight, somebody's word that nothing is applied, drift that comes and goes. */
import { afterEach, expect, test } from 'vitest';
import { createDriftWorld, type DriftWish, type DriftWorld, hour } from '../support/drift-world.ts';
import { people, repo } from '../support/memory-world.ts';

const open: DriftWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.w.close();
});

const begin = async (wish: DriftWish = {}): Promise<DriftWorld> => {
  const world = await createDriftWorld(wish);
  open.push(world);
  const commit = world.w.main({});
  world.w.forge.branches.setBranch(repo, 'main', commit);
  await world.apply(commit);
  return world;
};

const minute = 60_000;
const asApplied = { ada: 'admin', grace: 'dev' };
const somebody = { ada: 'owner', grace: 'dev' };
const proposed = async ({ w }: DriftWorld, things: object) => {
  w.open(1, { 'people/wish.json': JSON.stringify(things) });
  await w.event(1, 'opened');
  await w.settled();
};
const applies = ({ tool }: DriftWorld): number =>
  tool.journal().filter(({ phase }) => phase === 'apply').length;

test('an apply in flight puts it off, and it follows the end of that', async () => {
  const world = await begin();
  const { w, tool } = world;
  await world.pass(hour);
  await proposed(world, { ...asApplied, margaret: 'admin' });
  tool.behave({ apply: { held: true, exit: 1 } });
  const looks = world.looks();
  await w.comment(1, '/apply');
  await w.until(() => applies(world) === 1);
  // Its moment comes twice while the tool is at it.
  for (let at = 0; at < 2; at += 1) {
    await w.advance(hour);
    await w.until(async () => (await world.drift()).putOff !== null);
  }
  expect((await world.drift()).putOff?.because).toBe('#1 is being applied');
  expect(world.looks()).toBe(looks);
  tool.letGo();
  await w.settled();
  await w.comment(1, '/unlock');
  await w.settled();
  await world.pass(2 * 60_000);
  expect(await world.drift()).toMatchObject({ status: 'clean', putOff: null });
});

test('an apply that begins during it makes it worth nothing: it is made again behind that', async () => {
  const world = await begin();
  const { w, tool } = world;
  await proposed(world, { ...asApplied, margaret: 'admin' });
  // It is made at a crawl, and what it finds is what the apply changes meanwhile.
  tool.behave({ drift: { again: 2 }, apply: { world: { margaret: 'admin' } } });
  await w.advance(hour);
  await w.until(() => world.looks() > 1);
  await w.comment(1, '/apply');
  await w.until(() => applies(world) === 1);
  tool.behave({});
  await w.settled();
  // Nothing is called drift that only an open pull request has.
  expect(await world.drift()).not.toMatchObject({ status: 'drifted' });
  await w.merge(1, { 'people/wish.json': JSON.stringify({ ...asApplied, margaret: 'admin' }) });
  const merged = w.ask(1).merged?.commit ?? null;
  if (merged !== null) w.forge.branches.setBranch(repo, 'main', merged);
  await w.settled();
  await world.pass(2 * hour);
  expect(await world.drift()).not.toMatchObject({ status: 'drifted' });
  const kinds = (await w.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 0 })).map(
    ({ kind }) => kind,
  );
  expect(kinds).not.toContain('drift.drifted');
});

test('a suspended project is looked at all the same, and nothing is applied to it', async () => {
  const world = await begin();
  const { w, tool } = world;
  await proposed(world, { ...asApplied, margaret: 'admin' });
  await w.comment(1, '/suspend people 6h somebody moves it', people.grace);
  await w.settled();
  await world.pass(hour);
  expect(await world.drift()).toMatchObject({ status: 'clean', putOff: null });
  tool.world.set(somebody);
  await world.pass(hour);
  expect(await world.drift()).toMatchObject({ status: 'drifted', counts: { update: 1 } });
  expect(await w.ports.store.suspensions.all()).toHaveLength(1);
  expect(applies(world)).toBe(0);
});

test('drift that comes and goes with every look is told by no issue, and never put back by itself', async () => {
  const settings = {
    mode: 'apply',
    schedule: { cron: '0 * * * *', zone: 'UTC' },
    threshold: 2,
    ignore: [],
    limits: { deletes: false, replaces: false, most: 10, share: 100 },
  } as const;
  const world = await begin({
    drift: 'drift: { mode: apply, schedule: { cron: "0 * * * *" }, limits: { share: 100 } }',
    settings,
    operator: 'drift: { jitter: 0m }\nrepositories: [{ match: "*/*", drift: { most: apply } }]\n',
  });
  const { w, tool } = world;
  for (let at = 0; at < 8; at += 1) {
    tool.world.set(at % 2 === 0 ? somebody : asApplied);
    await world.pass(hour);
    expect((await world.drift()).status).toBe(at % 2 === 0 ? 'drifted' : 'clean');
  }
  expect(w.forge.issues.all(repo)).toEqual([]);
  expect(applies(world)).toBe(0);
  // The twin: two looks in a row are as many as it takes.
  tool.world.set(somebody);
  for (let at = 0; at < 2; at += 1) await world.pass(hour);
  await world.pass(60_000);
  expect(w.forge.issues.all(repo)).toHaveLength(1);
  expect(applies(world)).toBe(1);
});

test('while somebody waits for something of a pull request no look begins, but one that has waited for long', async () => {
  const world = await begin({ dirs: ['people', 'guests'] });
  const { w, tool } = world;
  await world.pass(hour);
  w.open(1, { 'guests/wish.json': JSON.stringify({ ...asApplied, margaret: 'admin' }) });
  await w.event(1, 'opened');
  await w.settled();
  tool.behave({ apply: { held: true } });
  await w.comment(1, '/apply');
  await w.until(() => applies(world) === 1);
  const { tickAt } = await world.drift();
  const now = w.ports.clock.now();
  await w.advance(Math.ceil(now / hour) * hour - now + minute);
  // Its moment is written down before anything else of a look is done.
  for (let turn = 0; turn < 100; turn += 1) await w.advance(20);
  expect(await world.drift()).toMatchObject({ tickAt, underWay: null, putOff: null });
  await w.advance(10 * minute);
  await w.until(async () => (await world.drift()).tickAt !== tickAt);
  tool.letGo();
  await w.settled();
});
