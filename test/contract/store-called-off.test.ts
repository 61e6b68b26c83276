import { describe, expect, test } from 'vitest';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { newRunId, planned, project, run } from '../store/samples.ts';

const closing = closingAfterEach();

describe.each(storeAdapters)('%s', (_name, make) => {
  test('an apply that is called off was never started, and gives back what it took, and nothing else', async () => {
    const { runs } = await closing(make());
    const one = planned();
    const other = planned({ project: project('cluster') });
    const apply = run({ verb: 'apply', planRunId: one.id });
    for (const each of [one, other, apply]) await runs.add(each);
    await runs.spend(other.id, newRunId(), 5);
    expect(await runs.move(apply.id, { kind: 'called-off' }, 5)).toBeNull();
    await runs.move(apply.id, { kind: 'started' }, 5);
    expect(await runs.spend(one.id, apply.id, 5)).toBe(true);
    const off = await runs.move(apply.id, { kind: 'called-off' }, 6);
    expect(off).toMatchObject({ state: 'failed', startedAt: null, endedAt: 6 });
    expect(await runs.get(apply.id)).toEqual(off);
    expect(await runs.get(one.id)).toEqual(one);
    expect((await runs.get(other.id))?.spent).toBe(true);
    expect(await runs.spend(one.id, newRunId(), 7)).toBe(true);
    expect(await runs.move(apply.id, { kind: 'called-off' }, 8)).toBeNull();
    expect((await runs.get(one.id))?.spent).toBe(true);
  });
});
