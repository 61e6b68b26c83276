import { afterEach, expect, test } from 'vitest';
import type { Trigger } from '../../src/domain/trigger.ts';
import {
  createMemoryWorld,
  type MemoryWorld,
  type MemoryWorldOptions,
  people,
  refOf,
  repo,
} from '../support/memory-world.ts';
import { merged } from '../support/samples.ts';

const open: MemoryWorld[] = [];
const world = async (options: MemoryWorldOptions): Promise<MemoryWorld> => {
  const made = await createMemoryWorld(options);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;
const keyOf = (number: number) => ({ repositoryId: repo.id, pullNumber: number });

/** A key begins with repository and dir. */
const dirOf = (key: string): string => key.split(':')[1] ?? key;

/** Who holds which lock, and who waits, by the project's dir. */
const locksOf = async ({ ports }: MemoryWorld): Promise<readonly string[]> => {
  const { locks } = ports.store;
  const held = (await locks.all()).map((lock) => `${dirOf(lock.project)} #${lock.pullNumber}`);
  const waits = (await Promise.all([1, 2, 3].map((number) => locks.waitsOf(keyOf(number))))).flat();
  return [...held, ...waits.map((wait) => `${dirOf(wait.project)} waits #${wait.pullNumber}`)];
};

const boardOf = (w: MemoryWorld, number: number): string => {
  const boards = w.forge.comments(refOf(number)).filter(({ body }) => body.includes('tidegate:board:'));
  expect(boards.length).toBe(1);
  return boards[0]?.body ?? '';
};
const rowOf = (w: MemoryWorld, number: number, name: string): string =>
  boardOf(w, number)
    .split('\n')
    .find((line) => line.startsWith(`| \`${name}\``)) ?? 'no row';
const repliesOf = (w: MemoryWorld, number: number): readonly string[] =>
  w.forge.comments(refOf(number)).flatMap(({ body }) => (body.includes('tidegate:reply:') ? [body] : []));
const checkOf = (w: MemoryWorld, sha: string, name: string): string => {
  const check = w.forge.checks(repo).findLast((one) => one.headSha === sha && one.name === name);
  return check?.conclusion ?? check?.status ?? 'none';
};

/** One step of a tool that ends when told, and only then. */
const holdStep = (w: MemoryWorld, step: string) => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let has = false;
  void begun.promise.then(() => {
    has = true;
  });
  w.tool.hooks.set(step, async () => {
    begun.resolve();
    await go.promise;
    return undefined;
  });
  return {
    begun: () => w.until(() => has),
    release: () => {
      w.tool.hooks.delete(step);
      go.resolve();
    },
  };
};

test('a plan that was cut off by a crash is planned again by itself', async () => {
  const w = await world({ main: { 'network/main.tf': tf('one') } });
  const pull = w.open(1, { 'network/main.tf': tf('two') });
  holdStep(w, 'plan');
  await w.event(1, 'opened');
  await w.until(() => w.tool.journal.includes('plan network'));
  w.tool.hooks.clear();
  await w.crash();
  await w.settled();
  expect(w.tool.journal).toEqual(['plan network', 'plan network']);
  expect(rowOf(w, 1, 'network')).toContain('/apply');
  expect(checkOf(w, pull.head.sha, 'tidegate/plan')).toBe('success');
});

test('a plan that was cut off by an orderly stop is planned again by the next server', async () => {
  const w = await world({ main: { 'network/main.tf': tf('one') } });
  w.open(1, { 'network/main.tf': tf('two') });
  const plan = holdStep(w, 'plan');
  await w.event(1, 'opened');
  await plan.begun();
  const stopped = w.road.stop();
  plan.release();
  await stopped;
  await w.crash();
  await w.settled();
  expect(w.tool.journal).toEqual(['plan network', 'plan network']);
  expect(rowOf(w, 1, 'network')).toContain('/apply');
});

