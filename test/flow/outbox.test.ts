import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { createOutbox, type Outbox } from '../../src/flow/outbox/outbox.ts';
import { wantBoard, wantReaction, wantReply } from '../../src/flow/report.ts';
import { type Forge, ForgeError } from '../../src/forge/port.ts';
import { batch, plan, project, run } from '../store/samples.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

/** The outbox alone: nobody plans here. */
let w: MemoryWorld;
let queued: Run;
let outbox: Outbox | null = null;
beforeEach(async () => {
  w = await createMemoryWorld({ main: { 'readme.md': 'one' } });
  await w.road.stop();
  const pull = w.open(12, { 'readme.md': 'two' });
  const affected = [project('network')];
  const asked = batch({ headSha: pull.head.sha, affected, createdAt: w.ports.clock.now() });
  await w.ports.store.batches.add(asked);
  queued = run({ batchId: asked.id, headSha: pull.head.sha, project: project('network') });
  await w.ports.store.runs.add(queued);
});
afterEach(async () => {
  await outbox?.stop();
  outbox = null;
  await w.close();
});

const ref = refOf(12);
const key = { repositoryId: repo.id, pullNumber: 12 };
const now = () => w.ports.clock.now();
const want = async () => {
  await wantBoard(w.ports, ref);
  outbox?.ring();
};
const end = async () => {
  await w.ports.store.runs.move(queued.id, { kind: 'started' }, now());
  await w.ports.store.runs.move(queued.id, { kind: 'planned' }, now(), { plan: plan() });
};
/** Starts the outbox, on a forge some of whose methods are watched. */
const start = async (watched: Partial<Forge> = {}): Promise<void> => {
  outbox = createOutbox({ ...w.ports, forge: { ...w.forge.forge, ...watched } });
  await outbox.start();
};
const boards = () => w.forge.comments(ref).map(({ body }) => body);
const board = () => w.ports.store.reports.get(key, 'board');
const isIdle = async () => (await w.ports.store.reports.nextDue()) === null;
const idle = () => w.until(isIdle);

/** Bodies of comments that were sent. */
const watchingComments = async (): Promise<string[]> => {
  const sent: string[] = [];
  await start({
    upsertComment: (pull, comment) => {
      sent.push(comment.body);
      return w.forge.forge.upsertComment(pull, comment);
    },
  });
  return sent;
};

test('a result that comes while progress is being sent is sent right after it, never beside it', async () => {
  const underWay: string[] = [];
  const sent: string[] = [];
  const slow = Promise.withResolvers<void>();
  await start({
    upsertComment: async (pull, comment) => {
      underWay.push(comment.body);
      expect(underWay).toHaveLength(1);
      sent.push(comment.body);
      // GitHub takes its time with the first.
      if (sent.length === 1) await slow.promise;
      underWay.pop();
      return w.forge.forge.upsertComment(pull, comment);
    },
  });
  await want();
  await w.advance(2_000);
  await w.until(() => sent.length === 1);
  await end();
  await want();
  await w.advance(15_000);
  expect(sent.map((body) => body.includes('| planned'))).toEqual([false]);
  slow.resolve();
  await idle();
  expect(sent.map((body) => body.includes('| planned'))).toEqual([false, true]);
  expect(boards()).toHaveLength(1);
  expect(boards().join()).toContain('planned');
});

test('a slow answer on one pull request holds up no other', async () => {
  const other = refOf(13);
  w.open(13, { 'readme.md': 'three' });
  const slow = Promise.withResolvers<void>();
  await start({
    upsertComment: async (pull, comment) => {
      if (pull.number === 12) await slow.promise;
      return w.forge.forge.upsertComment(pull, comment);
    },
  });
  await wantReply(w.ports, ref, 76, { kind: 'help', login: 'ada' });
  await wantReply(w.ports, other, 77, { kind: 'help', login: 'ada' });
  outbox?.ring();
  await w.until(() => w.forge.comments(other).length === 1);
  expect(boards()).toEqual([]);
  slow.resolve();
  await idle();
});

test('progress is never sent when the result is there within two seconds', async () => {
  const sent = await watchingComments();
  await want();
  await w.advance(1_999);
  expect(sent).toEqual([]);
  await end();
  await want();
  await idle();
  await w.advance(10_000);
  expect(sent).toHaveLength(1);
  expect(sent.join()).toContain('planned');
});

