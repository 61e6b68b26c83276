import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import { next, type RunEvent, runStates } from '../../src/domain/run.ts';
import type { Trigger } from '../../src/domain/trigger.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import {
  ada,
  batch,
  delivery,
  keyOf,
  newRunId,
  plan,
  planned,
  project,
  pullKey,
  pullRef,
  repo,
  run,
} from '../store/samples.ts';

const closing = closingAfterEach();
const problem = { code: 'tool-failed', sentence: 'It `broke`.', advice: 'Mend it.' } as const;

describe.each(storeAdapters)('%s', (_name, make) => {
  const fresh = () => closing(make());

  describe('deliveries', () => {
    test('one id is one delivery; the first stays', async () => {
      const { deliveries } = await fresh();
      expect(await deliveries.record(delivery('one'))).toBe('new');
      expect(await deliveries.record(delivery('one', { event: 'other' }))).toBe('known');
      expect(await deliveries.pending(10)).toEqual([delivery('one')]);
    });

    test('the same id many times at once is new once', async () => {
      const { deliveries } = await fresh();
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, () => deliveries.record(delivery('one'))),
      );
      expect(outcomes.filter((outcome) => outcome === 'new')).toHaveLength(1);
    });

    test('every kind of trigger comes back as it was, and none at all too', async () => {
      const { deliveries } = await fresh();
      const triggers: (Trigger | null)[] = [
        { kind: 'pull', reason: 'base_edited', pull: pullRef(), sender: ada },
        { kind: 'comment', pull: pullRef(), sender: ada, commentId: 5, body: '/apply \u202e\n', viaAppId: 3 },
        { kind: 'lock_freed', pull: pullRef(), project: keyOf('network') },
        {
          kind: 'rules',
          reason: 'comment_edited',
          pull: pullRef(),
          sender: ada,
          commentId: 5,
          viaAppId: 3,
        },
        { kind: 'rules', reason: 'review', pull: pullRef(), sender: ada, commentId: null, viaAppId: null },
        { kind: 'stale', pull: pullRef(), project: keyOf('a:b') },
        null,
      ];
      const all = triggers.map((trigger, index) => delivery(`id ${index}`, { trigger, action: null }));
      for (const each of all) await deliveries.record(each);
      expect(await deliveries.pending(10)).toEqual(all);
    });

    test('pending ones come as they were recorded, whatever the clock said; at most as many as asked, without the finished', async () => {
      const { deliveries } = await fresh();
      await deliveries.record(delivery('late', { receivedAt: 30 }));
      await deliveries.record(delivery('early', { receivedAt: 10 }));
      await deliveries.record(delivery('middle', { receivedAt: 20 }));
      await deliveries.record(delivery('middle too', { receivedAt: 20 }));
      await deliveries.finish('early', 'ignored', 'not allowed');
      const ids = (await deliveries.pending(2)).map((each) => each.id);
      expect(ids).toEqual(['late', 'middle']);
      expect(await deliveries.record(delivery('early'))).toBe('known');
    });

    test('a comment is kept as it was written, under its repository', async () => {
      const { deliveries } = await fresh();
      const trigger = {
        kind: 'comment',
        pull: pullRef(),
        sender: ada,
        commentId: 5,
        viaAppId: null,
      } as const;
      await deliveries.record(delivery('one', { trigger: { ...trigger, body: '/apply' } }));
      await deliveries.record(delivery('two', { trigger: { ...trigger, body: '/apply -p other' } }));
      await deliveries.finish('one', 'done', null);
      const { id } = pullRef().repo;
      expect(await deliveries.commentOf(id, 5)).toBe('/apply');
      expect(await deliveries.commentOf(id, 6)).toBe(null);
      expect(await deliveries.commentOf(id + 1, 5)).toBe(null);
    });

    test('pending ones that somebody has are left out', async () => {
      const { deliveries } = await fresh();
      for (const id of ['a', 'b', 'c', 'd']) await deliveries.record(delivery(id));
      const has = new Set(['a', 'c', 'never heard of']);
      expect((await deliveries.pending(2, has)).map((each) => each.id)).toEqual(['b', 'd']);
      expect((await deliveries.pending(1, has)).map((each) => each.id)).toEqual(['b']);
    });

    test('one that is ignored from the start is known and never pending', async () => {
      const { deliveries } = await fresh();
      expect(await deliveries.record(delivery('one'), 'not allowed')).toBe('new');
      expect(await deliveries.pending(10)).toEqual([]);
      expect(await deliveries.record(delivery('one'))).toBe('known');
    });

    test('one that can not be written fails alone', async () => {
      const { deliveries } = await fresh();
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      const bad = delivery('bad', { trigger: circular as unknown as Trigger });
      const results = await Promise.allSettled([
        deliveries.record(delivery('a')),
        deliveries.record(bad),
        deliveries.record(delivery('b')),
      ]);
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });
  });

  describe('trusts', () => {
    test('one word for a pull request: the last, until it ends', async () => {
      const { trusts } = await fresh();
      const given = (headSha: string, pullNumber = 12) =>
        ({
          repositoryId: repo.id,
          pullNumber,
          headSha: sha(headSha),
          actor: ada,
          commentId: 5,
          at: 7,
        }) as const;
      const [one, other] = ['a'.repeat(40), 'b'.repeat(40)] as const;
      expect(await trusts.get(pullKey())).toBeNull();
      await trusts.give(given(one));
      await trusts.give(given(one));
      await trusts.give(given(one, 13));
      expect(await trusts.get(pullKey())).toEqual(given(one));
      await trusts.give(given(other));
      expect(await trusts.get(pullKey())).toEqual(given(other));
      await trusts.end(pullKey());
      await trusts.end(pullKey());
      expect(await trusts.get(pullKey())).toBeNull();
      expect(await trusts.get({ ...pullKey(), pullNumber: 13 })).toEqual(given(one, 13));
    });
  });

  describe('batches', () => {
    test('comes back as it was', async () => {
      const { batches } = await fresh();
      const full = batch({ commentId: 5, problem: { ...problem, details: 'its words' } });
      const bare = batch({ tree: null, actor: null, affected: [], selected: [], skipped: [] });
      expect(await batches.add(full)).toBe('new');
      expect(await batches.add(bare)).toBe('new');
      expect(await batches.get(full.id)).toEqual(full);
      expect(await batches.get(bare.id)).toEqual(bare);
      expect(await batches.get(batch().id)).toBeNull();
    });

    test('one comment is one batch; no comment is no bar', async () => {
      const { batches } = await fresh();
      const first = batch({ commentId: 5 });
      const second = batch({ commentId: 5 });
      expect(await batches.add(first)).toBe('new');
      expect(await batches.add(second)).toBe('known');
      expect(await batches.get(second.id)).toBeNull();
      expect(await batches.add(batch())).toBe('new');
      expect(await batches.add(batch())).toBe('new');
    });

    test('the latest is the last of that verb and pull request, though the clock was set back', async () => {
      const { batches } = await fresh();
      const old = batch({ createdAt: 10 });
      const newer = batch({ createdAt: 20 });
      const setBack = batch({ createdAt: 15 });
      const apply = batch({ createdAt: 30, verb: 'apply' });
      const elsewhere = batch({ createdAt: 40, pullNumber: 13 });
      for (const each of [old, newer, setBack, apply, elsewhere]) await batches.add(each);
      expect((await batches.latest(pullKey(), 'plan'))?.id).toBe(setBack.id);
      expect((await batches.latest(pullKey(), 'apply'))?.id).toBe(apply.id);
      expect(await batches.latest(pullKey(99), 'plan')).toBeNull();
    });
  });

  describe('runs', () => {
    test('comes back as it was', async () => {
      const { runs } = await fresh();
      const full = planned({
        problem: { ...problem, details: 'words' },
        output: 'line\n\u001b[31m',
        startedAt: 5,
      });
      const bare = run({ actor: null, extra: [], verb: 'apply', planRunId: full.id });
      await runs.add(full);
      await runs.add(bare);
      expect(await runs.get(full.id)).toEqual(full);
      expect(await runs.get(bare.id)).toEqual(bare);
      expect(await runs.get(newRunId())).toBeNull();
    });

    test('the same id twice is refused', async () => {
      const { runs } = await fresh();
      const one = run();
      await runs.add(one);
      await expect(runs.add(one)).rejects.toThrow();
      await expect(runs.add(run({ spent: true }))).rejects.toThrow('spent');
    });

    test('latest is the last per project and verb, whatever became of it and though the clock was set back', async () => {
      const { runs } = await fresh();
      const old = planned({ createdAt: 10 });
      const newer = run({ createdAt: 20 });
      const setBack = run({ createdAt: 5 });
      const apply = run({ createdAt: 11, verb: 'apply' });
      const other = run({ createdAt: 1, project: project('cluster') });
      const elsewhere = run({ createdAt: 99, pullNumber: 13 });
      for (const each of [old, newer, setBack, apply, other, elsewhere]) await runs.add(each);
      await runs.move(setBack.id, { kind: 'superseded' }, 30);
      const ids = (await runs.latest(pullKey())).map((each) => each.id);
      expect(new Set(ids)).toEqual(new Set([setBack.id, apply.id, other.id]));
    });

    test('are found by state, everywhere and in a pull request', async () => {
      const { runs } = await fresh();
      const second = run({ createdAt: 20 });
      const first = run({ createdAt: 10 });
      const over = planned();
      const elsewhere = run({ createdAt: 5, pullNumber: 13 });
      for (const each of [second, first, over, elsewhere]) await runs.add(each);
      const found = await runs.inState(['queued', 'running']);
      expect(found.map((each) => each.id)).toEqual([elsewhere.id, first.id, second.id]);
      expect((await runs.ofPull(pullKey(), ['queued'])).map((each) => each.id)).toEqual([
        first.id,
        second.id,
      ]);
      expect(await runs.inState([])).toEqual([]);
      expect(await runs.ofPull(pullKey(), [])).toEqual([]);
    });

    test('move brings along what it is given and leaves the rest', async () => {
      const { runs } = await fresh();
      const one = run();
      await runs.add(one);
      const started = await runs.move(one.id, { kind: 'started' }, 50, { output: 'so far' });
      expect(started).toEqual({ ...one, state: 'running', startedAt: 50, output: 'so far' });
      const result = plan();
      const done = await runs.move(one.id, { kind: 'planned' }, 60, { plan: result, problem });
      const expected = {
        ...one,
        state: 'planned',
        startedAt: 50,
        endedAt: 60,
        output: 'so far',
        plan: result,
        problem,
      };
      expect(done).toEqual(expected);
      expect(await runs.get(one.id)).toEqual(expected);
      const after = await runs.move(one.id, { kind: 'superseded' }, 70, { problem: null, output: null });
      expect(after).toEqual({ ...expected, state: 'superseded', problem: null, output: null });
      expect(await runs.move(newRunId(), { kind: 'started' }, 1)).toBeNull();
    });

    test('property: any events at all lead where the pure machine leads', async () => {
      const { runs } = await fresh();
      const kinds: readonly RunEvent['kind'][] = [
        'started',
        'planned',
        'applied',
        'failed',
        'cancelled',
        'superseded',
        'lost',
      ];
      const story = fc.record({
        verb: fc.constantFrom('plan' as const, 'apply' as const),
        state: fc.constantFrom(...runStates),
        events: fc.array(fc.constantFrom(...kinds), { maxLength: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(story, async ({ verb, state, events }) => {
          const one = run({ verb, state });
          await runs.add(one);
          let expected = state;
          for (const kind of events) {
            const to = next({ state: expected, verb }, { kind });
            const moved = await runs.move(one.id, { kind }, 5);
            expect(moved?.state ?? null).toBe(to);
            expected = to ?? expected;
          }
          expect((await runs.get(one.id))?.state).toBe(expected);
        }),
        { numRuns: 100 },
      );
    });

    test('of many who move at once one is first', async () => {
      const { runs } = await fresh();
      const one = run();
      await runs.add(one);
      const moves = await Promise.all(
        Array.from({ length: 20 }, (_, index) => runs.move(one.id, { kind: 'started' }, index)),
      );
      expect(moves.filter((moved) => moved !== null)).toHaveLength(1);
    });

    test('a plan is spent once, for ever', async () => {
      const { runs } = await fresh();
      const one = planned();
      await runs.add(one);
      const applies = Array.from({ length: 20 }, () => newRunId());
      const got = await Promise.all(applies.map((apply) => runs.spend(one.id, apply, 5)));
      expect(got.filter(Boolean)).toHaveLength(1);
      expect(await runs.get(one.id)).toEqual({ ...one, spent: true });
      expect((await runs.move(one.id, { kind: 'superseded' }, 9))?.spent).toBe(true);
      expect((await runs.latest(pullKey()))[0]?.spent).toBe(true);
      expect(await runs.spend(one.id, newRunId(), 6)).toBe(false);
    });

    test('a void plan can not be spent, nor one that no longer stands, nor what is no plan', async () => {
      const { runs } = await fresh();
      const voided = planned();
      const superseded = planned();
      const early = run({ state: 'running' });
      const apply = run({ verb: 'apply', state: 'applied' });
      for (const each of [voided, superseded, early, apply]) await runs.add(each);
      await runs.void(voided.id, 5);
      await runs.void(voided.id, 6);
      await runs.void(early.id, 5);
      await runs.move(superseded.id, { kind: 'superseded' }, 5);
      await runs.move(early.id, { kind: 'planned' }, 6, { plan: plan() });
      for (const id of [voided.id, superseded.id, early.id, apply.id, newRunId()]) {
        expect(await runs.spend(id, newRunId(), 7)).toBe(false);
      }
      expect((await runs.get(voided.id))?.spent).toBe(true);
      expect((await runs.get(early.id))?.spent).toBe(true);
    });

    test('adding an apply spends nothing; voiding a spent plan keeps who took it', async () => {
      const { runs } = await fresh();
      const one = planned();
      const apply = run({ verb: 'apply', planRunId: one.id });
      await runs.add(one);
      await runs.add(apply);
      expect((await runs.get(one.id))?.spent).toBe(false);
      expect(await runs.spend(one.id, apply.id, 5)).toBe(true);
      await runs.void(one.id, 6);
      expect((await runs.get(one.id))?.spent).toBe(true);
    });
  });

  describe('audit', () => {
    test('keeps events in the order in which they were added', async () => {
      const { audit } = await fresh();
      const event = (kind: string, pullNumber: number | null) => ({
        at: 5,
        kind,
        actor: kind === 'second' ? null : 'ada',
        repositoryId: repo.id,
        pullNumber,
        runId: null,
        facts: { nested: { list: [1, null, 'x'] } },
      });
      for (const [kind, pullNumber] of [
        ['first', 12],
        ['elsewhere', 13],
        ['second', 12],
        ['none', null],
      ] as const) {
        await audit.append(event(kind, pullNumber));
      }
      expect(await audit.ofPull(pullKey())).toEqual([event('first', 12), event('second', 12)]);
      const [one, other] = [run(), run()];
      await audit.append({ ...event('of a run', 12), runId: one.id });
      await audit.append({ ...event('of another', 12), runId: other.id });
      expect(await audit.ofRun(one.id)).toEqual([{ ...event('of a run', 12), runId: one.id }]);
    });
  });
});
