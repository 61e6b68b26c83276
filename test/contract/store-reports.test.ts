import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { pullKey, pullRef, repo } from '../store/samples.ts';

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
    };
    expect(await reports.get(pullKey(), 'board')).toEqual(report);
    expect(await reports.nextDue()).toBe(100);
    expect(await reports.due(99, 10)).toEqual([]);
    expect(await reports.due(100, 10)).toEqual([report]);
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
    expect(await reports.due(5, 10)).toMatchObject([{ wanted: 2, sent: 1, externalId: 77 }]);
    await reports.sent(pullKey(), 'board', 2, null);
    await reports.sent(pullKey(), 'board', 1, null);
    expect(await reports.due(5, 10)).toEqual([]);
    expect(await reports.nextDue()).toBeNull();
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ sent: 2, externalId: 77 });
  });

  test('postponing counts, sending forgets; parking needs a new wish', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5);
    await reports.postponed(pullKey(), 'board', 50);
    await reports.postponed(pullKey(), 'board', 60);
    // What was not tried did not fail.
    await reports.held(pullKey(), 'board', 65);
    expect(await reports.get(pullKey(), 'board')).toMatchObject({ attempts: 2, dueAt: 65 });
    await reports.park(pullKey(), 'board', 'refused');
    expect(await reports.due(1_000, 10)).toEqual([]);
    expect(await reports.nextDue()).toBeNull();
    await reports.want(pullRef(), 'board', 70);
    expect(await reports.due(70, 10)).toMatchObject([{ attempts: 0, parked: null, dueAt: 70, wanted: 2 }]);
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

  test('due ones come oldest first and at most as many as asked; pull requests do not mix', async () => {
    const reports = await fresh();
    await reports.want(pullRef(1), 'board', 30);
    await reports.want(pullRef(2), 'board', 10);
    await reports.want(pullRef(1), 'reaction:5', 20);
    const due = await reports.due(100, 2);
    expect(due.map((report) => [report.pull.number, report.thing])).toEqual([
      [2, 'board'],
      [1, 'reaction:5'],
    ]);
    await reports.sent(pullKey(1), 'board', 1, 5);
    expect((await reports.get(pullKey(2), 'board'))?.sent).toBe(0);
  });

  test('the names of a repository are those of the last wish', async () => {
    const reports = await fresh();
    await reports.want(pullRef(), 'board', 5);
    const renamed = { repo: { ...repo, name: 'renamed', installationId: 8 }, number: 12 };
    await reports.want(renamed, 'board', 5);
    expect((await reports.get(pullKey(), 'board'))?.pull).toEqual(renamed);
  });

  test('property: any story of wishes ends as the words of the port say', async () => {
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
          const isDue = (await reports.due(1_000, 10_000)).some((report) => report.pull.number === stories);
          expect(isDue).toBe(model.parked === null && model.wanted > model.sent);
        }
      }),
      { numRuns: 300 },
    );
  });
});
