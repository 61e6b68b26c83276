import { describe, expect, test } from 'vitest';
import { type ConsumersLook, nothingFound, type UsedModules } from '../../src/domain/consumers.ts';
import { sha } from '../../src/domain/ids.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, pullKey, repo } from '../store/samples.ts';

const closing = closingAfterEach();

const look = (commentId: number, more: Partial<ConsumersLook> = {}): ConsumersLook => ({
  repo,
  pullNumber: 12,
  commentId,
  actor: ada,
  state: 'looking',
  found: nothingFound,
  at: 1_000,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('a comment asks for consumers once, a newer one ends it, and only what goes on can be noted', async () => {
    const { consumers } = await closing(make());
    const [first, other] = [look(1), look(7, { pullNumber: 13 })];
    expect(await consumers.add(first)).toBe('new');
    expect(await consumers.add({ ...first, at: 2_000 })).toBe('known');
    await consumers.add(other);
    expect(await consumers.latest(pullKey())).toEqual(first);
    expect(await consumers.latest(pullKey(99))).toBeNull();
    const found = {
      ...nothingFound,
      headSha: sha('d'.repeat(40)),
      consumers: [
        {
          repository: 'acme/shop',
          project: 'web',
          effect: 'failed' as const,
          counts: null,
          because: 'it is so',
          dangers: [{ address: 'a.b', action: 'delete' as const }],
        },
      ],
      untouched: 3,
    };
    expect(await consumers.note({ ...first, state: 'looking', found })).toBe(true);
    expect(await consumers.latest(pullKey())).toEqual({ ...first, found });
    const second = look(2);
    await consumers.add(second);
    expect(await consumers.looking()).toEqual([other, second]);
    expect(await consumers.note({ ...first, state: 'done', found })).toBe(false);
    expect(await consumers.note({ ...second, state: 'done', found })).toBe(true);
    expect(await consumers.note({ ...second, state: 'done', found: nothingFound })).toBe(false);
    await consumers.end(pullKey(13));
    expect(await consumers.looking()).toEqual([]);
    expect(await consumers.latest(pullKey(13))).toEqual({ ...other, state: 'over' });
    expect(await consumers.latest(pullKey())).toEqual({ ...second, state: 'done', found });
  });

  test('what was found is removed when it is old, and what goes on never is', async () => {
    const { consumers, pruning } = await closing(make());
    const [old, going, young] = [
      look(1),
      look(2, { pullNumber: 13 }),
      look(3, { pullNumber: 14, at: 9_000 }),
    ];
    for (const one of [old, going, young]) await consumers.add(one);
    for (const one of [old, young]) await consumers.note({ ...one, state: 'done' });
    expect(await pruning.looks(1_000, 10)).toBe(0);
    expect(await pruning.looks(5_000, 10)).toBe(1);
    expect(await pruning.looks(5_000, 10)).toBe(0);
    expect(await consumers.latest(pullKey())).toBeNull();
    expect(await consumers.looking()).toEqual([going]);
    expect(await consumers.latest(pullKey(14))).toEqual({ ...young, state: 'done' });
  });

  test('what a repository uses is what its newest tip does', async () => {
    const { usedModules } = await closing(make());
    const used: UsedModules = {
      repo,
      branch: 'main',
      commit: sha('a'.repeat(40)),
      projects: [
        {
          name: 'web',
          dir: repoPath('web'),
          workspace: 'default',
          calls: [
            {
              key: 'inside.it',
              source: 'github.com/acme/modules',
              path: 'lib/main.tf',
              line: 3,
              through: [{ key: 'inside', source: '../lib', folder: repoPath('lib') }],
            },
          ],
        },
      ],
    };
    expect(await usedModules.get(repo.id)).toBeNull();
    await usedModules.put({ ...used, projects: [] });
    await usedModules.put(used);
    expect(await usedModules.get(repo.id)).toEqual(used);
    const other = { ...used, repo: { ...repo, id: 1, name: 'other' } };
    await usedModules.put(other);
    expect(await usedModules.all()).toEqual([other, used]);
    await usedModules.remove(1);
    expect(await usedModules.all()).toEqual([used]);
  });
});
