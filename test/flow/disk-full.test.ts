import { StatementSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createSpace } from '../../src/flow/space.ts';
import { silentLog } from '../../src/observe/log.ts';
import { createMemoryWorld, type MemoryWorld, refOf, repo } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
const mending: (() => void)[] = [];
const world = async (main: Readonly<Record<string, string>>): Promise<MemoryWorld> => {
  const made = await createMemoryWorld({ main, realStore: true });
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const mend of mending.splice(0)) mend();
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const boardOf = (w: MemoryWorld, number: number): string =>
  w.forge.comments(refOf(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';
const says = (w: MemoryWorld, number: number, words: string) =>
  w.until(() => boardOf(w, number).includes(words));
const runsOf = (w: MemoryWorld, number: number) =>
  w.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: number });
const told = (w: MemoryWorld, words: string) => w.complaints.filter((each) => each.includes(words));

/** What SQLite answers when the disk is full. */
const full = (): Error =>
  Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });

type Refuses = (sql: string, values: readonly unknown[]) => boolean;

/**
 * Below everything of ours: statements that `refuses` picks fail as they do on a full disk. A refused statement does
 * nothing; a refused COMMIT leaves its transaction to be rolled back.
 */
const refuse = (refuses: Refuses): void => {
  const { run, all } = StatementSync.prototype;
  const guarded = (original: typeof run | typeof all) =>
    function (this: StatementSync, ...values: never[]) {
      if (refuses(this.sourceSQL, values)) throw full();
      return Reflect.apply(original, this, values);
    };
  Object.assign(StatementSync.prototype, { run: guarded(run), all: guarded(all) });
  mending.push(() => void Object.assign(StatementSync.prototype, { run, all }));
};

const isWrite = (sql: string): boolean => /^\s*(?:insert|update|delete|commit)/i.test(sql);

/** From the n-th write of this process on, `length` in a row are refused. */
const refuseWrites = (first: number, length: number): { readonly refused: () => number } => {
  let writes = 0;
  let refused = 0;
  refuse((sql) => {
    if (!isWrite(sql)) return false;
    writes += 1;
    if (writes < first || writes >= first + length) return false;
    refused += 1;
    return true;
  });
  return { refused: () => refused };
};

const mended = (): void => {
  for (const mend of mending.splice(0)) mend();
};

/** GitHub sends again what got no 2xx. */
const untilTaken = async (send: () => Promise<unknown>): Promise<void> => {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await send();
      return;
    } catch (error) {
      expect(error).toMatchObject({ errcode: 13 });
    }
  }
  throw new Error('it was never taken');
};

test('below the floor no run starts and the board says why; above it everything goes on by itself', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  w.disk.free = 511_999_999;
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await says(w, 1, '| waits for disk space on the server |');
  await w.advance(600_000);
  expect(w.tool.journal).toEqual([]);
  expect((await runsOf(w, 1)).map(({ state }) => state)).toEqual(['queued']);
  w.disk.free = 512_000_000;
  await w.settled();
  expect(boardOf(w, 1)).toContain('| planned |');
  expect(w.tool.journal).toEqual(['plan network']);
  expect(told(w, 'the disk of the data folder is full')).toHaveLength(1);
  expect(told(w, 'there is room on the disk again')).toHaveLength(1);
});

test('an apply that runs when the disk fills up goes on, and its end is written when there is room', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  let refused = () => 0;
  w.tool.hooks.set('apply', () => {
    w.disk.free = 0;
    refused = refuseWrites(1, Number.POSITIVE_INFINITY).refused;
    w.tool.state.set('network', tf('two'));
    return { text: 'applied' };
  });
  await w.comment(1, '/apply');
  await w.until(() => refused() > 20);
  expect((await runsOf(w, 1)).find(({ verb }) => verb === 'apply')?.state).toBe('running');
  mended();
  w.disk.free = 1_000_000_000;
  await w.settled();
  expect((await runsOf(w, 1)).find(({ verb }) => verb === 'apply')?.state).toBe('applied');
  expect(w.tool.journal.filter((entry) => entry === 'apply network')).toHaveLength(1);
});

