import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createBudgets } from '../../src/observe/budgets.ts';
import { createMetrics, type Readings } from '../../src/observe/metrics.ts';
import { seriesOf } from '../support/exposition.ts';

const quiet: Readings = {
  runs: [],
  locks: { held: 0, waiting: 0 },
  reports: { waiting: 0, parked: 0, overdue: 0 },
  deliveries: { pending: 0, oldest: 0, putAside: 0 },
  notifications: { waiting: 0, dead: 0, oldest: 0 },
  drift: { projects: {}, oldest: 0, suspended: 0 },
  freeSpace: 5,
  ready: true,
};

const make = (readings: Partial<Readings> = {}) => {
  let reads = 0;
  const metrics = createMetrics({
    read: async () => {
      reads += 1;
      return { ...quiet, ...readings };
    },
    runs: { verbs: ['plan', 'apply'], states: ['queued', 'running', 'unresolved'] },
    version: '1.2.3',
    left: () => null,
    clock: createVirtualClock().clock,
  });
  return { ...metrics, reads: () => reads };
};

describe('metrics', () => {
  test('what nothing happened to is there all the same, as zero', async () => {
    const { series } = seriesOf(await make().scrape());
    expect(series.get('tidegate_runs{verb="apply",state="unresolved"}')).toBe(0);
    expect(series.get('tidegate_locks_held')).toBe(0);
    expect(series.get('tidegate_ready')).toBe(1);
    expect(series.get(`tidegate_build_info{version="1.2.3",node="${process.version}"}`)).toBe(1);
  });

  test('each has its words, and says what it is', async () => {
    const { helped, typed, names } = seriesOf(await make().scrape());
    expect(names.size).toBeGreaterThan(15);
    for (const name of names) {
      expect(helped).toContain(name);
      expect(typed).toContain(name);
      expect(name).toMatch(/^(?:tidegate|process|nodejs)_/);
    }
  });

  test('gauges follow what is read, and forget what is over', async () => {
    const readings = { runs: [{ verb: 'plan', state: 'running', runs: 3 }] };
    const metrics = make(readings);
    const running = async () =>
      seriesOf(await metrics.scrape()).series.get('tidegate_runs{verb="plan",state="running"}');
    expect(await running()).toBe(3);
    readings.runs = [];
    const after = make(readings);
    expect(seriesOf(await after.scrape()).series.get('tidegate_runs{verb="plan",state="running"}')).toBe(0);
  });

  test('two in one process count apart', async () => {
    const [one, other] = [make(), make()];
    one.meter.webhookAnswered(202);
    expect(await one.scrape()).toContain('tidegate_webhooks_total{status="202"} 1');
    expect(await other.scrape()).not.toContain('tidegate_webhooks_total{status="202"}');
  });

  test('scrapes at the same time read once', async () => {
    const metrics = make();
    const texts = await Promise.all([metrics.scrape(), metrics.scrape(), metrics.scrape()]);
    expect(metrics.reads()).toBe(1);
    expect(new Set(texts).size).toBe(1);
    await metrics.scrape();
    expect(metrics.reads()).toBe(2);
  });

  test('a scrape that fails is no bar to the next', async () => {
    let broken = true;
    const metrics = createMetrics({
      read: async () => {
        if (broken) throw new Error('locked');
        return quiet;
      },
      runs: { verbs: [], states: [] },
      version: '',
      left: () => null,
      clock: createVirtualClock().clock,
    });
    await expect(metrics.scrape()).rejects.toThrow('locked');
    broken = false;
    expect(await metrics.scrape()).toContain('tidegate_ready 1');
  });

  test('free space that nobody can say is no number, not zero', async () => {
    expect(await make({ freeSpace: null }).scrape()).toContain('tidegate_free_bytes Nan');
  });
});

describe('what is left to installations', () => {
  test('shows twenty of them, those with the least, and loses none from the sum', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat(5000))), (answers) => {
        const last = new Map(answers);
        const budgets = createBudgets((id) => last.get(id) ?? null);
        for (const [id] of answers) budgets.seen(id);
        budgets.seen(1_000);
        const shown = budgets.shown();
        expect(shown.length).toBeLessThanOrEqual(21);
        const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);
        expect(sum(shown.map(({ remaining }) => remaining))).toBe(sum(last.values()));
        const least = [...last.values()].sort((a, b) => a - b).slice(0, 20);
        expect(shown.slice(0, 20).map(({ remaining }) => remaining)).toEqual(least);
      }),
    );
  });

  test('keeps no more than it can show the sum of, however many there are', () => {
    const budgets = createBudgets(() => 1);
    for (let id = 1; id <= 10_050; id += 1) budgets.seen(id);
    const sum = budgets.shown().reduce((all, { remaining }) => all + remaining, 0);
    expect(sum).toBe(10_000);
  });
});

test('drift is told by status, looks by what they came to, and who is suspended', async () => {
  const metrics = make({
    drift: { projects: { drifted: 2, clean: 3, failed: 0 }, oldest: 90, suspended: 1 },
  });
  for (const outcome of ['clean', 'clean', 'failed']) metrics.meter.looked(outcome);
  const { series } = seriesOf(await metrics.scrape());
  expect(series.get('tidegate_drift_projects{status="drifted"}')).toBe(2);
  expect(series.get('tidegate_drift_projects{status="failed"}')).toBe(0);
  expect(series.get('tidegate_drift_oldest_look_seconds')).toBe(90);
  expect(series.get('tidegate_projects_suspended')).toBe(1);
  expect(series.get('tidegate_drift_looks_total{outcome="clean"}')).toBe(2);
  expect(series.get('tidegate_drift_looks_total{outcome="failed"}')).toBe(1);
});
