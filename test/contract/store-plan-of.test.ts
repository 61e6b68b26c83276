import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/domain/batch.ts';
import { planDigest, runId } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { batch, keyOf, plan, planned, project, pullKey, run } from '../store/samples.ts';
import { commit } from '../support/samples.ts';

const closing = closingAfterEach();

describe.each(storeAdapters)('%s: the plan of a meaning', (_name, make) => {
  test('is the newest one of that project and pull request, whatever became of it', async () => {
    const { runs } = await closing(make());
    const one = plan();
    const other = { ...plan(), digest: planDigest('e'.repeat(64)) };
    const old = planned({ createdAt: 20, plan: one });
    const found = planned({ createdAt: 10, plan: one });
    const others = [
      planned({ plan: other }),
      planned({ plan: one, project: project('cluster') }),
      planned({ plan: one, pullNumber: 13 }),
      planned({ plan: one, repositoryId: 77 }),
    ];
    for (const each of [old, found, ...others, run()]) await runs.add(each);
    const find = (digest: typeof one.digest) => runs.planOf(pullKey(), keyOf('network'), digest);
    expect((await find(one.digest))?.id).toBe(found.id);
    expect((await find(other.digest))?.id).toBe(others[0]?.id);
    expect(await find(planDigest('f'.repeat(64)))).toBeNull();
    const gone = await runs.move(found.id, { kind: 'superseded' }, 30);
    expect(await find(one.digest)).toEqual(gone);
  });
});

describe.each(storeAdapters)('%s: plans that stand', (_name, make) => {
  test('are told by pull request, where the newest plan of the project does', async () => {
    const { runs } = await closing(make());
    const others = [
      planned({ pullNumber: 14, project: project('cluster') }),
      planned({ pullNumber: 15, repositoryId: 77 }),
      run({ pullNumber: 16 }),
      planned({ pullNumber: 17 }),
      run({ pullNumber: 17 }),
    ];
    for (const each of [planned({ pullNumber: 13 }), planned(), ...others]) await runs.add(each);
    expect(await runs.standing(pullKey().repositoryId, keyOf('network'))).toEqual([pullKey(12), pullKey(13)]);
  });
});

describe.each(storeAdapters)('%s: plans that may begin by themselves', (_name, make) => {
  test('are the newest of their projects that stand and were not taken, of projects that a rule lets or that ask for something', async () => {
    const { runs } = await closing(make());
    const bare = project();
    const plain = { ...bare, settings: { ...bare.settings, requirements: {} } };
    const auto = { ...plain, settings: { ...plain.settings, apply: { kind: 'auto', when: null } as const } };
    const one = planned({ project: auto });
    const other = planned({ project: auto, pullNumber: 13, repositoryId: 77 });
    const old = planned({ project: auto, pullNumber: 14 });
    const taken = planned({ project: auto, pullNumber: 15 });
    const always = { when: null, source: 'line 1' };
    const asking = (kind: 'mergeable' | 'policies', pullNumber: number) =>
      planned({
        project: {
          ...plain,
          settings: { ...plain.settings, requirements: { apply: [{ kind, ...always }] } },
        },
        pullNumber,
      });
    const asks = asking('mergeable', 17);
    const others = [
      run({ project: auto, pullNumber: 14 }),
      planned({ pullNumber: 16, project: plain }),
      asking('policies', 18),
    ];
    for (const each of [one, other, old, taken, asks, ...others]) await runs.add(each);
    expect(await runs.spend(taken.id, runId('taken-by-this'), 20)).toBe(true);
    const found = async (...kinds: Parameters<typeof runs.waiting>[0]) =>
      (await runs.waiting(kinds)).map(({ id }) => id);
    expect(await found()).toEqual([one.id, other.id]);
    expect(await found('checks', 'mergeable')).toEqual([one.id, other.id, asks.id]);
  });
});

describe.each(storeAdapters)('%s: the plan before', (_name, make) => {
  test('is the newest of those that were made earlier, of that project and pull request', async () => {
    const { runs } = await closing(make());
    const first = planned({ createdAt: 30 });
    const second = planned({ createdAt: 10 });
    const third = planned({ createdAt: 20 });
    const others = [
      planned({ project: project('cluster') }),
      planned({ pullNumber: 13 }),
      run({ state: 'failed' }),
    ];
    for (const each of [first, second, ...others, third]) await runs.add(each);
    expect((await runs.planBefore(third))?.id).toBe(second.id);
    const gone = await runs.move(first.id, { kind: 'superseded' }, 40);
    expect(await runs.planBefore(second)).toEqual(gone);
    expect(await runs.planBefore(first)).toBeNull();
    expect(await runs.planBefore(planned())).toBeNull();
  });
});

describe.each(storeAdapters)('%s: the commits that were planned', (_name, make) => {
  test('come newest first, each once', async () => {
    const { batches } = await closing(make());
    const at = (head: string, more: Partial<Batch> = {}) =>
      batch({ headSha: commit(head.repeat(40)), ...more });
    const all = [at('a'), at('b'), at('a', { verb: 'apply' }), at('c'), at('b'), at('d', { pullNumber: 13 })];
    for (const each of all) await batches.add(each);
    const names = async (limit: number) => (await batches.heads(pullKey(), limit)).map((sha) => sha[0]);
    expect(await names(9)).toEqual(['b', 'c', 'a']);
    expect(await names(2)).toEqual(['b', 'c']);
  });
});

describe.each(storeAdapters)('%s: what follows of a batch', (_name, make) => {
  test('is kept beside what is affected, and is among that from a word on', async () => {
    const { batches } = await closing(make());
    const [network, app] = [project('network'), project('app')];
    const first = batch({ affected: [network], followers: [app], commentId: null });
    const other = batch({ affected: [network], commentId: null, pullNumber: 13 });
    for (const one of [first, other]) await batches.add(one);
    expect(await batches.get(first.id)).toEqual(first);
    await batches.widen(first.id, [network, app]);
    expect(await batches.latest(pullKey(), 'plan')).toEqual({ ...first, affected: [network, app] });
    expect(await batches.get(other.id)).toEqual(other);
  });
});

describe.each(storeAdapters)('%s: the last sound batch of plans of a commit', (_name, make) => {
  test('is the newest one of it without a problem', async () => {
    const { batches } = await closing(make());
    const problem = { code: 'conflict', sentence: 'It does not merge.', advice: 'Rebase.' } as const;
    const [old, sound, others] = [
      batch({ commentId: null, headSha: commit('a') }),
      batch({ commentId: null, headSha: commit('a') }),
      [
        batch({ commentId: null, headSha: commit('a'), problem }),
        batch({ commentId: null, headSha: commit('a'), verb: 'apply' }),
        batch({ commentId: null, headSha: commit('a'), pullNumber: 13 }),
        batch({ commentId: null, headSha: commit('b') }),
      ],
    ];
    for (const one of [old, sound, ...others]) await batches.add(one);
    expect(await batches.latestSound(pullKey(), commit('a'))).toEqual(sound);
    expect(await batches.latestSound(pullKey(), commit('c'))).toBeNull();
  });
});
