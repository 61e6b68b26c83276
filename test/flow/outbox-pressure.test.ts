import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportPriority } from '../../src/domain/report-priority.ts';
import { createOutbox, type Outbox } from '../../src/flow/outbox/outbox.ts';
import { wantBoard, wantReaction, wantReply } from '../../src/flow/report.ts';
import { type Forge, ForgeError } from '../../src/forge/port.ts';
import { batch, plan, project, run } from '../store/samples.ts';
import { createMemoryWorld, type MemoryWorld, refOf, repo } from '../support/memory-world.ts';

/** The outbox when there is more to say than GitHub takes. */
let w: MemoryWorld;
let outbox: Outbox | null = null;
beforeEach(async () => {
  w = await createMemoryWorld({ main: { 'readme.md': 'one' } });
  await w.road.stop();
});
afterEach(async () => {
  await outbox?.stop();
  outbox = null;
  await w.close();
});

const now = () => w.ports.clock.now();
/** Opens a pull request; returns its commit. */
const head = (number: number) => w.open(number, { 'readme.md': String(number) }).head.sha;

interface Call {
  readonly at: number;
  readonly what: string;
  readonly number: number;
}

/** Starts an outbox and notes every write that reaches the forge. */
const start = async (before: (call: Call) => Promise<void> = async () => {}): Promise<Call[]> => {
  const calls: Call[] = [];
  const note = async (what: string, number: number) => {
    const call = { at: now(), what, number };
    calls.push(call);
    await before(call);
  };
  const { forge } = w.forge;
  const watched: Partial<Forge> = {
    upsertComment: async (pull, comment) => {
      await note(comment.marker, pull.number);
      return forge.upsertComment(pull, comment);
    },
    upsertCheck: async (of, check) => {
      await note(`check ${check.name}`, 0);
      return forge.upsertCheck(of, check);
    },
    react: async (of, id, reaction) => {
      await note(`reaction ${id}`, 0);
      return forge.react(of, id, reaction);
    },
  };
  outbox = createOutbox({ ...w.ports, forge: { ...forge, ...watched } });
  await outbox.start();
  return calls;
};

const idle = () => w.until(async () => (await w.ports.store.reports.nextDue()) === null);

/** Most calls in any stretch of that length. */
const densest = (calls: readonly Call[], spanMs: number): number =>
  Math.max(
    0,
    ...calls.map(({ at: from }) => calls.filter(({ at }) => at >= from && at < from + spanMs).length),
  );

const help = (number: number, commentId: number) =>
  wantReply(w.ports, refOf(number), commentId, { kind: 'help', login: 'ada' });

test('a thousand things go out within the budgets after GitHub was away, results first', async () => {
  for (let number = 1; number <= 50; number += 1) head(number);
  for (let index = 0; index < 960; index += 1) {
    const number = (index % 50) + 1;
    const thing = `reaction:${index + 1}:eyes`;
    await w.ports.store.reports.want(refOf(number), thing, now(), undefined, reportPriority.plan);
  }
  for (let index = 0; index < 40; index += 1) {
    await w.advance(1);
    const content = { kind: 'help', login: 'ada' };
    const ref = refOf(index + 1);
    await w.ports.store.reports.want(ref, `reply:${index + 1}`, now(), content, reportPriority.result);
  }
  let isDown = true;
  const calls = await start(async () => {
    if (isDown) throw new ForgeError('unavailable', '502');
  });
  await w.advance(300_000);
  const failed = calls.length;
  expect(densest(calls, 60_000)).toBeLessThanOrEqual(60);
  isDown = false;
  await w.advance(90_000);
  // One in ten writes is for who waits longest; all results are there before a third of the rest is.
  expect(calls.slice(failed).filter(({ what }) => what.startsWith('tidegate:reply'))).toHaveLength(40);
  await w.advance(4 * 3_600_000);
  expect((await w.ports.store.reports.backlog()).waiting).toBe(0);
  expect(densest(calls, 60_000)).toBeLessThanOrEqual(60);
  expect(densest(calls, 3_600_000)).toBeLessThanOrEqual(400);
  for (let number = 1; number <= 40; number += 1) expect(w.forge.comments(refOf(number))).toHaveLength(1);
  // Each once, whatever had to be tried again.
  expect(calls.slice(failed).length).toBe(1_000);
});

test('a restart brings no new hour: what the last server wrote counts', { tags: ['long'] }, async () => {
  for (let number = 1; number <= 100; number += 1) head(number);
  const wish = async (from: number) => {
    for (let index = 0; index < 500; index += 1) await help((index % 100) + 1, from + index);
  };
  await wish(1_000);
  const first = await start();
  await w.advance(20 * 60_000);
  expect(first.length).toBeGreaterThan(300);
  await outbox?.stop();
  await wish(2_000);
  const second = await start();
  await w.advance(20 * 60_000);
  expect(densest([...first, ...second], 3_600_000)).toBeLessThanOrEqual(400);
  await w.advance(3 * 3_600_000);
  expect((await w.ports.store.reports.backlog()).waiting).toBe(0);
  expect(densest([...first, ...second], 3_600_000)).toBeLessThanOrEqual(400);
});

