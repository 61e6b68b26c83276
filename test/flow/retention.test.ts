import { existsSync } from 'node:fs';
import { access, mkdir, readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { nothingFound } from '../../src/domain/consumers.ts';
import { sha } from '../../src/domain/ids.ts';
import { noPull } from '../../src/domain/pull.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { artifactBinding } from '../../src/flow/execute.ts';
import { overQuota } from '../../src/flow/quota.ts';
import { createRetention } from '../../src/flow/retention.ts';
import { createMemoryBlobs } from '../../src/store/blobs/memory.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
const world = async (main: Readonly<Record<string, string>>): Promise<MemoryWorld> => {
  const made = await createMemoryWorld({ main, realGit: true });
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const day = 24 * 3_600_000;
const keyOf = (number: number) => ({ repositoryId: repo.id, pullNumber: number });
const latest = async (w: MemoryWorld, number: number, verb = 'plan') => {
  const run = (await w.ports.store.runs.latest(keyOf(number))).find((each) => each.verb === verb);
  if (run === undefined) throw new Error(`#${number} has no ${verb}`);
  return run;
};
const checkoutOf = async (w: MemoryWorld, number: number) => {
  const folder = w.ports.checkouts.folderOf(await latest(w, number));
  return access(folder).then(
    () => true,
    () => false,
  );
};
const planned = async (w: MemoryWorld, number: number, dir: string, text: string) => {
  w.open(number, { [`${dir}/main.tf`]: tf(text) });
  await w.event(number, 'opened');
  await w.settled();
};

/** One whole pass of a server that starts now, as far as the clock says. */
const pass = async (w: MemoryWorld): Promise<void> => {
  const retention = createRetention(w.ports);
  await w.advance(61_000);
  for (let bites = 0; (await retention.turn()) === 0; bites += 1)
    if (bites > 500) throw new Error('it does not end');
};
/** Time that only the wall shows: no hour passes in between, and no pass of the server's own. */
const later = (w: MemoryWorld, days: number) => w.jump(days * day);

test('an open pull request keeps its newest plan and its lock for ever; its checkout goes when nobody holds anything there', async () => {
  const w = await world({ 'network/main.tf': tf('one'), 'cluster/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  const old = await latest(w, 1);
  await planned(w, 1, 'network', 'three');
  // Changes nothing but a comment elsewhere in the file: no lock.
  w.tool.state.set('cluster', tf('same'));
  await planned(w, 2, 'cluster', 'same');
  later(w, 13);
  await pass(w);
  expect([await checkoutOf(w, 1), await checkoutOf(w, 2)]).toEqual([true, true]);
  later(w, 87);
  await pass(w);
  expect([await checkoutOf(w, 1), await checkoutOf(w, 2)]).toEqual([true, false]);
  expect((await latest(w, 1)).plan).not.toBeNull();
  expect((await w.ports.store.runs.get(old.id))?.plan).toBeNull();
  if (old.plan === null) throw new Error('it had a plan');
  await expect(w.blobs.get(old.plan.artifact, artifactBinding(old))).rejects.toThrow('no blob');
  // What is left is enough to apply it.
  await w.comment(1, '/apply');
  await w.settled();
  expect((await latest(w, 1, 'apply')).state).toBe('applied');
});

test('what a dead server left of a closed pull request goes at once, its texts when they are old', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  const plan = await latest(w, 1);
  await w.ports.store.audit.append({
    at: 1,
    kind: 'pull.closed',
    actor: null,
    ...keyOf(1),
    runId: null,
    facts: {},
  });
  await pass(w);
  // The lock is still there: the server died before it could free it, and somebody will.
  expect((await w.ports.store.locks.ofPull(keyOf(1))).length).toBe(1);
  expect(await checkoutOf(w, 1)).toBe(false);
  await w.ports.store.locks.release(plan.project.key, keyOf(1));
  later(w, 89);
  await pass(w);
  expect((await w.ports.store.runs.get(plan.id))?.plan).not.toBeNull();
  later(w, 2);
  await pass(w);
  expect((await w.ports.store.runs.get(plan.id))?.plan).toBeNull();
  expect(w.blobs.stored.size).toBe(0);
});

test('a log stays as long as what its run planned, and goes with it; nobody knows of others', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  const old = await latest(w, 1);
  await planned(w, 1, 'network', 'three');
  const newest = await latest(w, 1);
  const folder = path.join(path.dirname(w.ports.checkouts.all.folder), 'logs');
  for (const id of [old.id, newest.id, 'run_of_nobody']) {
    await mkdir(path.join(folder, id), { recursive: true });
    await utimes(path.join(folder, id), w.ports.clock.now() / 1000, w.ports.clock.now() / 1000);
  }
  later(w, 89);
  await pass(w);
  expect((await readdir(folder)).length).toBe(3);
  later(w, 2);
  await pass(w);
  expect(await readdir(folder)).toEqual([newest.id]);
});

test('an unknown outcome keeps everything: its checkout, its plan, its lock', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  w.tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null }));
  await w.comment(1, '/apply');
  await w.settled();
  expect((await latest(w, 1, 'apply')).state).toBe('unresolved');
  later(w, 400);
  await pass(w);
  expect(await checkoutOf(w, 1)).toBe(true);
  const plan = await latest(w, 1);
  expect(plan.plan).not.toBeNull();
  expect(await w.blobs.get(plan.plan?.artifact ?? ('' as never), artifactBinding(plan))).toBeInstanceOf(
    Buffer,
  );
});

