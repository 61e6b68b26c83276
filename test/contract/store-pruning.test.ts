import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import type { Store } from '../../src/store/port.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { delivery, keyOf, planned, project, pullKey, pullRef, repo, run } from '../store/samples.ts';

const closing = closingAfterEach();

const over = (store: Store, kind: 'pull.closed' | 'plan.admitted', pullNumber = 12): Promise<void> =>
  store.audit.append({
    at: 5,
    kind,
    actor: null,
    repositoryId: repo.id,
    pullNumber,
    runId: null,
    facts: {},
  });

describe.each(storeAdapters)('%s', (_name, make) => {
  const fresh = () => closing(make());
  const add = async (store: Store, changes: Partial<Run>): Promise<Run> => {
    const made = planned({ output: 'text', ...changes });
    await store.runs.add(made);
    return made;
  };
  /** Ids of what went, by walking in bites of two. */
  const prune = async (store: Store, before: number): Promise<ReadonlySet<string>> => {
    const gone = new Set<string>();
    let from: Parameters<typeof store.pruning.runs>[1] = null;
    do {
      const { forgotten, next } = await store.pruning.runs(before, from, 2);
      for (const { id } of forgotten) gone.add(id);
      from = next;
    } while (from !== null);
    return gone;
  };

  test('deliveries: what was worked off before then goes, what waits never does', async () => {
    const store = await fresh();
    for (const id of ['done', 'ignored', 'failed'] as const) {
      await store.deliveries.record(delivery(id));
      await store.deliveries.finish(id, id, null);
    }
    await store.deliveries.record(delivery('waiting'));
    // The clock of the adapters stands still at the first of January 2026.
    const now = Date.UTC(2026, 0, 1);
    expect(await store.pruning.deliveries(now, 10)).toBe(0);
    expect(await store.pruning.deliveries(now + 1, 10)).toBe(3);
    expect(await store.pruning.deliveries(now + 1, 10)).toBe(0);
    expect((await store.deliveries.pending(9)).map(({ id }) => id)).toEqual(['waiting']);
    expect(await store.deliveries.record(delivery('waiting'))).toBe('known');
    expect(await store.deliveries.record(delivery('done'))).toBe('new');
  });

  test('runs: old ones that are not the newest are forgotten, and say what their plan was stored under', async () => {
    const store = await fresh();
    const old = await add(store, { endedAt: 10, state: 'superseded' });
    const young = await add(store, { endedAt: 100, state: 'superseded' });
    const newest = await add(store, { endedAt: 10 });
    const { forgotten } = await store.pruning.runs(50, null, 10);
    expect(forgotten).toEqual([
      { id: old.id, project: { key: old.project.key }, headSha: old.headSha, artifact: old.plan?.artifact },
    ]);
    expect(await store.runs.get(old.id)).toEqual({ ...old, plan: null, output: null });
    expect(await store.runs.get(young.id)).toEqual(young);
    expect(await store.runs.get(newest.id)).toEqual(newest);
    expect((await store.pruning.runs(50, null, 10)).forgotten).toEqual([]);
  });

  test('runs: the newest, and the plan that the newest apply used, go when the pull request is over, and not when it came back', async () => {
    const store = await fresh();
    const used = await add(store, { endedAt: 10 });
    const apply = await add(store, {
      verb: 'apply',
      plan: null,
      planRunId: used.id,
      endedAt: 11,
      state: 'applied',
    });
    const newest = await add(store, { endedAt: 12 });
    expect(await prune(store, 50)).toEqual(new Set());
    await over(store, 'pull.closed');
    await over(store, 'plan.admitted');
    expect(await prune(store, 50)).toEqual(new Set());
    await over(store, 'pull.closed');
    expect(await prune(store, 50)).toEqual(new Set([used.id, apply.id, newest.id]));
  });

  test('runs: nothing that a lock, a run under way or an unknown outcome needs', async () => {
    const store = await fresh();
    await over(store, 'pull.closed');
    const locked = await add(store, { endedAt: 10 });
    const other = (name: string) => ({ project: project(name), endedAt: 10 });
    const needed = await add(store, other('needed'));
    const unresolved = await add(store, {
      ...other('needed'),
      verb: 'apply',
      plan: null,
      planRunId: needed.id,
      state: 'unresolved',
    });
    const queued = await add(store, other('queued'));
    await store.runs.add(run({ verb: 'apply', planRunId: queued.id, project: project('queued') }));
    await store.locks.acquire(keyOf('network'), pullKey(), 5);
    expect(await prune(store, 50)).toEqual(new Set());
    for (const each of [locked, needed, unresolved, queued])
      expect(await store.runs.get(each.id)).toEqual(each);
    await store.locks.release(keyOf('network'), pullKey());
    expect(await prune(store, 50)).toEqual(new Set([locked.id]));
  });

  test('runs: a plan that was superseded later is as old as its end, and one that is running has none', async () => {
    const store = await fresh();
    const going = run();
    await store.runs.add(going);
    await store.runs.move(going.id, { kind: 'started' }, 5, { output: 'so far' });
    await over(store, 'pull.closed');
    expect(await prune(store, 50)).toEqual(new Set());
    await store.runs.move(going.id, { kind: 'failed' }, 40);
    expect(await prune(store, 40)).toEqual(new Set());
    expect(await prune(store, 41)).toEqual(new Set([going.id]));
  });

  test('reports: what was sent or given up, of what is over; never what waits', async () => {
    const store = await fresh();
    const { reports, pruning } = store;
    for (const thing of ['sent', 'parked', 'waits']) {
      await reports.want(pullRef(), thing, 5);
      await reports.want(pullRef(13), thing, 5);
    }
    for (const number of [12, 13]) {
      await reports.sent(pullKey(number), 'sent', 1, 7);
      await reports.park(pullKey(number), 'parked', 'no');
    }
    await over(store, 'pull.closed');
    const walk = async (before: number) => {
      let from: number | null = 0;
      do from = await pruning.reports(before, from, 2);
      while (from !== null);
    };
    const left = async (number: number) => {
      const things = ['sent', 'parked', 'waits'];
      const found = await Promise.all(things.map((thing) => reports.get(pullKey(number), thing)));
      return things.filter((_, index) => found[index] !== null);
    };
    await walk(5);
    expect(await left(12)).toEqual(['sent', 'parked', 'waits']);
    await walk(6);
    expect(await left(12)).toEqual(['waits']);
    expect(await left(13)).toEqual(['sent', 'parked', 'waits']);
  });

  test('what rows say of blobs: every stored plan, in pages, and every rescued state', async () => {
    const store = await fresh();
    const plans = [await add(store, {}), await add(store, {}), await add(store, {})];
    await store.runs.add(run());
    const found: unknown[] = [];
    let from: number | null = 0;
    do {
      const { plans: page, next } = await store.pruning.plans(from, 2);
      found.push(...page.map(({ artifact, toolVersion }) => [artifact, toolVersion]));
      from = next;
    } while (from !== null);
    expect(found).toEqual(plans.map(({ plan }) => [plan?.artifact, plan?.toolVersion]));
    const facts = { path: 'a', digest: plans[0]?.plan?.artifact ?? '', binding: 'rescued-state:1', bytes: 3 };
    await store.audit.append({
      at: 1,
      kind: 'state.rescued',
      actor: null,
      repositoryId: 1,
      pullNumber: 1,
      runId: null,
      facts,
    });
    expect(await store.pruning.rescues()).toEqual([{ digest: facts.digest, binding: facts.binding }]);
  });

  test('a pull request was touched when its newest run was queued, or never', async () => {
    const { runs, pruning } = await fresh();
    expect(await pruning.lastRunAt(pullKey())).toBeNull();
    await runs.add(run({ createdAt: 10 }));
    await runs.add(run({ createdAt: 30, verb: 'apply' }));
    expect(await pruning.lastRunAt(pullKey())).toBe(30);
  });
});
