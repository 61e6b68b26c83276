import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { batch, newRunId, plan, run } from '../store/samples.ts';
import {
  type Event,
  events,
  givesBack,
  happens,
  type RunModel,
  takes,
  type Verb,
} from '../support/run-model.ts';

type Store = Awaited<ReturnType<typeof openSqliteStore>>;
interface Real {
  readonly store: Store;
  readonly runs: ReturnType<typeof run>[];
}
type Command = fc.AsyncCommand<{ runs: RunModel[] }, Real>;

const at = <T>(list: readonly T[], index: number): T => {
  const one = list[index % list.length];
  if (one === undefined) throw new RangeError('nothing is there');
  return one;
};

const add = (verb: Verb): Command => ({
  check: () => true,
  run: async (model, { store, runs }) => {
    const added = run({ id: newRunId(), verb, batchId: at(runs, 0).batchId });
    runs.push(added);
    await store.runs.add(added);
    model.runs.push({ verb, state: 'queued', taken: null });
  },
  toString: () => `a ${verb} is queued`,
});

const move = (index: number, kind: Event): Command => ({
  check: ({ runs }) => runs.length > 0,
  run: async (model, { store, runs }) => {
    const { id } = at(runs, index);
    const moved = await store.runs.move(id, { kind }, 1, kind === 'planned' ? { plan: plan() } : {});
    const wanted = at(model.runs, index);
    expect(moved !== null).toBe(happens(wanted, kind));
    expect((await store.runs.get(id))?.state).toBe(wanted.state);
    if (kind !== 'called-off' || moved === null) return;
    expect(moved.startedAt).toBeNull();
    givesBack(model.runs, index % model.runs.length);
    for (const [at, { taken }] of model.runs.entries())
      expect((await store.runs.get(runs[at]?.id ?? id))?.spent).toBe(taken !== null);
  },
  toString: () => `run ${index}: ${kind}`,
});

const spend = (index: number, by: number): Command => ({
  check: ({ runs }) => runs.length > 0,
  run: async (model, { store, runs }) => {
    const taken = await store.runs.spend(at(runs, index).id, at(runs, by).id, 1);
    expect(taken).toBe(takes(at(model.runs, index), by % model.runs.length));
    expect((await store.runs.get(at(runs, index).id))?.spent).toBe(at(model.runs, index).taken !== null);
  },
  toString: () => `run ${index} is taken by ${by}`,
});

/** Two who ask for the same plan at the same moment. */
const race = (index: number): Command => ({
  check: ({ runs }) => runs.length > 1,
  run: async (model, { store, runs }) => {
    const [one, other] = [runs[0], runs[1]];
    if (one === undefined || other === undefined) return;
    const both = await Promise.all([one, other].map(({ id }) => store.runs.spend(at(runs, index).id, id, 1)));
    expect(both.filter((taken) => taken)).toHaveLength(takes(at(model.runs, index), 0) ? 1 : 0);
  },
  toString: () => `two race for run ${index}`,
});

const which = fc.nat({ max: 3 });

test('runs are what a small model says they are, whatever happens in whatever order', async () => {
  const commands = fc.commands(
    [
      fc.constantFrom<Verb>('plan', 'apply').map(add),
      fc.tuple(which, fc.constantFrom(...events)).map(([index, event]) => move(index, event)),
      fc.tuple(which, fc.constantFrom(...events)).map(([index, event]) => move(index, event)),
      fc.tuple(which, which).map(([index, by]) => spend(index, by)),
      which.map(race),
    ],
    { maxCommands: 60, size: 'max' },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const { clock } = createVirtualClock();
      const store = await openSqliteStore({ path: ':memory:', clock });
      try {
        const first = run({ id: newRunId(), verb: 'plan' });
        await store.batches.add(batch({ id: first.batchId }));
        await store.runs.add(first);
        const model: { runs: RunModel[] } = { runs: [{ verb: 'plan', state: 'queued', taken: null }] };
        await fc.asyncModelRun(() => ({ model, real: { store, runs: [first] } }), sequence);
      } finally {
        await store.close();
      }
    }),
    { numRuns: 60 },
  );
});
