import { describe, expect, test } from 'vitest';
import type { RunsWish, Store } from '../../src/store/port.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { batch, planned, repo, run } from '../store/samples.ts';

const closing = closingAfterEach();
const everything: RunsWish = {
  repositories: null,
  pullNumber: null,
  states: null,
  before: null,
  limit: 100,
};

/** One run each, in the order given. */
const filled = async (
  store: Store,
  runs: readonly { readonly repository: number; readonly pull: number; readonly failed?: true }[],
) => {
  const ids: string[] = [];
  for (const { repository, pull, failed } of runs) {
    const of = batch({
      repositoryId: repository,
      repo: { ...repo, id: repository, name: `repo-${repository}` },
      pullNumber: pull,
      commentId: null,
    });
    const one = run({ repositoryId: repository, pullNumber: pull, batchId: of.id });
    await store.batches.add(of);
    await store.runs.add(one);
    if (failed) await store.runs.move(one.id, { kind: 'failed' }, 5);
    ids.push(one.id);
  }
  return ids;
};

describe.each(storeAdapters)('%s', (_name, make) => {
  const fresh = () => closing(make());

  test('a list shows the newest first, page by page, each run once', async () => {
    const store = await fresh();
    expect(await store.runs.listed(everything)).toEqual({ runs: [], next: null });
    const ids = await filled(
      store,
      Array.from({ length: 7 }, (_, index) => ({ repository: 1 + (index % 2), pull: 3 })),
    );
    const seen: string[] = [];
    let before: number | null = null;
    do {
      const page = await store.runs.listed({ ...everything, before, limit: 3 });
      seen.push(...page.runs.map(({ id }) => id));
      before = page.next;
    } while (before !== null);
    expect(seen).toEqual(ids.toReversed());
  });

  test('a list shows only what it is asked for, and never a repository that was not named', async () => {
    const store = await fresh();
    const [one, two, three, four] = await filled(store, [
      { repository: 1, pull: 3 },
      { repository: 2, pull: 3, failed: true },
      { repository: 1, pull: 4, failed: true },
      { repository: 3, pull: 4 },
    ]);
    const listed = async (wish: Partial<RunsWish>) =>
      (await store.runs.listed({ ...everything, ...wish })).runs.map(({ id }) => id);
    expect(await listed({ repositories: [1] })).toEqual([three, one]);
    expect(await listed({ repositories: [1, 3] })).toEqual([four, three, one]);
    expect(await listed({ repositories: [1, 2], states: ['failed'] })).toEqual([three, two]);
    expect(await listed({ repositories: [1], pullNumber: 4 })).toEqual([three]);
    expect(await listed({ repositories: [3], states: ['failed'] })).toEqual([]);
    expect(await listed({ repositories: [] })).toEqual([]);
    expect(await listed({ states: [] })).toEqual([]);
  });

  test('a listed run has its repository, and neither its plan nor what its tool printed', async () => {
    const store = await fresh();
    const of = batch({ commentId: null });
    const { plan: _plan, output: _output, spent: _spent, ...bare } = planned({ batchId: of.id });
    await store.batches.add(of);
    await store.runs.add({ ...bare, plan: _plan, output: 'words', spent: _spent });
    expect((await store.runs.listed(everything)).runs).toEqual([{ ...bare, repo }]);
  });

  test('repositories are known by the name that their newest pull request knew', async () => {
    const store = await fresh();
    expect(await store.batches.repositories()).toEqual([]);
    await filled(store, [
      { repository: 9, pull: 3 },
      { repository: 2, pull: 3 },
    ]);
    const renamed = { ...repo, id: 9, name: 'renamed' };
    await store.batches.add(batch({ repositoryId: 9, repo: renamed, pullNumber: 4, commentId: null }));
    expect(await store.batches.repositories()).toEqual([{ ...repo, id: 2, name: 'repo-2' }, renamed]);
  });
});
