import { describe, expect, test } from 'vitest';
import type { Suspension } from '../../src/domain/suspension.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, project, repo } from '../store/samples.ts';

const closing = closingAfterEach();

const said = (name: string, commentId: number, until: number): Suspension => ({
  project: {
    ...project(name),
    settings: {
      ...project(name).settings,
      suspended: [{ by: 'grace', reason: 'a freeze', until: 9, source: 'a file, line 3' }],
    },
  },
  repo,
  pullNumber: 12,
  commentId,
  by: ada,
  reason: 'it moves',
  since: 1,
  until,
  reminded: false,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('several words for a project stand beside each other, and each ends once', async () => {
    const { suspensions } = await closing(make());
    const [late, early, other] = [said('network', 5, 90), said('network', 6, 50), said('dns', 5, 70)];
    expect(await suspensions.all()).toEqual([]);
    expect(await suspensions.add(late)).toBe('new');
    expect(await suspensions.add({ ...late, until: 1_000, reason: 'again' })).toBe('known');
    expect(await suspensions.add(early)).toBe('new');
    expect(await suspensions.add(other)).toBe('new');
    expect(await suspensions.of(late.project.key)).toEqual([early, late]);
    expect(await suspensions.all()).toEqual([early, other, late]);
    await suspensions.remind(late.project.key, 5);
    await suspensions.remind(late.project.key, 999);
    expect(await suspensions.of(late.project.key)).toEqual([early, { ...late, reminded: true }]);
    expect(await suspensions.end(late.project.key, 5)).toBe(true);
    expect(await suspensions.end(late.project.key, 5)).toBe(false);
    expect(await suspensions.all()).toEqual([early, other]);
  });

  test('a transaction that fails suspends nothing', async () => {
    const store = await closing(make());
    const failing = store.transact(async ({ suspensions }) => {
      await suspensions.add(said('network', 5, 90));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await store.suspensions.all()).toEqual([]);
  });
});
