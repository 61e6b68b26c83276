import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { ada, batch, delivery, keyOf, newRunId, planned, pullKey, pullRef, repo, run } from './samples.ts';

const everyMethod = async (store: Store): Promise<void> => {
  const key = keyOf('network');
  const pull = pullKey();
  const plan = planned();
  const queued = run();
  const one = batch();
  await store.deliveries.record(delivery('one'));
  await store.deliveries.pending(10);
  await store.deliveries.finish('one', 'done', null);
  await store.batches.add(one);
  await store.batches.get(one.id);
  await store.batches.latest(pull, 'plan');
  await store.runs.add(plan);
  await store.runs.add(queued);
  await store.runs.get(plan.id);
  await store.runs.latest(pull);
  for (const repositories of [null, [], [repo.id], [repo.id, 6]])
    for (const states of [null, ['failed'] as const])
      for (const pullNumber of [null, 12])
        await store.runs.listed({ repositories, states, pullNumber, before: null, limit: 10 });
  await store.batches.repositories();
  await store.runs.inState(['queued', 'running']);
  await store.runs.ofPull(pull, ['queued', 'planned']);
  await store.runs.move(queued.id, { kind: 'started' }, 5);
  await store.runs.spend(plan.id, newRunId(), 5);
  await store.runs.void(plan.id, 5);
  await store.locks.acquire(key, pull, 5);
  await store.locks.get(key);
  await store.locks.ofPull(pull);
  await store.locks.releaseAtEnd(key, pull);
  await store.locks.release(key, pull);
  await store.locks.wait(key, pull, 5);
  await store.locks.waiters(key);
  await store.locks.waitsOf(pull);
  await store.locks.leave(key, pull);
  await store.reports.want(pullRef(), 'board', 5);
  await store.reports.heads(5);
  await store.reports.waitingOf(pull);
  await store.reports.nextDue();
  await store.reports.nextDue(5);
  await store.reports.get(pull, 'board');
  await store.reports.take(pull, 'board', 1);
  await store.reports.postponed(pull, 'board', 6);
  await store.reports.sent(pull, 'board', 1, 1);
  await store.reports.park(pull, 'board', 'reason');
  await store.reports.parkedOf(pull);
  await store.reports.release();
  await store.reports.wrote(7, 60_000);
  await store.reports.writesSince(0);
  await store.deliveries.backlog();
  await store.deliveries.ofPull(pull, 5);
  await store.deliveries.putAside();
  await store.deliveries.commentOf(repo.id, 5);
  const facts = { number: 3, state: 'open', headSha: one.headSha, baseRef: 'main', draft: false } as const;
  await store.sightings.note(repo.id, facts, 5);
  await store.sightings.meet(repo.id, facts, 5);
  await store.sightings.get(pull);
  await store.sightings.latest(repo.id);
  await store.sightings.open(repo.id);
  await store.cursors.set('deliveries', { at: 5 });
  await store.cursors.get('deliveries');
  await store.trusts.give({ ...pull, headSha: one.headSha, actor: ada, commentId: 5, at: 5 });
  await store.trusts.get(pull);
  await store.trusts.end(pull);
  await store.rebuilds.put({
    ...{ ...pull, environment: 'prod', headSha: one.headSha },
    ...{ actor: ada, commentId: 5, at: 5 },
  });
  await store.rebuilds.get(pull);
  await store.rebuilds.end(pull);
  await store.runs.counts(['queued', 'running', 'unresolved']);
  await store.locks.counts();
  await store.reports.backlog();
  await store.audit.append({
    at: 5,
    kind: 'test',
    actor: null,
    repositoryId: repo.id,
    pullNumber: 12,
    runId: null,
    facts: {},
  });
  await store.audit.ofPull(pull);
  await store.driftIssues.get(key);
  await store.driftPulls.ofProject(key);
  await store.driftPulls.of(pull, null);
  await store.driftPulls.drop(key, 1);
  await store.tags.kept(repo.id);
  await store.tags.get(key);
  await store.tags.ofRepository(repo.id);
  await store.corrections.get(key);
  await store.corrections.waking(5);
  await store.driftIssues.ofRepository(repo.id);
  await store.driftIssues.ofNumber({ repositoryId: repo.id, pullNumber: 1 });
  await store.tracked.get(key);
  await store.tracked.ofRepository(repo.id);
  await store.tracked.awaiting();
  await store.tracked.note(key, { at: 5, kind: 'applied', facts: {} });
  await store.tracked.history(key);
  await store.convergences.open();
  await store.convergences.openOf(key);
  await store.convergences.get(newRunId());
  await store.convergences.ofRuns([newRunId()]);
  await store.convergences.unsettled(key);
  await store.convergences.forget(key, 'a.b');
  await store.drifts.get(key);
  await store.drifts.ofRepository(repo.id);
  await store.drifts.begin({ project: key, tickAt: null }, 5, { look: newRunId(), since: 5 });
  await store.drifts.ask(key, 5);
  await store.drifts.putOff(key, { because: 'reason', since: 5, until: 6 });
  await store.drifts.noteDue(key, 7);
  await store.drifts.mendTick(key, 7);
  await store.drifts.remove(key);
};

test('no statement walks through a whole table: ten thousand past runs change nothing', async () => {
  const path = join(temporaryFolder('queries'), 'tidegate.db');
  const { clock } = createVirtualClock();
  await (await openSqliteStore({ path, clock })).close();
  const statements = new Set<string>();
  const store = await openSqliteStore({ path, clock, onStatement: (sql) => void statements.add(sql) });
  statements.clear();
  await everyMethod(store);
  await store.close();

  const database = new DatabaseSync(path);
  const walks: string[] = [];
  for (const sql of statements) {
    const steps = database.prepare(`explain query plan ${sql}`).all();
    for (const step of steps)
      if (/^SCAN /.test(String(step['detail']))) walks.push(`${step['detail']}: ${sql}`);
  }
  database.close();
  expect(statements.size).toBeGreaterThan(30);
  // A partial index that holds only what waits, or was given up, may be walked through: it is as long as the work there is
  // to do. So may the tables of locks and of the last hour's writes, which hold no past.
  const short =
    /^SCAN (?:convergences USING INDEX convergences_open|tracked USING INDEX tracked_merged|reports USING (?:COVERING )?INDEX reports_(?:waiting|parked)|forge_writes|locks|lock_waiters)\b/;
  expect(walks.filter((walk) => !short.test(walk))).toEqual([]);
});
