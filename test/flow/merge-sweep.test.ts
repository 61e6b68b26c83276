import { afterEach, expect, test } from 'vitest';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';
import { merged } from '../support/samples.ts';

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

test('a merge that was followed is not found again for the lock of what it still asks to be applied', async () => {
  const operator = 'rules: [{match: "**", apply: merge}]\n';
  const world = await createMemoryWorld({ main: { 'network/main.tf': 'small' }, operator });
  worlds.push(world);
  await world.settled();
  world.open(1, { 'network/main.tf': 'medium' });
  await world.event(1, 'opened');
  await world.settled();
  world.edit(1, { state: 'closed', merged: merged() });
  await world.event(1, 'closed');
  await world.settled();
  expect(await world.ports.store.locks.all()).toHaveLength(1);
  const told = async () =>
    (await world.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 })).filter(
      ({ kind }) => kind === 'pull.merged',
    ).length;
  expect(await told()).toBe(1);
  await world.advance(61 * 60_000);
  await world.settled();
  expect(await told()).toBe(1);
  // Somebody gives it up: that is on record, with who and what.
  await world.comment(1, '/unlock');
  await world.settled();
  const rows = await world.ports.store.audit.ofPull({ repositoryId: repo.id, pullNumber: 1 });
  expect(rows.find(({ kind }) => kind === 'merge.settled')).toMatchObject({
    actor: 'ada',
    facts: { commit: merged().commit, ended: 'given-up' },
  });
});
