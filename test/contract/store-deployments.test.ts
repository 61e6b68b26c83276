import { describe, expect, test } from 'vitest';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { keyOf, run } from '../store/samples.ts';

const closing = closingAfterEach();

describe.each(storeAdapters)('%s: deployments', (_name, make) => {
  test('one takes the place of all others of its project that stand, once', async () => {
    const { runs, deployments } = await closing(make());
    const [first, second, third, elsewhere] = [run(), run(), run(), run()];
    for (const one of [first, second, third, elsewhere]) await runs.add(one);
    for (const one of [first, second, third]) await deployments.begin(one.id, keyOf('network'));
    await deployments.begin(elsewhere.id, keyOf('cluster'));
    await deployments.begin(first.id, keyOf('network'));
    expect(await deployments.has(first.id)).toBe(true);
    expect(await deployments.replacedBy(first.id)).toBeNull();
    expect(await deployments.replace(keyOf('network'), second.id)).toEqual([first.id, third.id].sort());
    expect(await deployments.replacedBy(first.id)).toBe(second.id);
    expect(await deployments.replacedBy(second.id)).toBeNull();
    expect(await deployments.replacedBy(elsewhere.id)).toBeNull();
    expect(await deployments.replace(keyOf('network'), second.id)).toEqual([]);
    // Begun again it is not as new.
    await deployments.begin(first.id, keyOf('network'));
    expect(await deployments.replacedBy(first.id)).toBe(second.id);
  });

  test('one that takes the place need not be shown itself', async () => {
    const { runs, deployments } = await closing(make());
    const [first, second] = [run(), run()];
    for (const one of [first, second]) await runs.add(one);
    await deployments.begin(first.id, keyOf('network'));
    expect(await deployments.replace(keyOf('network'), second.id)).toEqual([first.id]);
    expect(await deployments.has(second.id)).toBe(false);
    expect(await deployments.replacedBy(second.id)).toBeNull();
  });
});
