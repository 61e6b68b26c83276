import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { delivery, keyOf, newRunId, planned, pullKey, pullRef, run } from './samples.ts';

const open: Store[] = [];
const clock = createSystemClock();

/** Two connections to one file, as two servers would have if nothing kept them apart. */
const twoStores = async (): Promise<readonly [Store, Store]> => {
  const path = join(temporaryFolder('races'), 'tidegate.db');
  const both = await Promise.all([openSqliteStore({ path, clock }), openSqliteStore({ path, clock })]);
  open.push(...both);
  return both;
};

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
});

const rounds = Array.from({ length: 30 }, (_, round) => round);

test('two open one new file at once: the migrations run once', async () => {
  const [one, two] = await twoStores();
  await one.runs.add(run());
  expect(await two.runs.inState(['queued'])).toHaveLength(1);
});

test('two acquire: one gets it, both see the same holder', async () => {
  const [one, two] = await twoStores();
  for (const round of rounds) {
    const key = keyOf(`p${round}`);
    const held = await Promise.all([
      one.locks.acquire(key, pullKey(1), 5),
      two.locks.acquire(key, pullKey(2), 5),
    ]);
    expect(held[0]).toEqual(held[1]);
  }
});

test('two spend: one gets it', async () => {
  const [one, two] = await twoStores();
  for (const _ of rounds) {
    const plan = planned();
    await one.runs.add(plan);
    const got = await Promise.all([
      one.runs.spend(plan.id, newRunId(), 5),
      two.runs.spend(plan.id, newRunId(), 5),
      one.runs.void(plan.id, 5).then(() => false),
    ]);
    expect(got.filter(Boolean).length).toBeLessThanOrEqual(1);
    expect((await two.runs.get(plan.id))?.spent).toBe(true);
    expect(await two.runs.spend(plan.id, newRunId(), 6)).toBe(false);
  }
});

test('two move: each event happens once, and the later one sees the earlier', async () => {
  const [one, two] = await twoStores();
  for (const _ of rounds) {
    const each = run();
    await one.runs.add(each);
    const started = await Promise.all([
      one.runs.move(each.id, { kind: 'started' }, 5, { output: 'one' }),
      two.runs.move(each.id, { kind: 'started' }, 6, { output: 'two' }),
    ]);
    const winners = started.filter((moved) => moved !== null);
    expect(winners).toHaveLength(1);
    expect(await two.runs.get(each.id)).toEqual(winners[0]);
    const [failed, superseded] = await Promise.all([
      one.runs.move(each.id, { kind: 'failed' }, 7),
      two.runs.move(each.id, { kind: 'superseded' }, 8),
    ]);
    expect([failed, superseded].filter((moved) => moved !== null)).toHaveLength(1);
  }
});

test('two wish and record: nothing is lost', async () => {
  const [one, two] = await twoStores();
  const wishes = rounds.flatMap((round) => [
    one.reports.want(pullRef(), 'board', round),
    two.reports.want(pullRef(), 'board', round),
  ]);
  const records = rounds.flatMap((round) => [
    one.deliveries.record(delivery(`${round}`)),
    two.deliveries.record(delivery(`${round}`)),
  ]);
  await Promise.all(wishes);
  expect((await one.reports.get(pullKey(), 'board'))?.wanted).toBe(wishes.length);
  const outcomes = await Promise.all(records);
  expect(outcomes.filter((outcome) => outcome === 'new')).toHaveLength(rounds.length);
});

test('two transactions that read before they write: one after the other, none refused', async () => {
  const [one, two] = await twoStores();
  const count = async (store: Store) =>
    store.transact(async (tables) => {
      const all = await tables.locks.all();
      await tables.locks.acquire(keyOf(`p${all.length}`), pullKey(), 5);
    });
  await Promise.all(rounds.flatMap(() => [count(one), count(two)]));
  expect(await one.locks.all()).toHaveLength(2 * rounds.length);
});
