import { describe, expect, test } from 'vitest';
import { planDigest } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { keyOf, plan, planned, project, pullKey, run } from '../store/samples.ts';

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
