import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportPriority } from '../../src/domain/report-priority.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { pullKey, pullRef, repo } from '../store/samples.ts';
import { inCases } from '../support/in-cases.ts';

interface Model {
  readonly wanted: number;
  readonly sent: number;
  readonly dueAt: number;
  readonly parked: string | null;
}

const closing = closingAfterEach();

describe.each(storeAdapters)('%s', (_name, make) => {
  const fresh = async () => (await closing(make())).reports;

  test('a first wish makes the thing, and brings it when it is due', async () => {
    const reports = await fresh();
    expect(await reports.get(pullKey(), 'board')).toBeNull();
    expect(await reports.nextDue()).toBeNull();
    await reports.want(pullRef(), 'board', 100);
    const report = {
      thing: 'board',
      pull: pullRef(),
      wanted: 1,
      sent: 0,
      externalId: null,
      content: null,
      attempts: 0,
      dueAt: 100,
      parked: null,
      priority: reportPriority.plan,
      since: 100,
      toldAt: null,
      early: false,
      digest: null,
      refusedBytes: null,
    };
    expect(await reports.get(pullKey(), 'board')).toEqual(report);
    expect(await reports.nextDue()).toBe(100);
    expect([await reports.nextDue(99), await reports.nextDue(100)]).toEqual([100, null]);
    expect(await reports.heads(99)).toEqual([]);
    const head = { ...pullKey(), installationId: repo.installationId, priority: 2, since: 100, version: 1 };
    expect(await reports.heads(100)).toEqual([head]);
    expect(await reports.waitingOf(pullKey())).toEqual([report]);
  });

  test('content is data of any shape, and stays until it is given anew', async () => {
    const reports = await fresh();
    const content = { kind: 'help', list: [1, null, { deep: '\u{1f30a}' }] };
    const contentOf = async () => (await reports.get(pullKey(), 'reply:1'))?.content;
    await reports.want(pullRef(), 'reply:1', 5, content);
    await reports.want(pullRef(), 'reply:1', 5);
    expect(await contentOf()).toEqual(content);
    await reports.want(pullRef(), 'reply:1', 5, 'other');
    expect(await contentOf()).toBe('other');
  });

  test('a wish made while the last one is being sent stays open', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5);
    const before = await reports.get(pullKey(), 'board');
    await reports.want(pullRef(), 'board', 5);
    await reports.sent(pullKey(), 'board', before?.wanted ?? 0, 77);
    expect(await reports.waitingOf(pullKey())).toMatchObject([{ wanted: 2, sent: 1, externalId: 77 }]);
    await reports.sent(pullKey(), 'board', 2, null);
    await reports.sent(pullKey(), 'board', 1, null);
    expect(await reports.waitingOf(pullKey())).toEqual([]);
    expect(await reports.heads(5)).toEqual([]);
    expect(await reports.nextDue()).toBeNull();
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ sent: 2, externalId: 77 });
  });

  test('postponing counts, sending forgets; parking needs a new wish', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5);
    await reports.postponed(pullKey(), 'board', 50);
    await reports.postponed(pullKey(), 'board', 60);
    // What a limit kept back did not fail.
    await reports.postponed(pullKey(), 'board', 65, { uncounted: true });
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ attempts: 2, dueAt: 65 });
    await reports.park(pullKey(), 'board', 'refused');
    expect(await reports.heads(1_000)).toEqual([]);
    expect(await reports.parkedOf(pullKey())).toMatchObject([{ thing: 'board', parked: 'refused' }]);
    expect(await reports.nextDue()).toBeNull();
    await reports.want(pullRef(), 'board', 70);
    expect(await reports.waitingOf(pullKey())).toMatchObject([
      { attempts: 0, parked: null, dueAt: 70, wanted: 2 },
    ]);
    expect(await reports.parkedOf(pullKey())).toEqual([]);
    await reports.postponed(pullKey(), 'board', 80);
    await reports.sent(pullKey(), 'board', 2, 1);
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ attempts: 0 });
  });

  test('once sent, the next wish waits for its own time', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5);
    await reports.sent(pullKey(), 'board', 1, 1);
    await reports.want(pullRef(), 'board', 10);
    expect(await reports.nextDue()).toBe(10);
  });

  test('pull requests do not mix; each says how urgent and how old its most urgent and its oldest are', async () => {
    const reports = await fresh();
    await reports.want(pullRef(1), 'board', 30, undefined, reportPriority.progress);
    await reports.want(pullRef(2), 'board', 10);
    await reports.want(pullRef(1), 'reaction:5', 20, undefined, reportPriority.answer);
    await reports.want(pullRef(1), 'reply:5', 1_000, undefined, reportPriority.result);
    const heads = (await reports.heads(100)).map(({ pullNumber, priority, since, version }) => [
      pullNumber,
      priority,
      since,
      version,
    ]);
    expect(heads.toSorted()).toEqual([
      [1, reportPriority.answer, 20, 2],
      [2, reportPriority.plan, 10, 1],
    ]);
    const waiting = await reports.waitingOf(pullKey(1));
    expect(waiting.map(({ thing }) => thing)).toEqual(['board', 'reaction:5', 'reply:5']);
    await reports.sent(pullKey(1), 'board', 1, 5);
    expect((await reports.get(pullKey(2), 'board'))?.sent).toBe(0);
  });

  test('a newer wish is never less urgent than the unsent one, and is its own once that is sent', async () => {
    const reports = await fresh();
    const priority = async () => (await reports.get(pullKey(), 'board'))?.priority;
    const want = (of: number) => reports.want(pullRef(), 'board', 5, undefined, of);
    await want(reportPriority.result);
    await want(reportPriority.progress);
    expect(await priority()).toBe(reportPriority.result);
    await reports.sent(pullKey(), 'board', 2, 1);
    await want(reportPriority.progress);
    expect(await priority()).toBe(reportPriority.progress);
    await want(reportPriority.plan);
    expect(await priority()).toBe(reportPriority.plan);
  });

  test('what is being sent does not wait: a wish that comes meanwhile has its own time, and what fails is as urgent as before', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5, undefined, reportPriority.result);
    expect(await reports.take(pullKey(), 'board', 1)).toBe(true);
    await reports.want(pullRef(), 'board', 50, undefined, reportPriority.progress);
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ dueAt: 50, priority: 1, since: 5 });
    await reports.postponed(pullKey(), 'board', 20, { priority: reportPriority.result });
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ dueAt: 20, priority: 4, since: 5 });
    // Nobody may take what they did not read.
    expect(await reports.take(pullKey(), 'board', 1)).toBe(false);
    expect(await reports.take(pullKey(), 'board', 2)).toBe(true);
    await reports.want(pullRef(), 'board', 70, undefined, reportPriority.progress);
    await reports.sent(pullKey(), 'board', 2, 1);
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ dueAt: 70, since: 70, priority: 1 });
    await reports.park(pullKey(), 'board', 'refused');
    expect(await reports.take(pullKey(), 'board', 3)).toBe(false);
  });

  test('what a dead server was sending waits again', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5, undefined, reportPriority.result);
    await reports.take(pullKey(), 'board', 1);
    await reports.release();
    await reports.want(pullRef(), 'board', 50, undefined, reportPriority.progress);
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ dueAt: 5, priority: 4 });
  });

  test('what was told is known until somebody begins to tell something else', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5);
    await reports.take(pullKey(), 'board', 1);
    await reports.sent(pullKey(), 'board', 1, 9, { at: 4, early: true, digest: 'one', wroteAt: 60_000 });
    expect(await reports.writesSince(0)).toMatchObject([{ installationId: repo.installationId, writes: 1 }]);
    const told = { toldAt: 4, early: true, digest: 'one' };
    expect(await reports.get(pullKey(), 'board')).toMatchObject(told);
    await reports.want(pullRef(), 'board', 6);
    expect(await reports.get(pullKey(), 'board')).toMatchObject(told);
    await reports.take(pullKey(), 'board', 2);
    await reports.postponed(pullKey(), 'board', 7, { refusedBytes: 60_000 });
    expect(await reports.get(pullKey(), 'board')).toMatchObject({
      ...told,
      digest: null,
      refusedBytes: 60_000,
    });
  });

  test('writes are counted by the minute and forgotten after an hour', async () => {
    const reports = await fresh();
    const minute = 60_000;
    for (const at of [minute, minute + 1, 2 * minute - 1, 2 * minute]) await reports.wrote(7, at);
    await reports.wrote(8, minute);
    expect(await reports.writesSince(minute)).toEqual([
      { installationId: 7, minuteAt: minute, writes: 3 },
      { installationId: 8, minuteAt: minute, writes: 1 },
      { installationId: 7, minuteAt: 2 * minute, writes: 1 },
    ]);
    await reports.wrote(7, 62 * minute);
    expect(await reports.writesSince(0)).toMatchObject([{ installationId: 8 }, { minuteAt: 2 * minute }, {}]);
  });

  test('a time far ahead was written under a clock that was wrong', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 86_400_000);
    expect(await reports.heads(1_000)).toHaveLength(1);
    expect(await reports.heads(86_400_000 - 600_000)).toEqual([]);
  });

  test('the names of a repository are those of the last wish', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5);
    const renamed = { repo: { ...repo, name: 'renamed', installationId: 8 }, number: 12 };
    await reports.want(renamed, 'board', 5);
    expect((await reports.get(pullKey(), 'board'))?.pull).toEqual(renamed);
  });

  inCases(100, 300)('property: any story of wishes ends as the words of the port say', async (numRuns) => {
    const time = fc.integer({ min: 0, max: 20 });
    const step = fc.oneof(
      fc.record({ act: fc.constant('want' as const), dueAt: time }),
      fc.record({ act: fc.constant('sent' as const), back: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ act: fc.constant('postponed' as const), dueAt: time }),
      fc.record({ act: fc.constant('park' as const) }),
    );
    const reports = await fresh();
    let stories = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        stories += 1;
        const pull = pullKey(stories);
        let model: Model = { wanted: 0, sent: 0, dueAt: 0, parked: null };
        for (const one of steps) {
          const waits = model.parked === null && model.wanted > model.sent;
          if (one.act === 'want') {
            await reports.want(pullRef(stories), 'board', one.dueAt);
            const dueAt = waits ? Math.min(model.dueAt, one.dueAt) : one.dueAt;
            model = { wanted: model.wanted + 1, sent: model.sent, dueAt, parked: null };
          } else if (model.wanted === 0) {
            continue; // Nothing can happen to a thing that nobody wished for.
          } else if (one.act === 'sent') {
            const wanted = Math.max(0, model.wanted - one.back);
            await reports.sent(pull, 'board', wanted, null);
            model = { ...model, sent: Math.max(model.sent, wanted) };
          } else if (one.act === 'postponed') {
            await reports.postponed(pull, 'board', one.dueAt);
            model = { ...model, dueAt: one.dueAt };
          } else {
            await reports.park(pull, 'board', 'reason');
            model = { ...model, parked: 'reason' };
          }
          expect(await reports.get(pull, 'board')).toMatchObject(model);
          const isDue = (await reports.heads(1_000)).some(({ pullNumber }) => pullNumber === stories);
          expect(isDue).toBe(model.parked === null && model.wanted > model.sent);
        }
      }),
      { numRuns },
    );
  });
});