test('one pull request gets a burst of five and then one a second', async () => {
  head(1);
  for (let index = 0; index < 20; index += 1) await help(1, 100 + index);
  const calls = await start();
  const begun = now();
  await idle();
  expect(calls).toHaveLength(20);
  expect(calls.filter(({ at }) => at < begun + 900)).toHaveLength(5);
  for (const seconds of [2, 5, 10]) expect(densest(calls, seconds * 1_000)).toBeLessThanOrEqual(5 + seconds);
});

test('with less than a fifth of the hour left progress is not sent, and results are', async () => {
  const asked = batch({ headSha: head(1), affected: [project('network')], pullNumber: 1, createdAt: now() });
  await w.ports.store.batches.add(asked);
  const queued = run({
    batchId: asked.id,
    pullNumber: 1,
    headSha: asked.headSha,
    project: project('network'),
  });
  await w.ports.store.runs.add(queued);
  const resetsAt = now() + 1_800_000;
  w.forge.setPrimaryLimit(repo.installationId, { limit: 5_000, remaining: 900, resetsAt });
  const calls = await start();
  await wantBoard(w.ports, refOf(1));
  outbox?.ring();
  await w.advance(600_000);
  expect(calls).toEqual([]);
  await w.ports.store.runs.move(queued.id, { kind: 'started' }, now());
  await w.ports.store.runs.move(queued.id, { kind: 'planned' }, now(), { plan: plan() });
  await wantBoard(w.ports, refOf(1));
  outbox?.ring();
  await w.advance(1_000);
  expect(calls[0]?.what).toContain('tidegate:board');
  await idle();
});

test('what an apply came to is told in its check, then in the comment, and first of all', async () => {
  const affected = [project('network')];
  const asked = batch({ headSha: head(1), affected, pullNumber: 1, createdAt: now() });
  await w.ports.store.batches.add(asked);
  const of = { batchId: asked.id, pullNumber: 1, headSha: asked.headSha, project: project('network') };
  const planned = run(of);
  await w.ports.store.runs.add(planned);
  await w.ports.store.runs.move(planned.id, { kind: 'started' }, now());
  await w.ports.store.runs.move(planned.id, { kind: 'planned' }, now(), { plan: plan() });
  await wantBoard(w.ports, refOf(1));
  const calls = await start();
  await idle();
  await w.advance(10_000);
  calls.length = 0;
  const applying = run({ ...of, verb: 'apply', planRunId: planned.id, createdAt: now() });
  await w.ports.store.runs.add(applying);
  await w.ports.store.runs.move(applying.id, { kind: 'started' }, now());
  for (let index = 0; index < 4; index += 1) await wantReaction(w.ports, refOf(1), 50 + index, 'eyes');
  await w.advance(10);
  await w.ports.store.runs.move(applying.id, { kind: 'failed' }, now());
  await wantBoard(w.ports, refOf(1));
  outbox?.ring();
  await idle();
  expect(calls.slice(0, 3).map(({ what }) => what.replace(/:\d.*/, ''))).toEqual([
    'check tidegate/apply',
    'check tidegate: network',
    'tidegate:board',
  ]);
});

test('at a stop only what applies came to is still begun, and a call that hangs holds nothing up for long', async () => {
  for (let number = 1; number <= 3; number += 1) head(number);
  const hanging = Promise.withResolvers<void>();
  const calls = await start(async ({ number }) => {
    if (number === 1) await hanging.promise;
  });
  await help(1, 100);
  outbox?.ring();
  await w.until(() => calls.length === 1);
  let isStopped = false;
  const content = { kind: 'help', login: 'ada' };
  await w.ports.store.reports.want(refOf(2), 'reply:5', now(), content, reportPriority.result);
  await help(3, 101);
  const stopped = outbox?.stop().then(() => {
    isStopped = true;
  });
  const begun = now();
  await w.until(() => isStopped);
  await stopped;
  expect(now() - begun).toBeLessThan(6_000);
  expect(calls.map(({ number }) => number)).toEqual([1, 2]);
  hanging.resolve();
  await w.advance(1_000);
  // Nobody was there to hear of it: the next server looks, and finds it.
  await start();
  await idle();
  for (let number = 1; number <= 3; number += 1) expect(w.forge.comments(refOf(number))).toHaveLength(1);
});

test('what is there to watch: the age of the oldest, what waits and was given up, and what is left', async () => {
  head(1);
  await start(async ({ what }) => {
    if (what.endsWith(':100')) throw new ForgeError('limited', 'slow down', 120_000);
  });
  await help(1, 100);
  outbox?.ring();
  await w.advance(5_000);
  const figures = await outbox?.figures();
  expect(figures).toMatchObject({
    waiting: 1,
    parked: 0,
    installations: [{ installationId: 7, lastHour: 1 }],
  });
  expect(figures?.oldestMs).toBeGreaterThanOrEqual(5_000);
  expect(figures?.installations[0]?.closedForMs).toBeGreaterThan(110_000);
});