test('orphans of dead servers are found by their names, rescued states are kept, and what is on its way is not touched', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  const plan = await latest(w, 1);
  const stored = new Map(w.blobs.stored);
  // As an earlier process stored them: this one never saw their names.
  const before = createMemoryBlobs({ key: Buffer.alloc(32, 7), stored: w.blobs.stored });
  await before.put(Buffer.from('nobody knows'), 'plan:gone');
  const digest = await before.put(Buffer.from('state'), 'rescued-state:1');
  const facts = { path: 'a', digest, binding: 'rescued-state:1', bytes: 5 };
  await w.ports.store.audit.append({
    at: 1,
    kind: 'state.rescued',
    actor: null,
    ...keyOf(1),
    runId: null,
    facts,
  });
  await w.blobs.put(Buffer.from('its row comes later'), 'plan:new');
  expect(w.blobs.stored.size).toBe(stored.size + 3);
  await pass(w);
  expect(w.blobs.stored.size).toBe(stored.size + 2);
  expect(await w.blobs.get(digest, 'rescued-state:1')).toEqual(Buffer.from('state'));
  expect(await w.blobs.get(plan.plan?.artifact ?? digest, artifactBinding(plan))).toBeInstanceOf(Buffer);
});

test('a mirror that nobody fetches into goes, with what was half made beside it, and comes back with the next fetch', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  const [mirror] = await w.ports.git.mirrors();
  expect(mirror?.repositoryId).toBe(repo.id);
  const mirrors = path.join(path.dirname(w.ports.checkouts.all.folder), 'mirrors');
  const used = path.join(mirrors, `${repo.id}.git`, 'tidegate-used');
  const long = new Date(w.ports.clock.now() - 31 * day);
  await utimes(used, long, long);
  await pass(w);
  expect(await w.ports.git.mirrors(), 'a checkout stands on it').toHaveLength(1);
  w.edit(1, { state: 'closed' });
  await w.event(1, 'closed');
  await w.settled();
  await utimes(used, long, long);
  await pass(w);
  expect(await w.ports.git.mirrors()).toEqual([]);
  expect((await readdir(mirrors)).filter((name) => name.startsWith(String(repo.id)))).toEqual([]);
  await planned(w, 2, 'network', 'four');
  expect((await latest(w, 2)).state).toBe('planned');
  expect(await w.ports.git.mirrors()).toHaveLength(1);
});

/** The same world, whose operator gave mirrors and checkouts next to nothing. */
const cramped = (w: MemoryWorld): MemoryWorld['ports'] => ({
  ...w.ports,
  operator: { ...w.ports.operator, diskQuota: 1 },
});

