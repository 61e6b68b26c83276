import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../src/domain/run.ts';
import { createReporter, type Reporter } from '../../src/flow/outbox/outbox.ts';
import type { FlowPorts } from '../../src/flow/ports.ts';
import { wantBoard, wantReaction, wantReply } from '../../src/flow/report.ts';
import { type Forge, ForgeError } from '../../src/forge/port.ts';
import { batch, plan, project, run } from '../store/samples.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

/** The outbox alone: nobody plans here, and it sends when the test says so. */
let w: MemoryWorld;
let queued: Run;
let reporter: Reporter;
beforeEach(async () => {
  w = await createMemoryWorld({ main: { 'readme.md': 'one' } });
  await w.road.stop();
  const pull = w.open(12, { 'readme.md': 'two' });
  const affected = [project('network')];
  const asked = batch({ headSha: pull.head.sha, affected, createdAt: w.ports.clock.now() });
  await w.ports.store.batches.add(asked);
  queued = run({ batchId: asked.id, headSha: pull.head.sha, project: project('network') });
  await w.ports.store.runs.add(queued);
  reporter = createReporter(w.ports);
});
afterEach(() => w.close());

const ref = refOf(12);
const key = { repositoryId: repo.id, pullNumber: 12 };
const now = () => w.ports.clock.now();
const want = () => wantBoard(w.ports, ref);
const end = async () => {
  await w.ports.store.runs.move(queued.id, { kind: 'started' }, now());
  await w.ports.store.runs.move(queued.id, { kind: 'planned' }, now(), { plan: plan() });
};
/** Sends all that is due now. */
const send = async (by = reporter) => {
  while ((await by.send()) > 0);
};
const boards = () => w.forge.comments(ref).map(({ body }) => body);
const board = () => w.ports.store.reports.get(key, 'board');

/** The reporter on a forge one of whose methods is watched. */
const watching = (watched: Partial<Forge>): Reporter => {
  const ports: FlowPorts = { ...w.ports, forge: { ...w.forge.forge, ...watched } };
  return createReporter(ports);
};
const counting = () => {
  const sent: string[] = [];
  const by = watching({
    upsertComment: (pull, comment) => {
      sent.push(comment.body);
      return w.forge.forge.upsertComment(pull, comment);
    },
  });
  return { sent, by };
};

test('a result that comes while progress is being sent is sent as well', async () => {
  await want();
  await w.advance(2_000);
  let isFirst = true;
  const by = watching({
    upsertComment: async (pull, comment) => {
      if (isFirst) {
        isFirst = false;
        await end();
        await want();
      }
      return w.forge.forge.upsertComment(pull, comment);
    },
  });
  await by.send();
  expect(boards().join()).toContain('queued');
  await send(by);
  expect(boards()).toHaveLength(1);
  expect(boards().join()).toContain('planned');
  expect(await w.ports.store.reports.nextDue()).toBeNull();
});

test('progress is never sent when the result is there within two seconds', async () => {
  const { sent, by } = counting();
  await want();
  await w.advance(1_999);
  await send(by);
  expect(sent).toEqual([]);
  await end();
  await want();
  await send(by);
  await w.advance(10_000);
  await send(by);
  expect(sent).toHaveLength(1);
  expect(sent.join()).toContain('planned');
});

test('progress is sent when two seconds have passed', async () => {
  const { sent, by } = counting();
  await want();
  await w.advance(2_000);
  await send(by);
  expect(sent).toHaveLength(1);
});

test('a limit with its time is kept, by every other thing of the installation and by newer wishes', async () => {
  await end();
  await want();
  w.forge.failNext('upsertComment', new ForgeError('limited', '429', 30_000));
  await send();
  const before = w.forge.checks(repo).length;
  await want();
  await wantReply(w.ports, ref, 77, { kind: 'help', login: 'ada' });
  await w.advance(29_999);
  await send();
  expect([boards().length, w.forge.checks(repo).length - before]).toEqual([0, 0]);
  await w.advance(1);
  await send();
  expect(boards().filter((body) => body.includes('tidegate:board:'))).toHaveLength(1);
  expect(boards().filter((body) => body.includes('tidegate:reply:77'))).toHaveLength(1);
  expect(await w.ports.store.reports.nextDue()).toBeNull();
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
  await send();
  await w.advance(60_000);
  await send();
  expect(boards().filter((body) => body.includes('tidegate:board:'))).toHaveLength(1);
  expect(boards().filter((body) => body.includes('tidegate:reply:'))).toHaveLength(1);
  expect(w.forge.comments(ref).find(({ id }) => id === commentId)?.reactions).toEqual(['eyes']);
  const names = w.forge.checks(repo).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['tidegate/apply', 'tidegate/plan', 'tidegate: network']);
  expect(await w.ports.store.reports.nextDue()).toBeNull();
});

const fail = async (times: number, error: ForgeError) => {
  for (let time = 0; time < times; time += 1) {
    w.forge.failNext('upsertComment', error);
    await send();
    await w.advance(400_000);
  }
};

test.each(['gone', 'refused'] as const)(
  'what is %s again and again is parked, until it is wanted anew',
  async (failure) => {
    await end();
    await want();
    await fail(4, new ForgeError(failure, 'no'));
    expect((await board())?.parked).toContain('no');
    expect(await w.ports.store.reports.nextDue()).toBeNull();
    await want();
    await send();
    expect(boards()).toHaveLength(1);
  },
);

test('a wish that comes while the last try fails is not parked with it', async () => {
  await end();
  await want();
  let tries = 0;
  const by = watching({
    upsertComment: async (pull, comment) => {
      tries += 1;
      if (tries > 4) return w.forge.forge.upsertComment(pull, comment);
      if (tries === 4) await want();
      throw new ForgeError('refused', 'no');
    },
  });
  for (let turn = 0; turn < 6; turn += 1) {
    await send(by);
    await w.advance(400_000);
  }
  expect((await board())?.parked).toBeNull();
  expect(boards()).toHaveLength(1);
});

test('a result outlives a forge that is down for hours', async () => {
  await end();
  await want();
  for (let turn = 0; turn < 40; turn += 1) {
    w.forge.failNext('upsertComment', new ForgeError('unavailable', 'down'));
    await w.advance(300_000);
    await send();
    expect((await board())?.parked).toBeNull();
  }
  await w.advance(300_000);
  await send();
  expect(boards().join()).toContain('planned');
});

test('what we cannot make is given up, and everything else goes out', async () => {
  await w.ports.store.reports.want(ref, 'reply:5', now(), { kind: 'of a newer version' });
  await end();
  await want();
  for (let turn = 0; turn < 6; turn += 1) {
    await send();
    await w.advance(400_000);
  }
  expect((await w.ports.store.reports.get(key, 'reply:5'))?.parked).not.toBeNull();
  expect(boards()).toHaveLength(1);
});
