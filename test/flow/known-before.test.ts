import { expect, it } from 'vitest';
import { readCursor } from '../../src/flow/compare.ts';
import { createMemoryWorld, repo } from '../support/memory-world.ts';

it('what was open before we came is asked for our comment, some at a time', async () => {
  const world = await createMemoryWorld({ main: { 'network/main.tf': 'small' } });
  try {
    await world.settled();
    // As if the App were installed there only now.
    await world.ports.store.cursors.set(`repository:${repo.id}`, null);
    for (let number = 1; number <= 50; number += 1) world.open(number, { 'network/main.tf': `${number}` });
    const unread: number[] = [];
    for (let rounds = 0; rounds < 5; rounds += 1) {
      await world.advance(60_000);
      await world.settled();
      unread.push((await readCursor(world.ports, repo))?.unread.length ?? -1);
    }
    expect(unread.filter((many, at) => many >= 0 && many !== unread[at - 1])).toEqual([30, 10, 0]);
    expect(world.tool.journal).toEqual([]);
  } finally {
    await world.close();
  }
});
