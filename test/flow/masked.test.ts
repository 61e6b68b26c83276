import { expect, it } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { maskStore } from '../../src/flow/masked.ts';
import { createMask } from '../../src/observe/masking.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { batch, plan, run, summary } from '../store/samples.ts';

it('what is hidden by its fingerprint is stored as it is, whatever words are secrets, and the rest masked', async () => {
  const mask = createMask();
  // Values of runs are masked wherever they stand; these two stand in our own words too.
  for (const secret of ['sensitive', 'abcdefgh']) mask.add(secret);
  const { clock } = createVirtualClock();
  const store = maskStore(createMemoryStore({ clock }), mask.text);
  const made = batch();
  const one = run({ batchId: made.id, state: 'queued', plan: null });
  await store.batches.add(made);
  await store.runs.add(one);
  await store.runs.move(one.id, { kind: 'started' }, 1, { isolation: 'none' });
  const [first] = summary.resources;
  if (first === undefined) throw new Error('no resource');
  const texts = ['(sensitive, abcdefgh)', '"is abcdefgh"', '["(sensitive value)","sensitive"]'];
  const attributes = texts.map((after, index) => ({
    path: `a${index}`,
    before: null,
    after,
    forcesReplacement: false,
  }));
  await store.runs.move(one.id, { kind: 'planned' }, 2, {
    plan: { ...plan(), summary: { ...summary, resources: [{ ...first, attributes }] } },
  });
  const stored = await store.runs.get(one.id);
  expect(stored?.plan?.summary.resources[0]?.attributes.map(({ after }) => after)).toEqual([
    '(sensitive, abcdefgh)',
    '"is ***"',
    '["(sensitive value)","***"]',
  ]);
});
