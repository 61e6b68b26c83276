import { expect, test } from 'vitest';
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
  const runs = Array.from({ length: 6 }, (_, index) => planned({ plan: planOf(1_000_000, `p${index}`) }));
  for (const one of runs) await store.runs.add(one);
  const last = runs.at(-1);
  if (last === undefined) throw new TypeError('no run');
  expect((await store.runs.get(last.id))?.plan?.summary).toBe(last.plan?.summary);
  for (const one of runs) expect(await store.runs.get(one.id)).toEqual(one);
  expect((await store.runs.get(runs[0]?.id ?? last.id))?.plan?.summary).not.toBe(runs[0]?.plan?.summary);
  await store.close();
});
