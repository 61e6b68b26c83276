import { describe, expect, test } from 'vitest';
import { projectKeyFromText, sha } from '../../src/domain/ids.ts';
import type { Tagged } from '../../src/domain/tags/tagged.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';

const closing = closingAfterEach();

const repo = { id: 7, owner: 'acme', name: "O'Brien's", installationId: 3 };
const [one, other] = [sha('a'.repeat(40)), sha('b'.repeat(40))];
const tagged = (project: string, more: Partial<Tagged> = {}): Tagged => ({
  project: projectKeyFromText(`7:${project}:default:*`),
  repo,
  source: { tag: 'v*', semver: null },
  chosen: null,
  refused: null,
  at: 1_000,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('where a tag led when it was chosen first is kept, whatever it does later', async () => {
    const { tags } = await closing(make());
    expect(await tags.kept(7)).toEqual(new Map());
    await tags.keep(7, 'v1.0.0', one, 1);
    await tags.keep(7, 'v1.0.0', other, 2);
    await tags.keep(7, "it's/ü-1.0.0", other, 3);
    await tags.keep(8, 'v1.0.0', other, 4);
    expect(await tags.kept(7)).toEqual(
      new Map([
        ["it's/ü-1.0.0", other],
        ['v1.0.0', one],
      ]),
    );
    expect(await tags.kept(8)).toEqual(new Map([['v1.0.0', other]]));
  });

  test('there is one row of a project that follows tags, until it does no more', async () => {
    const { tags } = await closing(make());
    const network = tagged('network');
    expect(await tags.get(network.project)).toBeNull();
    await tags.put(network);
    await tags.put(tagged('database', { refused: 'unread', source: { tag: 'app-*', semver: '~> 1.2' } }));
    const next: Tagged = {
      ...network,
      chosen: { tag: 'v1.0.0', commit: one },
      refused: { kind: 'tag-moved', tag: 'v1.0.0', from: one, to: other, other: null },
      at: 2_000,
    };
    await tags.put(next);
    expect(await tags.get(network.project)).toEqual(next);
    expect((await tags.ofRepository(7)).map(({ refused }) => typeof refused)).toEqual(['string', 'object']);
    expect(await tags.ofRepository(8)).toEqual([]);
    await tags.remove(network.project);
    expect(await tags.get(network.project)).toBeNull();
  });
});
