import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from '../../src/forge/github/turns.ts';

test('so many go at a time, and those of each client in turn', async () => {
  const turns = createTurns(2);
  const went: string[] = [];
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1'])
    turns.wait(name.slice(0, 1), () => void went.push(name));
  expect(went).toEqual([]);
  await nextTurn();
  expect(went).toEqual(['a1', 'b1']);
  await nextTurn();
  expect(went).toEqual(['a1', 'b1', 'c1', 'a2']);
  await nextTurn();
  await nextTurn();
  expect(went).toEqual(['a1', 'b1', 'c1', 'a2', 'a3', 'a4']);
});

test('whoever left the line does not go, and keeps nobody', async () => {
  const turns = createTurns(1);
  const went: string[] = [];
  const leave = turns.wait('a', () => void went.push('a'));
  turns.wait('b', () => void went.push('b'));
  leave();
  leave();
  await nextTurn();
  expect(went).toEqual(['b']);
});

test('whoever waits again from its own turn comes after the others', async () => {
  const turns = createTurns(1);
  const went: string[] = [];
  const again = (name: string) => {
    went.push(name);
    if (went.length < 6) turns.wait(name, () => again(name));
  };
  for (const name of ['a', 'b']) turns.wait(name, () => again(name));
  for (let turn = 0; turn < 8; turn += 1) await nextTurn();
  expect(went.slice(0, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
});
