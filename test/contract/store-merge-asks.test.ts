import { describe, expect, test } from 'vitest';
import { sha } from '../../src/domain/ids.ts';
import type { MergeAsk } from '../../src/domain/merging.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { pullKey } from '../store/samples.ts';

const closing = closingAfterEach();

const ask = (more: Partial<MergeAsk> = {}): MergeAsk => ({
  repo: { id: pullKey().repositoryId, owner: 'acme', name: 'infra', installationId: 7 },
  pullNumber: pullKey().pullNumber,
  headSha: sha('a'.repeat(40)),
  outcome: 'refused',
  reason: "At least 1 approving review is required.\n\nO\u2019Brien's",
  since: 1_000,
  at: 2_000,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  test('there is one of a pull request, the newest, until it ends', async () => {
    const { mergeAsks } = await closing(make());
    expect(await mergeAsks.get(pullKey())).toBeNull();
    await mergeAsks.put(ask());
    await mergeAsks.put(ask({ pullNumber: 13, at: 1_500 }));
    expect(await mergeAsks.get(pullKey())).toEqual(ask());
    expect(await mergeAsks.all()).toEqual([ask({ pullNumber: 13, at: 1_500 }), ask()]);
    const queued = ask({
      headSha: sha('b'.repeat(40)),
      outcome: 'queued',
      reason: null,
      since: 3_000,
      at: 3_000,
    });
    await mergeAsks.put(queued);
    expect(await mergeAsks.get(pullKey())).toEqual(queued);
    await mergeAsks.end(pullKey(13));
    await mergeAsks.end(pullKey(14));
    expect(await mergeAsks.all()).toEqual([queued]);
  });
});
