import { expect, test } from 'vitest';
import { createCheckouts, type Turn } from '../../src/flow/checkouts.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work that goes on until it is told, and writes down when it begins. */
const createWorld = () => {
  const checkouts = createCheckouts({ folder: '/checkouts' });
  const begun: string[] = [];
  const enter = (name: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const turns: Turn[] = [];
    const done = checkouts.exclusive('/checkouts/tree', (turn) => {
      begun.push(name);
      turns.push(turn);
      return promise;
    });
    return { done, end: () => resolve(name), fail: () => reject(new Error(name)), turn: () => turns.at(0) };
  };
  return { begun, enter };
};

test('one has a folder until it ends, and knows whether somebody waits for it', async () => {
  const { begun, enter } = createWorld();
  const first = enter('first');
  await tick();
  expect(first.turn()?.isWaitedFor()).toBe(false);
  const second = enter('second');
  await tick();
  expect(first.turn()?.isWaitedFor()).toBe(true);
  expect(begun).toEqual(['first']);
  first.end();
  expect(await first.done).toBe('first');
  await tick();
  expect(begun).toEqual(['first', 'second']);
  second.end();
  expect(await second.done).toBe('second');
});

test('who does without the folder goes on beside the next one, and tells what came of it', async () => {
  const { begun, enter } = createWorld();
  const first = enter('first');
  const second = enter('second');
  const third = enter('third');
  await tick();
  first.turn()?.over();
  await tick();
  expect(begun).toEqual(['first', 'second']);
  first.fail();
  await expect(first.done).rejects.toThrow('first');
  await tick();
  // Its end is not that of the second one's turn.
  expect(begun).toEqual(['first', 'second']);
  second.end();
  await second.done;
  await tick();
  expect(begun).toEqual(['first', 'second', 'third']);
  third.end();
  await third.done;
});

test('one that ends late takes nothing from those who came after', async () => {
  const { begun, enter } = createWorld();
  const late = enter('late');
  await tick();
  const second = enter('second');
  late.turn()?.over();
  await tick();
  second.end();
  await second.done;
  // Nobody waits: what comes now is as if nobody had been here.
  const third = enter('third');
  await tick();
  late.end();
  await late.done;
  const fourth = enter('fourth');
  await tick();
  expect(begun).toEqual(['late', 'second', 'third']);
  third.end();
  await third.done;
  await tick();
  expect(begun).toEqual(['late', 'second', 'third', 'fourth']);
  fourth.end();
  await fourth.done;
});
