import { describe, expect, test } from 'vitest';
import { pressId, sha } from '../../src/domain/ids.ts';
import type { Trigger } from '../../src/domain/trigger.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, batch, delivery, pullRef, repo } from '../store/samples.ts';

const closing = closingAfterEach();

const pressed = (name: string, more: Partial<Extract<Trigger, { kind: 'button' }>> = {}): Trigger => ({
  kind: 'button',
  pull: pullRef(),
  sender: ada,
  pressId: pressId(name),
  appId: 3,
  check: 'tidegate/apply',
  headSha: sha('a'.repeat(40)),
  identifier: 'a'.repeat(20),
  ...more,
});

describe.each(storeAdapters)('presses in the store %s', (_name, make) => {
  const fresh = () => closing(make());
  const { number: pullNumber } = pullRef();
  const key = { repositoryId: repo.id, pullNumber };

  test('come back as they were', async () => {
    const { deliveries } = await fresh();
    const all = [pressed('one'), pressed('two', { check: null, identifier: null })].map((trigger, index) =>
      delivery(`id ${index}`, { trigger }),
    );
    for (const each of all) await deliveries.record(each);
    expect(await deliveries.pending(10)).toEqual(all);
  });

  test('are one however often they come, and under whatever id; in another repository another one', async () => {
    const { deliveries } = await fresh();
    expect(await deliveries.record(delivery('one', { trigger: pressed('press') }))).toBe('new');
    expect(await deliveries.record(delivery('two', { trigger: pressed('press') }))).toBe('known');
    expect(await deliveries.record(delivery('three', { trigger: pressed('other') }))).toBe('new');
    const elsewhere = { ...pullRef(), repo: { ...repo, id: repo.id + 1 } };
    expect(
      await deliveries.record(delivery('four', { trigger: pressed('press', { pull: elsewhere }) })),
    ).toBe('new');
    expect((await deliveries.pending(10)).map(({ id }) => id)).toEqual(['one', 'three', 'four']);
  });

  test('are on record, also when they were worked on; the newest of a pull request is known', async () => {
    const { deliveries } = await fresh();
    expect(await deliveries.lastPress(key)).toBeNull();
    expect(await deliveries.isPress(repo.id, pressId('one'))).toBe(false);
    for (const name of ['two', 'one']) await deliveries.record(delivery(name, { trigger: pressed(name) }));
    await deliveries.record(
      delivery('three', { trigger: pressed('three', { pull: { ...pullRef(), number: pullNumber + 1 } }) }),
    );
    await deliveries.finish('one', 'done', null);
    expect(await deliveries.lastPress(key)).toBe('one');
    expect(await deliveries.isPress(repo.id, pressId('one'))).toBe(true);
    expect(await deliveries.isPress(repo.id + 1, pressId('one'))).toBe(false);
  });

  test('of one press there is one batch, which comes back with it', async () => {
    const { batches } = await fresh();
    const first = batch({ commentId: null, press: pressId('one') });
    expect(await batches.add(first)).toBe('new');
    expect(await batches.get(first.id)).toEqual(first);
    expect(await batches.add(batch({ commentId: null, press: pressId('one') }))).toBe('known');
    expect(await batches.add(batch({ commentId: null, press: pressId('two') }))).toBe('new');
    expect(await batches.add(batch({ commentId: null }))).toBe('new');
    expect(await batches.add(batch({ commentId: null }))).toBe('new');
  });
});
