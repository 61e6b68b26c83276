import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { sha } from '../../src/domain/ids.ts';
import { wakeOnceMore } from '../../src/flow/pending-wakes.ts';
import { createMemoryStore } from '../../src/store/memory/store.ts';
import { keyOf, repo } from '../store/samples.ts';

test('all pushes to a repository are looked at once more in one look, and one that comes later in another', async () => {
  const time = createVirtualClock();
  const { clock } = time;
  const store = createMemoryStore({ clock });
  const push = (digit: string) =>
    store.pendings.add({
      repo,
      project: keyOf('network'),
      name: 'network',
      branch: 'main',
      commit: sha(digit.repeat(40)),
      before: sha('0'.repeat(40)),
      commits: 1,
      forced: false,
      by: null,
      at: clock.now(),
      ended: null,
    });
  const woken = async (): Promise<number> => {
    await time.advance(60_000);
    return wakeOnceMore({ store, clock });
  };
  for (const digit of ['a', 'b', 'c']) await push(digit);
  expect(await woken()).toBe(1);
  expect(await woken()).toBe(0);
  await push('d');
  expect(await woken()).toBe(1);
  expect(await woken()).toBe(0);
  await store.close();
});
