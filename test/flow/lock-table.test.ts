import { afterEach, expect, test } from 'vitest';
import { admitPlan } from '../../src/flow/admit.ts';
import { discover } from '../../src/flow/discover.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
const world = async (main: Readonly<Record<string, string>>): Promise<MemoryWorld> => {
  const made = await createMemoryWorld({ main });
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const one = { 'network/main.tf': tf('one') };
const two = { 'network/main.tf': tf('two') };
const keyOf = (number: number) => ({ repositoryId: repo.id, pullNumber: number });
const network = 'network';

/** A key begins with repository and dir. */
const dirOf = (key: string): string => key.split(':')[1] ?? key;

/** Who holds which lock, and who waits, by the project's dir. */
const locksOf = async ({ ports }: MemoryWorld): Promise<readonly string[]> => {
  const { locks } = ports.store;
  const held = (await locks.all()).map((lock) => `${dirOf(lock.project)} #${lock.pullNumber}`);
  const waits = (await Promise.all([1, 2, 3].map((number) => locks.waitsOf(keyOf(number))))).flat();
  return [...held, ...waits.map((wait) => `${dirOf(wait.project)} waits #${wait.pullNumber}`)];
};
const rowOf = (w: MemoryWorld, number: number, name: string): string =>
  w.forge
    .comments(refOf(number))
    .find(({ body }) => body.includes('tidegate:board:'))
    ?.body.split('\n')
    .find((line) => line.startsWith(`| \`${name}\``)) ?? 'no row';
const opened = async (w: MemoryWorld, number: number, files: Readonly<Record<string, string>>) => {
  w.open(number, files);
  await w.event(number, 'opened');
  await w.settled();
};

/** Lets the next step of that name wait until it is released. */
const holdStep = (w: MemoryWorld, step: string) => {
  const go = Promise.withResolvers<void>();
  let has = false;
  w.tool.hooks.set(step, async () => {
    has = true;
    await go.promise;
    return undefined;
  });
  return {
    begun: () => w.until(() => has),
    release: () => {
      w.tool.hooks.delete(step);
      go.resolve();
    },
  };
};

test('a push that comes while an apply starts does not take the lock of what is applied', async () => {
  const w = await world({ ...one, 'docs/readme.md': 'one' });
  await opened(w, 1, two);
  const apply = holdStep(w, 'apply');
  await w.comment(1, '/apply');
  await apply.begun();
  // A push took the change back; discovery looked at it a moment before the apply started.
  const pull = w.open(1, { 'docs/readme.md': 'two' });
  const found = await discover(w.ports, pull);
  const discovery = { ...found, affected: [] };
  await admitPlan(w.ports, { pull, asked: null, discovery, chosen: [], held: [], extra: [], problem: null });
  apply.release();
  await w.settled();
  expect(w.tool.state.get('network')).toBe(tf('two'));
  expect(await locksOf(w)).toEqual([`${network} #1`]);
});

test('a push that deletes the folder of what was applied keeps its lock, and plans its end', async () => {
  const w = await world({ ...one, 'other/main.tf': tf('one') });
  await opened(w, 1, two);
  await w.comment(1, '/apply');
  await w.settled();
  w.push(1, { 'other/main.tf': tf('one') });
  await w.event(1, 'synchronize');
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #1`]);
  expect(rowOf(w, 1, 'network')).toContain('| planned |');
  const plans = (await w.ports.store.runs.latest(keyOf(1))).filter(({ verb }) => verb === 'plan');
  expect(plans.map(({ extra }) => extra)).toEqual([['-destroy']]);
});

test('a plan made while an unlocked apply runs does not outlive its lock', async () => {
  const w = await world(one);
  await opened(w, 1, two);
  await opened(w, 2, { 'network/main.tf': tf('three') });
  const apply = holdStep(w, 'apply');
  await w.comment(1, '/apply');
  await apply.begun();
  await w.comment(1, '/unlock');
  await w.until(async () => (await w.ports.store.locks.all())[0]?.releaseAtEnd === true);
  await w.comment(1, '/plan');
  await w.until(async () => (await w.ports.store.runs.inState(['queued'])).length === 1);
  apply.release();
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #2`, `${network} waits #1`]);
  expect(rowOf(w, 1, 'network')).toContain('waits for');
  w.edit(2, { state: 'closed' });
  await w.event(2, 'closed');
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #1`]);
});

test('a project that was named by hand gets its turn in the line', async () => {
  const w = await world({ ...one, 'docs/readme.md': 'one' });
  await opened(w, 1, two);
  await opened(w, 2, { 'docs/readme.md': 'two' });
  await w.comment(2, '/plan -p network');
  await w.settled();
  await opened(w, 3, { 'network/main.tf': tf('three') });
  w.tool.state.set('network', tf('zero'));
  w.edit(1, { state: 'closed' });
  await w.event(1, 'closed');
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #2`, `${network} waits #3`]);
  w.edit(2, { state: 'closed' });
  await w.event(2, 'closed');
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #3`]);
});

test('a second wake-up does not throw away the plan of the first', async () => {
  const w = await world(one);
  await opened(w, 1, two);
  const [plan] = await w.ports.store.runs.latest(keyOf(1));
  if (plan === undefined) throw new Error('it was not planned');
  await w.ports.store.deliveries.record({
    id: 'woken-again',
    event: 'lock_freed',
    action: null,
    repository: 'acme/infrastructure',
    trigger: { kind: 'lock_freed', pull: refOf(1), project: plan.project.key },
    receivedAt: w.ports.clock.now(),
  });
  await w.settled();
  const [after] = await w.ports.store.runs.latest(keyOf(1));
  expect(after?.id).toBe(plan.id);
});

test('locks can be given back although the newest push broke the configuration', async () => {
  const w = await world(one);
  await opened(w, 1, two);
  w.push(1, { ...two, 'tidegate.yaml': 'version: 1\nprojects: 7\n' });
  await w.event(1, 'synchronize');
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #1`]);
  await w.comment(1, '/unlock');
  await w.settled();
  expect(await locksOf(w)).toEqual([]);
});

test('an administrator can name a lock from a pull request that has nothing to do with it', async () => {
  const w = await world({ ...one, 'docs/readme.md': 'one' });
  await opened(w, 1, two);
  await opened(w, 2, { 'docs/readme.md': 'two' });
  await w.comment(2, '/unlock -p network', people.grace);
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #1`]);
  await w.comment(2, '/unlock', people.margaret);
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #1`]);
  await w.comment(2, '/unlock -p network', people.margaret);
  await w.settled();
  expect(await locksOf(w)).toEqual([]);
});

test('whose turn cannot be worked on lets the next one in', async () => {
  const w = await world(one);
  await opened(w, 1, two);
  // A pull request that the forge does not know any more.
  const [lock] = await w.ports.store.locks.all();
  if (lock !== undefined) await w.ports.store.locks.wait(lock.project, keyOf(3), 1);
  await opened(w, 2, { 'network/main.tf': tf('three') });
  w.edit(1, { state: 'closed' });
  await w.event(1, 'closed');
  await w.settled();
  expect(await locksOf(w)).toEqual([`${network} #2`]);
});

test('a push that breaks the configuration does not hide what was applied', async () => {
  const w = await world(one);
  await opened(w, 1, two);
  await w.comment(1, '/apply');
  await w.settled();
  w.push(1, { ...two, 'tidegate.yaml': 'version: 1\nprojects: 7\n' });
  await w.event(1, 'synchronize');
  await w.settled();
  expect(rowOf(w, 1, 'network')).toContain('applied');
  expect(await locksOf(w)).toEqual([`${network} #1`]);
});
