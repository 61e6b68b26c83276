import { describe, expect, test } from 'vitest';
import { planDigest } from '../../src/domain/ids.ts';
import type { Override } from '../../src/domain/rules/override.ts';
import { closingAfterEach, storeAdapters } from '../store/adapters.ts';
import { ada, keyOf, pullKey } from '../store/samples.ts';

const closing = closingAfterEach();

const word = (more: Partial<Override> = {}): Override => ({
  ...pullKey(),
  project: keyOf('network'),
  policy: 'conftest',
  plan: planDigest('a'.repeat(64)),
  about: { definition: 'size(plan.resources) < 10 && "\u{1f30a}" != "o\'brien"', outcome: 'unknown' },
  actor: ada,
  reason: 'it is broken today',
  commentId: 5,
  writtenAt: 7_000,
  at: 7_100,
  ...more,
});

describe.each(storeAdapters)('%s', (_name, make) => {
  const fresh = () => closing(make());

  test('words come back as they were given, oldest first, of one pull request', async () => {
    const { overrides } = await fresh();
    const late = word({ policy: 'small', about: null, at: 9_000 });
    const early = word();
    await overrides.give(late);
    await overrides.give(early);
    await overrides.give(word({ ...pullKey(13) }));
    expect(await overrides.ofPull(pullKey())).toEqual([early, late]);
    expect(await overrides.ofPull(pullKey(14))).toEqual([]);
  });

  test('another word about the same plan and policy takes the place of the first, with what it is about', async () => {
    const { overrides } = await fresh();
    const other = word({
      about: { definition: 'f'.repeat(64), outcome: 'failed' },
      reason: 'it is needed all the same',
      commentId: 6,
      at: 8_000,
    });
    await overrides.give(word());
    await overrides.give(other);
    expect(await overrides.ofPull(pullKey())).toEqual([other]);
  });
});
