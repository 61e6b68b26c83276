import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import type { Plan } from '../../src/domain/run.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { plan, planned, run } from './samples.ts';

const { clock } = createVirtualClock();

/** A plan whose summary is about so many characters long. */
const planOf = (characters: number, name: string): Plan => {
  const base = plan();
  const [resource] = base.summary.resources;
  if (resource === undefined) throw new TypeError('the sample has no resource');
  const many = Math.ceil(characters / JSON.stringify(resource).length);
  const resources = Array.from({ length: many }, (_, index) => ({
    ...resource,
    address: `t.${name}[${index}]`,
  }));
  return { ...base, summary: { ...base.summary, resources } };
};

test('a large summary that was just written is not read out of its text again', async () => {
  const store = await openSqliteStore({ path: ':memory:', clock });
  const queued = run();
  const given = planOf(100_000, 'a');
  await store.runs.add(queued);
  await store.runs.move(queued.id, { kind: 'started' }, 1);
  const moved = await store.runs.move(queued.id, { kind: 'planned' }, 2, { plan: given });
  expect(moved?.plan?.summary).toBe(given.summary);
  expect((await store.runs.get(queued.id))?.plan?.summary).toBe(given.summary);
  await store.close();
});

test('of many the last are remembered, and all are right', async () => {
  const store = await openSqliteStore({ path: ':memory:', clock });
  const runs = Array.from({ length: 8 }, (_, index) => planned({ plan: planOf(1_000_000, `p${index}`) }));
  for (const one of runs) await store.runs.add(one);
  const last = runs.at(-1);
  if (last === undefined) throw new TypeError('no run');
  expect((await store.runs.get(last.id))?.plan?.summary).toBe(last.plan?.summary);
  for (const one of runs) expect(await store.runs.get(one.id)).toEqual(one);
  expect((await store.runs.get(runs[0]?.id ?? last.id))?.plan?.summary).not.toBe(runs[0]?.plan?.summary);
  await store.close();
});

test('what is written once more is what is read: plan, answers and what the tools printed', async () => {
  const store = await openSqliteStore({ path: ':memory:', clock });
  const one = run();
  await store.runs.add(one);
  await store.runs.move(one.id, { kind: 'started' }, 1);
  const answers = [{ name: 'cost', definition: 'd', outcome: 'passed', because: 'cheap' }] as const;
  const first = { ...planOf(100_000, 'first'), policies: answers };
  await store.runs.move(one.id, { kind: 'planned' }, 2, { plan: first, output: 'x'.repeat(50_000) });
  // Read out of memory, whole.
  expect(await store.runs.get(one.id)).toMatchObject({ plan: first, output: 'x'.repeat(50_000) });
  const second = { ...first, summary: planOf(90_000, 'second').summary };
  await store.runs.move(one.id, { kind: 'superseded' }, 3, { plan: second, output: 'y' });
  expect(await store.runs.get(one.id)).toMatchObject({ plan: second, output: 'y', state: 'superseded' });
  await store.close();
});

test('what a transaction wrote and took back is not remembered', async () => {
  const store = await openSqliteStore({ path: ':memory:', clock });
  const one = planned({ plan: planOf(100_000, 'stands'), output: 'as it was' });
  await store.runs.add(one);
  const end = store.transact(async (tables) => {
    await tables.runs.move(one.id, { kind: 'superseded' }, 3, { plan: planOf(100_000, 'never') });
    throw new Error('not so');
  });
  await expect(end).rejects.toThrow('not so');
  expect(await store.runs.get(one.id)).toEqual(one);
  expect(await store.runs.latest(one)).toEqual([one]);
  await store.close();
});

test('texts that retention took away are not there any more, though they were just read', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidegate-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'tidegate.sqlite');
  const store = await openSqliteStore({ path: file, clock });
  onTestFinished(() => store.close());
  const one = planned({ plan: planOf(100_000, 'gone') });
  await store.runs.add(one);
  expect(await store.runs.get(one.id)).toEqual(one);
  const database = new DatabaseSync(file);
  database.exec('delete from run_texts');
  database.close();
  // Half of a plan is none.
  await expect(store.runs.get(one.id)).rejects.toThrow('cannot be read back');
});