test('progress is sent when two seconds have passed, and at most every ten', async () => {
  const sent = await watchingComments();
  await want();
  await w.advance(2_000);
  await w.until(() => sent.length === 1);
  await w.ports.store.runs.move(queued.id, { kind: 'started' }, now());
  for (let second = 0; second < 9; second += 1) {
    await want();
    await w.advance(1_000);
  }
  expect(sent).toHaveLength(1);
  await w.advance(2_000);
  await idle();
  expect(sent).toHaveLength(2);
  // The result does not wait.
  await w.ports.store.runs.move(queued.id, { kind: 'planned' }, now(), { plan: plan() });
  const before = now();
  await want();
  await w.until(() => sent.length === 3);
  expect(now() - before).toBeLessThan(1_000);
});

test('what GitHub has already is not sent again, and is when it has changed', async () => {
  const sent = await watchingComments();
  await end();
  await want();
  await idle();
  const checks = JSON.stringify(w.forge.checks(repo));
  await want();
  await idle();
  expect(sent).toHaveLength(1);
  expect(JSON.stringify(w.forge.checks(repo))).toBe(checks);
  await w.ports.store.runs.move(queued.id, { kind: 'superseded' }, now());
  await want();
  await idle();
  expect(sent).toHaveLength(2);
});

test('an older text is sent again when the answer to a newer one was lost: nobody knows what is there', async () => {
  await start();
  await end();
  await want();
  await idle();
  const [planned] = boards();
  w.forge.failNext('upsertComment', new ForgeError('unavailable', '502'), 'after');
  w.edit(12, { state: 'closed' });
  await want();
  await w.until(() => boards()[0] !== planned);
  w.edit(12, { state: 'open' });
  await want();
  await idle();
  expect(boards()).toEqual([planned]);
});

test('a limit with its time is kept, by every other thing of the installation and by newer wishes', async () => {
  await end();
  await want();
  w.forge.failNext('upsertComment', new ForgeError('limited', '429', 30_000));
  await start();
  await w.advance(500);
  const before = w.forge.checks(repo).length;
  await want();
  await wantReply(w.ports, ref, 77, { kind: 'help', login: 'ada' });
  await w.advance(29_000);
  expect([boards().length, w.forge.checks(repo).length - before]).toEqual([0, 0]);
  await idle();
  expect(boards().filter((body) => body.includes('tidegate:board:'))).toHaveLength(1);
  expect(boards().filter((body) => body.includes('tidegate:reply:77'))).toHaveLength(1);
});

test('what had its effect although the answer was lost is not there twice', async () => {
  const commentId = w.forge.addComment(ref, '/plan', people.ada);
  await end();
  await want();
  await wantReply(w.ports, ref, commentId, { kind: 'help', login: 'ada' });
  await wantReaction(w.ports, ref, commentId, 'eyes');
  const lost = new ForgeError('unavailable', '502');
  for (const method of ['upsertComment', 'upsertComment', 'upsertCheck', 'react'] as const)
    w.forge.failNext(method, lost, 'after');
  await start();
  await idle();
  expect(boards().filter((body) => body.includes('tidegate:board:'))).toHaveLength(1);
  expect(boards().filter((body) => body.includes('tidegate:reply:'))).toHaveLength(1);
  expect(w.forge.comments(ref).find(({ id }) => id === commentId)?.reactions).toEqual(['eyes']);
  const names = w.forge.checks(repo).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['tidegate/apply', 'tidegate/plan', 'tidegate: network']);
});

test.each(['gone', 'refused'] as const)(
  'what is %s again and again is parked, beside it stands that it is missing, and a new wish brings it back',
  async (failure) => {
    await end();
    await want();
    for (let time = 0; time < 4; time += 1) w.forge.failNext('upsertComment', new ForgeError(failure, 'no'));
    await start();
    await idle();
    expect((await board())?.parked).toContain('no');
    const summaries = () =>
      w.forge.checks(repo).map(({ name, summary }) => [name, summary.includes('does not take')]);
    expect(summaries()).toEqual(
      expect.arrayContaining([
        ['tidegate/plan', true],
        ['tidegate/apply', true],
      ]),
    );
    await want();
    await idle();
    expect(boards()).toHaveLength(1);
    expect(summaries().map(([, missing]) => missing)).toEqual([false, false, false]);
  },
);

