import { describe, expect, test } from 'vitest';
import type { Due } from '../../src/domain/due.ts';
import { planDigest, sha } from '../../src/domain/ids.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, keyOf, pullKey } from '../store/samples.ts';

const closing = closingAfterEach();

const due = (more: Partial<Due> = {}): Due => ({
  ...pullKey(),
  project: keyOf('network'),
  commit: sha('c'.repeat(40)),
  approved: planDigest('a'.repeat(64)),
  by: ada,
  mergedAt: 7_000,
  ended: null,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  const fresh = () => closing(make());

  test('an apply that a merge asks for is there once, as it was written first', async () => {
    const { dues } = await fresh();
    expect(await dues.add(due())).toBe('new');
    expect(await dues.add(due({ approved: null, by: null }))).toBe('known');
    const bare = due({ project: keyOf('app'), approved: null, by: null });
    expect(await dues.add(bare)).toBe('new');
    expect(await dues.add(due({ ...pullKey(13) }))).toBe('new');
    expect(await dues.ofPull(pullKey())).toEqual([bare, due()]);
    expect(await dues.ofPull(pullKey(14))).toEqual([]);
  });

  test('those of a project that have not ended, as they were merged', async () => {
    const { dues } = await fresh();
    const [late, early, same] = [
      due({ ...pullKey(14), mergedAt: 9_000 }),
      due({ ...pullKey(20), mergedAt: 8_000 }),
      due({ ...pullKey(16), mergedAt: 9_000 }),
    ];
    for (const one of [same, late, early, due({ project: keyOf('app') })]) await dues.add(one);
    expect(await dues.open(keyOf('network'))).toEqual([early, late, same]);
    expect((await dues.open(null)).map(({ project }) => project).toSorted()).toEqual(
      [keyOf('app'), ...[early, late, same].map(({ project }) => project)].toSorted(),
    );
    expect(await dues.end(early, early.project, 'contained', 9_500)).toBe(true);
    expect(await dues.end(early, early.project, 'applied', 9_600)).toBe(false);
    expect(await dues.end(pullKey(99), early.project, 'applied', 9_600)).toBe(false);
    expect(await dues.open(keyOf('network'))).toEqual([late, same]);
    expect(await dues.ofPull(early)).toEqual([{ ...early, ended: 'contained' }]);
  });

  test.each([
    ['was applied from last', 'appliedCommits', 'begunCommits'],
    ['began to be applied from last', 'begunCommits', 'appliedCommits'],
  ] as const)('the commit that a project %s', async (_what, table, other) => {
    const store = await fresh();
    const commits = store[table];
    const project = keyOf('network');
    expect(await commits.get(project)).toBeNull();
    const first = { project, commit: sha('c'.repeat(40)), pullNumber: 3, at: 7_000 };
    await commits.put(first);
    await commits.put({ ...first, project: keyOf('app') });
    const second = { project, commit: sha('d'.repeat(40)), pullNumber: 4, at: 8_000 };
    await commits.put(second);
    expect(await commits.get(project)).toEqual(second);
    expect(await store[other].get(project)).toBeNull();
  });
});