test('whichever write is refused, nothing is taken without a row, nothing is applied twice, and all of it ends well', {
  tags: ['long'],
}, async () => {
  const writes = Array.from({ length: 14 }, (_, index) => 1 + 3 * index);
  const dirOf = (n: number) => `p${n}`;
  const w = await world(Object.fromEntries(writes.map((n) => [`${dirOf(n)}/main.tf`, tf('one')])));
  let refused = 0;
  for (const n of writes) {
    w.open(n, { [`${dirOf(n)}/main.tf`]: tf('two') });
    // Three in a row, so that one write after another is refused in some story, and so are the first retries.
    const fault = refuseWrites(n, 3);
    await untilTaken(() => w.event(n, 'opened'));
    await w.settled();
    await untilTaken(() => w.comment(n, '/apply'));
    await w.settled();
    refused += fault.refused();
    mended();
    const apply = async () => (await runsOf(w, n)).find(({ verb }) => verb === 'apply');
    if ((await apply())?.state !== 'applied') {
      // Refused with a word, and with nothing done: the plan still stands.
      expect((await apply())?.problem?.code, `write ${n}`).toBe('no-room');
      await w.comment(n, '/apply');
      await w.settled();
    }
    expect((await apply())?.state, `write ${n}`).toBe('applied');
    expect(
      w.tool.journal.filter((entry) => entry === `apply ${dirOf(n)}`),
      `write ${n}`,
    ).toHaveLength(1);
    expect(boardOf(w, n)).toContain('✓ applied');
  }
  expect(refused).toBe(3 * writes.length);
});

test('a webhook that finds no room for what it has to fetch waits for it, and is not put aside', async () => {
  let tries = 0;
  const w: MemoryWorld = await createMemoryWorld({
    realStore: true,
    main: { 'network/main.tf': tf('one') },
    forge: {
      // The last that is asked before the mirror is written to.
      remote: async (of) => {
        tries += 1;
        if (tries <= 6) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        return w.forge.forge.remote(of);
      },
    },
  });
  open.push(w);
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  expect(tries).toBeGreaterThan(6);
  expect(boardOf(w, 1)).toContain('| planned |');
  expect(told(w, 'delivery put aside')).toEqual([]);
  expect(told(w, 'the disk of the data folder is full')).not.toEqual([]);
});

test('a plan that found no room for its artifact is planned again by itself', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  const { put } = w.blobs;
  let tries = 0;
  w.blobs.put = async (bytes, binding) => {
    tries += 1;
    if (tries > 1) return put(bytes, binding);
    // Seen a moment before: that there was room is no reason to give the plan up.
    expect(await w.ports.space.isLow()).toBe(false);
    w.disk.free = 0;
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await says(w, 1, '| waits for disk space on the server |');
  expect(w.tool.journal).toEqual(['plan network']);
  w.disk.free = Number.POSITIVE_INFINITY;
  await w.settled();
  expect(w.tool.journal).toEqual(['plan network', 'plan network']);
  expect(boardOf(w, 1)).toContain('| planned |');
});

test('without room, though there seems to be some, it is not planned over and over', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  w.blobs.put = async () => {
    throw Object.assign(new Error('quota exceeded'), { code: 'EDQUOT' });
  };
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  expect(w.tool.journal).toEqual(['plan network']);
  expect(boardOf(w, 1)).toContain('There was no room on the disk of the server for this plan.');
});

test('an apply that had to wait for the disk does not start on what was checked before', async () => {
  const w = await world({ 'network/main.tf': tf('one') });
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  // The row that says that the gate let it through has to wait for a quarter of a minute.
  let tries = 0;
  refuse((_sql, values) => {
    if (!values.includes('apply.allowed')) return false;
    tries += 1;
    return tries <= 15;
  });
  await w.comment(1, '/apply');
  await w.settled();
  expect(tries).toBe(16);
  const apply = async () => (await runsOf(w, 1)).find(({ verb }) => verb === 'apply');
  expect(await apply()).toMatchObject({ state: 'failed', startedAt: null, problem: { code: 'no-room' } });
  expect(w.tool.journal).not.toContain('apply network');
  await w.comment(1, '/apply');
  await w.settled();
  expect((await apply())?.state).toBe('applied');
});

test('what is not known is no: a disk that cannot be asked counts as full, and is told once', async () => {
  const { clock, advance } = createVirtualClock();
  const told: string[] = [];
  let broken = true;
  const space = createSpace({
    free: async () => {
      if (broken) throw new Error('gone');
      return 5;
    },
    floor: 5,
    clock,
    log: { ...silentLog, error: (line) => void told.push(line), warn: (line) => void told.push(line) },
  });
  expect(await space.isLow()).toBe(true);
  await advance(5_000);
  expect(await space.isLow()).toBe(true);
  broken = false;
  await advance(1_000);
  expect(await space.isLow()).toBe(false);
  expect(told).toHaveLength(3);
});