test('a parked check is named in the comment; when both are refused nothing goes round for ever', async () => {
  await end();
  await want();
  const refused = new ForgeError('refused', 'no');
  let calls = 0;
  await start({
    upsertCheck: async () => {
      calls += 1;
      throw refused;
    },
  });
  await idle();
  expect(boards().join()).toContain('does not take the check');
  expect(boards().join()).toContain('`tidegate/apply`');
  await outbox?.stop();
  await start({
    upsertCheck: async () => {
      calls += 1;
      throw refused;
    },
    upsertComment: async () => {
      calls += 1;
      throw refused;
    },
  });
  calls = 0;
  await w.ports.store.runs.move(queued.id, { kind: 'superseded' }, now());
  await want();
  await idle();
  await w.advance(600_000);
  // Four tries each, the comment's first two with and without its length, and no more.
  expect(calls).toBe(16);
});

test('a text that is refused for its length is sent shorter, at once', async () => {
  const lengths: number[] = [];
  await w.ports.store.runs.move(queued.id, { kind: 'started' }, now());
  await w.ports.store.runs.move(queued.id, { kind: 'failed' }, now(), { output: 'word '.repeat(30_000) });
  const renderer = {
    ...w.ports.renderer,
    // More than GitHub takes, however it counts: what the real one never is.
    board: (view: Parameters<typeof w.ports.renderer.board>[0], limit?: number) =>
      w.ports.renderer.board(view, limit) + (limit === undefined ? 'x'.repeat(70_000) : ''),
  };
  outbox = createOutbox({
    ...w.ports,
    renderer,
    forge: {
      ...w.forge.forge,
      upsertComment: async (pull, comment) => {
        lengths.push(comment.body.length);
        if (comment.body.length > 65_536) throw new ForgeError('refused', '422: body is too long');
        return w.forge.forge.upsertComment(pull, comment);
      },
    },
  });
  await want();
  const before = now();
  await outbox.start();
  await w.until(() => boards().length === 1);
  expect(now() - before).toBeLessThan(1_000);
  expect(lengths).toHaveLength(2);
  expect((await board())?.parked).toBeNull();
  // What was learned is kept: the next one does not try again what was refused.
  await w.ports.store.runs.move(queued.id, { kind: 'superseded' }, now());
  w.edit(12, { state: 'closed' });
  await want();
  await idle();
  expect(lengths.filter((length) => length > 65_536)).toHaveLength(1);
});

test('a wish that comes while the last try fails is not parked with it', async () => {
  await end();
  await want();
  let tries = 0;
  await start({
    upsertComment: async (pull, comment) => {
      tries += 1;
      if (tries > 4) return w.forge.forge.upsertComment(pull, comment);
      if (tries === 4) await want();
      throw new ForgeError('refused', 'no');
    },
  });
  await idle();
  expect((await board())?.parked).toBeNull();
  expect(boards()).toHaveLength(1);
});

test('a result outlives a forge that is down for hours, and is there within a minute of its return', async () => {
  await end();
  await want();
  let isDown = true;
  const down = new ForgeError('unavailable', 'down');
  let calls = 0;
  await start({
    pull: async (pull) => {
      calls += 1;
      if (isDown) throw down;
      return w.forge.forge.pull(pull);
    },
  });
  await w.advance(3 * 3_600_000);
  expect((await board())?.parked).toBeNull();
  // GitHub is not hammered meanwhile.
  expect(calls).toBeLessThan(250);
  isDown = false;
  await w.advance(60_000);
  expect(boards().join()).toContain('planned');
});

test('what we cannot make is given up, and everything else goes out', async () => {
  await w.ports.store.reports.want(ref, 'reply:5', now(), { kind: 'of a newer version' });
  await end();
  await want();
  await start();
  await idle();
  expect((await w.ports.store.reports.get(key, 'reply:5'))?.parked).not.toBeNull();
  expect(boards()).toHaveLength(1);
});