test('an apply that was cut off is unresolved, keeps its lock and is not run again', async () => {
  const w = await world({ main: { 'network/main.tf': tf('one') } });
  w.open(1, { 'network/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  holdStep(w, 'apply');
  await w.comment(1, '/apply');
  await w.until(() => w.tool.journal.includes('apply network'));
  w.tool.hooks.clear();
  await w.crash();
  await w.settled();
  expect(rowOf(w, 1, 'network')).toContain('not known');
  await w.comment(1, '/unlock', people.margaret);
  w.edit(1, { state: 'closed' });
  await w.event(1, 'closed');
  await w.settled();
  expect(w.tool.journal).toEqual(['plan network', 'apply network']);
  expect(await locksOf(w)).toEqual(['network #1']);
});

test('an apply that had not started is dropped, and who asked is told', async () => {
  const w = await world({ main: { 'a/main.tf': tf('one'), 'b/main.tf': tf('one') } });
  w.open(1, { 'a/main.tf': tf('two'), 'b/main.tf': tf('two') });
  await w.event(1, 'opened');
  await w.settled();
  holdStep(w, 'apply');
  const commentId = await w.comment(1, '/apply');
  await w.until(() => w.tool.journal.includes('apply a'));
  w.tool.hooks.clear();
  await w.crash();
  await w.settled();
  expect(w.tool.journal).not.toContain('apply b');
  expect(rowOf(w, 1, 'b')).toContain('/apply -p b');
  expect(repliesOf(w, 1).join()).toContain('before this apply had started');
  const reactions = w.forge.comments(refOf(1)).find(({ id }) => id === commentId)?.reactions;
  expect(reactions).toContain('confused');
});

test('plans in the queue and deliveries not yet worked on go on after a crash', async () => {
  const w = await world({
    main: { 'a/main.tf': tf('one'), 'b/main.tf': tf('one') },
    operator: 'parallel_runs: 1',
  });
  w.open(1, { 'a/main.tf': tf('two') });
  w.open(2, { 'b/main.tf': tf('two') });
  holdStep(w, 'plan');
  await w.event(1, 'opened');
  await w.until(() => w.tool.journal.includes('plan a'));
  await w.event(2, 'opened');
  await w.until(async () => (await w.ports.store.runs.inState(['queued'])).length === 1);
  w.open(3, { 'b/main.tf': tf('three') });
  await w.ports.store.deliveries.record({
    id: 'the-last-thing-it-heard',
    event: 'pull_request',
    action: 'opened',
    repository: 'acme/infrastructure',
    trigger: { kind: 'pull', reason: 'opened', pull: refOf(3), sender: people.ada },
    receivedAt: w.ports.clock.now(),
  });
  w.tool.hooks.clear();
  await w.crash();
  await w.settled();
  expect(w.tool.journal.toSorted()).toEqual(['plan a', 'plan a', 'plan b']);
  expect(rowOf(w, 2, 'b')).toContain('/apply');
  expect(rowOf(w, 3, 'b')).toContain('#2');
});

test('deliveries that were stored and not yet found to be nobody’s are nobody’s after a crash', async () => {
  const w = await world({ main: { 'network/main.tf': tf('one') } });
  w.open(1, { 'network/main.tf': tf('two') });
  const stored = { event: 'pull_request', action: 'opened', receivedAt: w.ports.clock.now() };
  const trigger = opened(1);
  await w.ports.store.deliveries.record({ ...stored, id: 'foreign', repository: 'evil/repository', trigger });
  await w.ports.store.deliveries.record({ ...stored, id: 'nothing', repository: null, trigger: null });
  await w.crash();
  await w.settled();
  expect(w.tool.journal).toEqual([]);
  expect(w.forge.comments(refOf(1))).toEqual([]);
});

/** A delivery that was acknowledged, whatever becomes of the server that took it. */
const acknowledge = (w: MemoryWorld, id: string, trigger: Trigger): Promise<unknown> =>
  w.ports.store.deliveries.record({
    id,
    event: trigger.kind,
    action: null,
    repository: 'acme/infrastructure',
    trigger,
    receivedAt: w.ports.clock.now(),
  });
const opened = (number: number): Trigger => ({
  kind: 'pull',
  reason: 'opened',
  pull: refOf(number),
  sender: people.ada,
});

/**
 * Prepares a world whose server has work to do, lets the server die right after its n-th write, for
 * every n until it lives to the end, and another one go on each time. Returns how many died.
 */
const dieEverywhere = async (story: {
  readonly main: Readonly<Record<string, string>>;
  prepare(w: MemoryWorld): Promise<unknown>;
  /** What happens while no server is up. */
  meanwhile?(w: MemoryWorld): Promise<unknown>;
  expected(w: MemoryWorld, place: string): Promise<void>;
}): Promise<number> => {
  for (let n = 1; ; n += 1) {
    const w = await createMemoryWorld({ main: story.main });
    try {
      await story.prepare(w);
      await w.crash(n);
      let isIdle = false;
      void w.road.idle().then(() => {
        isIdle = true;
      });
      await w.until(() => isIdle || w.isDead());
      const hasDied = w.isDead();
      await story.meanwhile?.(w);
      await w.crash();
      await w.settled();
      await story.expected(w, `after write ${n}`);
      if (!hasDied) return n - 1;
    } finally {
      await w.close();
    }
  }
};

test('wherever the server dies over a `/plan`, what is pushed meanwhile is planned: its webhook is no old news', {
  tags: ['long'],
}, async () => {
  const deaths = await dieEverywhere({
    main: { 'network/main.tf': tf('one') },
    prepare: async (w) => {
      w.open(1, { 'network/main.tf': tf('two') });
      await w.event(1, 'opened');
      await w.settled();
      const commentId = w.forge.addComment(refOf(1), '/plan', people.ada);
      await acknowledge(w, 'asked', {
        kind: 'comment',
        pull: refOf(1),
        sender: people.ada,
        commentId,
        body: '/plan',
        viaAppId: null,
      });
    },
    meanwhile: async (w) => {
      w.push(1, { 'network/main.tf': tf('three') });
      await acknowledge(w, 'pushed', {
        kind: 'pull',
        reason: 'synchronize',
        pull: refOf(1),
        sender: people.ada,
      });
    },
    expected: async (w, place) => {
      const batch = await w.ports.store.batches.latest({ repositoryId: repo.id, pullNumber: 1 }, 'plan');
      expect(batch?.headSha, place).toBe(w.ask(1).head.sha);
    },
  });
  expect(deaths).toBeGreaterThan(3);
});

test('wherever the server dies, a plan without changes lets the next one have the lock', {
  tags: ['long'],
}, async () => {
  const deaths = await dieEverywhere({
    main: { 'network/main.tf': tf('one') },
    prepare: async (w) => {
      w.tool.state.set('network', tf('two'));
      w.open(1, { 'network/main.tf': tf('two') });
      w.open(2, { 'network/main.tf': tf('three') });
      await acknowledge(w, 'first', opened(1));
      await acknowledge(w, 'second', opened(2));
    },
    expected: async (w, place) => {
      expect(rowOf(w, 2, 'network'), place).toContain('/apply');
      // Pull requests are worked on side by side: a delivery that is done again may come behind the other's.
      const [holder, ...line] = await locksOf(w);
      expect(holder, place).toBe('network #2');
      expect(line, place).toEqual(rowOf(w, 1, 'network').includes('no changes') ? [] : ['network waits #1']);
    },
  });
  expect(deaths).toBeGreaterThan(4);
});

test('wherever the server dies, an apply starts at most once and the merge lets the next one in', {
  tags: ['long'],
}, async () => {
  const deaths = await dieEverywhere({
    main: { 'network/main.tf': tf('one') },
    prepare: async (w) => {
      w.open(1, { 'network/main.tf': tf('two') });
      w.open(2, { 'network/main.tf': tf('three') });
      await w.event(1, 'opened');
      await w.settled();
      await w.event(2, 'opened');
      await w.settled();
      const body = '/apply';
      const commentId = w.forge.addComment(refOf(1), body, people.ada);
      const from = { pull: refOf(1), sender: people.ada, viaAppId: null };
      await acknowledge(w, 'apply', { kind: 'comment', commentId, body, ...from });
    },
    expected: async (w, place) => {
      const applies = w.tool.journal.filter((line) => line === 'apply network').length;
      const runs = await w.ports.store.runs.latest(keyOf(1));
      const state = runs.find((run) => run.verb === 'apply')?.state;
      expect([state, applies], place).toBeOneOf([
        ['applied', 1],
        ['cancelled', 0],
        ['unresolved', 0],
        ['unresolved', 1],
      ]);
      w.edit(1, { state: 'closed', merged: merged() });
      await w.event(1, 'closed');
      await w.settled();
      const locks = await locksOf(w);
      if (state === 'unresolved') expect(locks, place).toEqual(['network #1', 'network waits #2']);
      else {
        expect(locks, place).toEqual(['network #2']);
        expect(rowOf(w, 2, 'network'), place).toContain('/apply');
      }
    },
  });
  expect(deaths).toBeGreaterThan(4);
});
