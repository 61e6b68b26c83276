import { describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import type { Rebuild } from '../../src/domain/rebuild.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, pullKey } from '../store/samples.ts';

const closing = closingAfterEach();

const asked = (environment: string, pullNumber = 12): Rebuild => ({
  ...pullKey(pullNumber),
  environment,
  headSha: sha('a'.repeat(40)),
  actor: ada,
  commentId: 5,
  at: 7,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('one word for a pull request: the last, until it ends', async () => {
    const { rebuilds } = await closing(make());
    expect(await rebuilds.get(pullKey())).toBeNull();
    await rebuilds.put(asked('dev'));
    await rebuilds.put(asked('dev', 13));
    await rebuilds.put(asked('prod'));
    expect(await rebuilds.get(pullKey())).toEqual(asked('prod'));
    await rebuilds.end(pullKey());
    await rebuilds.end(pullKey());
    expect(await rebuilds.get(pullKey())).toBeNull();
    expect(await rebuilds.get(pullKey(13))).toEqual(asked('dev', 13));
  });
});
