import { describe, expect, test } from 'vitest';
import { inputsDigest, planDigest, sha, treeId } from '../../src/domain/ids.ts';
import type { HistoryEntry, Tracked, Version } from '../../src/domain/tracked.ts';
import { historyLength } from '../../src/store/tracked/port.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, newRunId, project, repo } from '../store/samples.ts';

const closing = closingAfterEach();

const version = (digit: string, more: Partial<Version> = {}): Version => ({
  ref: 'refs/heads/main',
  sha: sha(digit.repeat(40)),
  tree: treeId(digit.repeat(40)),
  on: 'branch',
  sure: true,
  inputs: inputsDigest(digit.repeat(64)),
  toolVersion: '1.11.4',
  plan: planDigest(digit.repeat(64)),
  by: ada,
  pullNumber: 12,
  run: newRunId(),
  at: 1_000,
  ...more,
});

const bare = (name: string, repositoryId = repo.id): Tracked => {
  const its = project(name);
  return {
    key: its.key,
    repo: { ...repo, id: repositoryId },
    project: its,
    desired: null,
    applied: null,
    attempted: null,
    proven: null,
    merged: null,
    pendingSince: null,
    goneAt: null,
  };
};

const full = (name: string): Tracked => ({
  ...bare(name),
  desired: {
    ...{ ref: 'refs/heads/main', sha: sha('b'.repeat(40)), tree: treeId('b'.repeat(40)), at: 2_000 },
    ...{ behind: 3, refused: 'unread' },
  },
  applied: version('a', { on: 'ended', sure: false }),
  attempted: {
    outcome: 'unresolved',
    sha: sha('c'.repeat(40)),
    by: null,
    pullNumber: 13,
    run: newRunId(),
    at: 3_000,
  },
  proven: {
    inputs: inputsDigest('d'.repeat(64)),
    toolVersion: '1.11.4',
    run: null,
    pullNumber: null,
    at: 4_000,
  },
  merged: { pullNumber: 12, commit: sha('b'.repeat(40)), at: 2_000, told: true },
  pendingSince: 2_500,
  goneAt: 5_000,
});

const entry = (at: number): HistoryEntry => ({
  at,
  kind: 'applied',
  facts: { sha: 'a', pull: at, sure: true, by: null },
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('what is kept of a project comes back as it was put, in the place of what was there', async () => {
    const { tracked } = await closing(make());
    const elsewhere = bare('queue', 5);
    for (const one of [full('network'), bare('app'), elsewhere]) await tracked.put(one);
    const network = full('network');
    await tracked.put(network);
    expect(await tracked.get(network.key)).toEqual(network);
    expect(await tracked.get(project('other').key)).toBeNull();
    expect(await tracked.ofRepository(repo.id)).toEqual([bare('app'), network]);
    expect(await tracked.all()).toEqual([bare('app'), network, elsewhere]);
    expect(await tracked.awaiting()).toEqual([network]);
    await tracked.put({ ...network, applied: version('e', { plan: null, by: null, run: null }) });
    expect((await tracked.get(network.key))?.applied).toMatchObject({ plan: null, by: null, run: null });
  });

  test('a change in a transaction that fails leaves the row and its history as they were', async () => {
    const store = await closing(make());
    const app = bare('app');
    await store.tracked.put(app);
    const failing = store.transact(async ({ tracked }) => {
      await tracked.put({ ...app, goneAt: 1 });
      await tracked.note(app.key, entry(1));
      throw new Error('half way');
    });
    await expect(failing).rejects.toThrow('half way');
    expect(await store.tracked.get(app.key)).toEqual(app);
    expect(await store.tracked.history(app.key)).toEqual([]);
  });

  test('of what happened to each project the newest are kept, newest first, whatever the clock said', async () => {
    const { tracked } = await closing(make());
    const [app, network] = [project('app').key, project('network').key];
    await tracked.note(network, entry(7));
    const times = Array.from({ length: historyLength + 3 }, (_, index) => 1_000 - index);
    for (const at of times) await tracked.note(app, entry(at));
    expect(await tracked.history(app)).toEqual(times.slice(3).toReversed().map(entry));
    expect(await tracked.history(network)).toEqual([entry(7)]);
    expect(await tracked.history(project('other').key)).toEqual([]);
  });
});