test('above the quota what nobody needs goes at once, oldest first; what a lock, a run or a fetch of a moment ago needs stays', async () => {
  const w = await world({ 'network/main.tf': tf('one'), 'cluster/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  w.tool.state.set('cluster', tf('same'));
  await planned(w, 2, 'cluster', 'same');
  const mirrors = path.join(path.dirname(w.ports.checkouts.all.folder), 'mirrors');
  const aged = async () => {
    const long = new Date(w.ports.clock.now() - day);
    await utimes(path.join(mirrors, `${repo.id}.git`, 'tidegate-used'), long, long);
  };
  const take = async () => {
    for await (const _ of overQuota(cramped(w)));
  };
  await aged();
  await take();
  expect([await checkoutOf(w, 1), await checkoutOf(w, 2)], 'both ran within the hour').toEqual([true, true]);
  later(w, 1);
  await aged();
  for await (const _ of overQuota(w.ports));
  expect([await checkoutOf(w, 1), await checkoutOf(w, 2)], 'within the quota').toEqual([true, true]);
  await take();
  // #1 has a plan that waits for its apply.
  expect([await checkoutOf(w, 1), await checkoutOf(w, 2)]).toEqual([true, false]);
  expect(await w.ports.git.mirrors(), 'a checkout stands on it').toHaveLength(1);
});

test('a mirror that a run waits for is never taken for the quota, although nothing stands on it yet', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  const run = await latest(w, 1);
  w.edit(1, { state: 'closed' });
  await w.event(1, 'closed');
  await w.settled();
  const mirrors = path.join(path.dirname(w.ports.checkouts.all.folder), 'mirrors');
  const used = path.join(mirrors, `${repo.id}.git`, 'tidegate-used');
  const long = new Date(w.ports.clock.now() - day);
  await utimes(used, long, long);
  const waiting: MemoryWorld['ports'] = {
    ...cramped(w),
    store: {
      ...w.ports.store,
      runs: { ...w.ports.store.runs, inState: async () => [{ ...run, state: 'queued' }] },
    },
  };
  for await (const _ of overQuota(waiting));
  expect(await w.ports.git.mirrors()).toHaveLength(1);
  // The twin: without a run that waits it goes.
  for await (const _ of overQuota(cramped(w)));
  expect(await w.ports.git.mirrors()).toEqual([]);
});

test('a mirror that somebody fetched into while all was weighed stays', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  w.edit(1, { state: 'closed' });
  await w.event(1, 'closed');
  await w.settled();
  const mirrors = path.join(path.dirname(w.ports.checkouts.all.folder), 'mirrors');
  const usedAt = async (at: Date) => utimes(path.join(mirrors, `${repo.id}.git`, 'tidegate-used'), at, at);
  await usedAt(new Date(w.ports.clock.now() - day));
  const taking = overQuota(cramped(w));
  await taking.next();
  await usedAt(new Date(w.ports.clock.now()));
  for await (const _ of taking);
  expect(await w.ports.git.mirrors()).toHaveLength(1);
});

/** As if a pull request of a repository of modules were looked at; `here`: this one uses a module of it. */
const looking = async (w: MemoryWorld, here: boolean): Promise<void> => {
  const modules = { ...repo, id: 99, name: 'modules' };
  const call = {
    key: 'it',
    source: `github.com/acme/${here ? 'modules' : 'others'}`,
    path: 'network/main.tf',
    line: 1,
    through: [],
  };
  const project = { name: 'network', dir: repoPath('network'), workspace: 'default', calls: [call] };
  const commit = sha('a'.repeat(40));
  await w.ports.store.usedModules.put({ repo, branch: 'main', commit, projects: [project] });
  await w.ports.store.consumers.add({
    repo: modules,
    pullNumber: 5,
    commentId: 1,
    actor: people.ada,
    state: 'looking',
    found: nothingFound,
    at: w.ports.clock.now(),
  });
};

test.each([true, false])(
  'the mirror of a repository whose projects are planned for a module: %s',
  async (here) => {
    const w = await world({ 'network/main.tf': tf('one') });
    await planned(w, 1, 'network', 'two');
    w.edit(1, { state: 'closed' });
    await w.event(1, 'closed');
    await w.settled();
    const mirrors = path.join(path.dirname(w.ports.checkouts.all.folder), 'mirrors');
    const long = new Date(w.ports.clock.now() - 31 * day);
    await utimes(path.join(mirrors, `${repo.id}.git`, 'tidegate-used'), long, long);
    await looking(w, here);
    for await (const _ of overQuota(cramped(w)));
    await pass(w);
    expect(await w.ports.git.mirrors()).toHaveLength(here ? 1 : 0);
  },
);

test('a checkout for a module’s pull request that a crash has left goes, and not before the look is over', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  await planned(w, 1, 'network', 'two');
  const run = { ...(await latest(w, 1)), pullNumber: noPull };
  const folder = w.ports.checkouts.folderOf(run);
  const rescue = async () => {
    throw new Error('nothing of it is a state');
  };
  await w.ports.git.checkout(repo.id, run.tree, folder, rescue);
  await looking(w, true);
  await pass(w);
  expect(existsSync(folder)).toBe(true);
  await w.ports.store.consumers.end({ repositoryId: 99, pullNumber: 5 });
  await pass(w);
  expect(existsSync(folder)).toBe(false);
});
