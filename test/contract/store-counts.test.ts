import { describe, expect, test } from 'vitest';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { delivery, keyOf, planned, pullKey, pullRef, run } from '../store/samples.ts';

const closing = closingAfterEach();

describe.each(storeAdapters)('what is counted: %s', (_name, make) => {
  const fresh = () => closing(make());

  test('an empty store counts nothing', async () => {
    const store = await fresh();
    expect(await store.runs.counts(['queued', 'running', 'planned'])).toEqual([]);
    expect(await store.runs.counts([])).toEqual([]);
    expect(await store.locks.counts()).toEqual({ held: 0, waiting: 0 });
    expect(await store.deliveries.backlog()).toEqual({ pending: 0, oldestAt: null });
    expect(await store.reports.backlog()).toEqual({ waiting: 0, oldest: null, parked: 0 });
  });

  test('runs by verb and state, of the states asked for', async () => {
    const { runs } = await fresh();
    const one = run();
    for (const each of [one, run(), run(), run({ verb: 'apply' }), planned()]) await runs.add(each);
    await runs.move(one.id, { kind: 'started' }, 5);
    expect(await runs.counts(['running', 'queued', 'unresolved'])).toEqual([
      { verb: 'apply', state: 'queued', runs: 1 },
      { verb: 'plan', state: 'queued', runs: 2 },
      { verb: 'plan', state: 'running', runs: 1 },
    ]);
    expect(await runs.counts(['planned'])).toEqual([{ verb: 'plan', state: 'planned', runs: 1 }]);
  });

  test('locks held, and who waits in line', async () => {
    const { locks } = await fresh();
    for (const name of ['network', 'database']) await locks.acquire(keyOf(name), pullKey(1), 5);
    for (const number of [2, 3, 4]) await locks.wait(keyOf('network'), pullKey(number), 6);
    expect(await locks.counts()).toEqual({ held: 2, waiting: 3 });
    await locks.release(keyOf('network'), pullKey(1));
    await locks.leave(keyOf('network'), pullKey(2));
    expect(await locks.counts()).toEqual({ held: 1, waiting: 2 });
  });

  test('deliveries that wait, and since when', async () => {
    const { deliveries } = await fresh();
    await deliveries.record(delivery('late', { receivedAt: 30, trigger: null }));
    await deliveries.record(delivery('early', { receivedAt: 10 }));
    await deliveries.record(delivery('other', { receivedAt: 1, trigger: null }), 'not allowed');
    expect(await deliveries.backlog()).toEqual({ pending: 2, oldestAt: 10 });
    await deliveries.finish('early', 'failed', 'it broke');
    expect(await deliveries.backlog()).toEqual({ pending: 1, oldestAt: 30 });
  });

  test('reports that wait, the first of them, and those given up', async () => {
    const { reports } = await fresh();
    for (const [thing, due] of Object.entries({ board: 30, 'reply:1': 20, 'reply:2': 10 }))
      await reports.want(pullRef(), thing, due);
    await reports.want(pullRef(13), 'board', 5);
    await reports.park(pullKey(), 'reply:2', 'refused');
    await reports.sent(pullKey(13), 'board', 1, 7);
    expect(await reports.backlog()).toEqual({ waiting: 2, oldest: 20, parked: 1 });
    await reports.want(pullRef(), 'reply:2', 40);
    expect(await reports.backlog()).toEqual({ waiting: 3, oldest: 20, parked: 0 });
  });
});
