import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { reportPriority } from '../../src/domain/report-priority.ts';
import type { Run, RunEvent } from '../../src/domain/run.ts';
import { githubPace } from '../../src/domain/write-budget.ts';
import { createGate } from '../../src/flow/outbox/gate.ts';
import { createOutbox } from '../../src/flow/outbox/outbox.ts';
import { wantBoard } from '../../src/flow/report.ts';
import { batch, plan, project, run } from '../store/samples.ts';
import { createMemoryWorld, refOf } from '../support/memory-world.ts';

/** Writes of planning and applying so many projects, a fifth of a second each, on one pull request. */
const writesFor = async (projects: number): Promise<number> => {
  const w = await createMemoryWorld({ main: { 'readme.md': 'one' } });
  await w.road.stop();
  const { store, clock } = w.ports;
  const outbox = createOutbox(w.ports);
  try {
    const affected = Array.from({ length: projects }, (_, index) => project(`p${index}`));
    const headSha = w.open(12, { 'readme.md': 'two' }).head.sha;
    const asked = batch({ headSha, affected, createdAt: clock.now() });
    await store.batches.add(asked);
    await outbox.start();
    const plans = affected.map((one) => run({ batchId: asked.id, headSha, project: one }));
    const applies = plans.map(({ id, project: one }) =>
      run({ batchId: asked.id, headSha, project: one, verb: 'apply', planRunId: id, createdAt: 2_000 }),
    );
    const go = async (runs: readonly Run[], event: RunEvent): Promise<void> => {
      for (const one of runs) await store.runs.add(one);
      for (const one of runs) {
        await store.runs.move(one.id, { kind: 'started' }, clock.now());
        await wantBoard(w.ports, refOf(12));
        outbox.ring();
        await w.advance(200);
        await store.runs.move(one.id, event, clock.now(), one.verb === 'plan' ? { plan: plan() } : {});
        await wantBoard(w.ports, refOf(12));
        outbox.ring();
      }
      await w.until(async () => (await store.reports.nextDue()) === null);
    };
    await go(plans, { kind: 'planned' });
    await go(applies, { kind: 'failed' });
    return w.forge.writes();
  } finally {
    await outbox.stop();
    await w.close();
  }
};

test('a hundred projects need at most three times the writes of one', async () => {
  const one = await writesFor(1);
  const hundred = await writesFor(100);
  expect(one).toBeGreaterThan(5);
  expect(hundred).toBeLessThanOrEqual(3 * one);
});

test('a clock that goes on between two looks holds nothing up', () => {
  const { clock } = createVirtualClock();
  let looks = 0;
  const gate = createGate({
    clock: {
      ...clock,
      monotonic: () => {
        looks += 1;
        return looks / 1_000;
      },
    },
    pace: githubPace,
    primary: () => null,
  });
  const way = { installationId: 7, pull: '1/1' };
  const write = { priority: reportPriority.result, makes: true, isComment: true, oldest: false };
  for (let sent = 0; sent < 5; sent += 1) expect(gate.spend(way, write)).toBe(true);
  expect(gate.spend(way, write)).toBe(false);
});
