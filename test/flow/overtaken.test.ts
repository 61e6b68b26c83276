/** What waits in one pull request for what another one overtook is woken by the good end of that. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import type { Due } from '../../src/domain/due.ts';
import { endRun } from '../../src/flow/conclude.ts';
import { concludePull } from '../../src/flow/conclude-pull.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { batch, planned, project, pullKey, pullRef, run, summary } from '../store/samples.ts';
import { commit, merged, samplePull } from '../support/samples.ts';

const network = project('network');
const app = { ...project('app'), dependsOn: [{ name: network.name, outputs: null }] };

/** One pull request waits for the network, which ended like this there; another one has applied it, or is about to. */
const begun = async (ended: Due['ended']) => {
  const { clock } = createVirtualClock();
  const store = createMemoryStore({ clock });
  let ids = 0;
  const due = { commit: commit('c'), approved: null, by: null, mergedAt: 1 };
  const [waits, newer] = [
    batch({ pullNumber: 11, affected: [network, app], commentId: null }),
    batch({ pullNumber: 13, affected: [network], commentId: null }),
  ];
  for (const one of [waits, newer]) await store.batches.add(one);
  await store.dues.add({ ...due, ...pullKey(11), project: network.key, ended });
  await store.dues.add({ ...due, ...pullKey(11), project: app.key, ended: null });
  const its = { pullNumber: 13, batchId: newer.id, project: network, headSha: newer.headSha };
  return { ports: { store, clock, newId: () => `id-${++ids}` }, its };
};

/** Pull requests that are woken for what comes after the network. */
const wokenIn = async ({
  ports: { store },
}: Awaited<ReturnType<typeof begun>>): Promise<readonly number[]> => {
  const woken = (await store.deliveries.pending(50)).flatMap(({ trigger }) =>
    trigger?.kind === 'stage' && trigger.project === network.key ? [trigger.pull.number] : [],
  );
  await store.close();
  return woken;
};

test.each([
  ['overtaken', [11]],
  ['given-up', []],
] as const)(
  'where the network was %s it is woken by the end of the newer run, or not',
  async (ended, woken) => {
    const story = await begun(ended);
    const { ports, its } = story;
    const plans = run(its);
    await ports.store.runs.add(plans);
    await ports.store.runs.move(plans.id, { kind: 'started' }, 2);
    const { plan } = planned();
    if (plan === null) throw new Error('there is no plan');
    const nothing = { ...plan, summary: { ...summary, hasChanges: false } };
    expect(await endRun(ports, plans, { kind: 'planned' }, { plan: nothing })).not.toBeNull();
    expect(await wokenIn(story)).toEqual(woken);
  },
);

test('where it was applied before its merge, it is woken by that merge', async () => {
  const story = await begun('overtaken');
  const { ports, its } = story;
  const plans = planned({ ...its, extra: [] });
  const applies = run({ ...its, verb: 'apply', planRunId: plans.id });
  for (const one of [plans, applies]) await ports.store.runs.add(one);
  await ports.store.runs.move(applies.id, { kind: 'started' }, 2);
  await ports.store.runs.move(applies.id, { kind: 'applied' }, 3);
  await ports.store.locks.acquire(network.key, pullKey(13), 1);
  const head = { ...samplePull().head, sha: its.headSha };
  await concludePull(ports, samplePull({ ref: pullRef(13), state: 'closed', merged: merged(), head }), []);
  expect(await wokenIn(story)).toEqual([11]);
});
