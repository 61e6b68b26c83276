import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { mutate } from './mutants.ts';
import { switchName } from './switch.ts';

const made = (source: string): readonly string[] =>
  mutate('x.ts', source, 1).mutants.map(({ original, mutant }) => `${original} -> ${mutant}`);

describe('mutants', () => {
  const texts: readonly (readonly [source: string, mutants: readonly string[]])[] = [
    ['x < 3', ['x < 3 -> ;', 'x < 3 -> x <= 3', 'x < 3 -> x >= 3', '3 -> 4']],
    ['const y = a === b', ['a === b -> a !== b']],
    ['const y = (a || b) && c', ['(a || b) && c -> (a || b) || c', 'a || b -> a && b']],
    ['const y = a ?? b', ['a ?? b -> a', 'a ?? b -> b']],
    ['const y = a ? b : null', ['a -> !(a)', 'null -> {}']],
    ['const y = a === null', ['a === null -> a !== null']],
    ['const y = list.some(f)', ['list.some(f) -> list.every(f)']],
    ['const y = [a, b]', ['[a, b] -> [b]', '[a, b] -> [a]']],
    ['const y = { ...a }', ['a -> {}']],
    ['const f = () => { if (a) return b; c(); }', ['if (a) return b; -> ;', 'a -> !(a)', 'c(); -> ;']],
    // Nothing in types and in texts for people.
    ['type A = { a: 1 | null } & B[0]', []],
    ["const y = ['one', 'two'] as const", []],
    ["import { x } from 'y'", []],
    ['const y = `one`', []],
  ];
  test.each(texts)('of %s', (source, mutants) => {
    expect(made(source).toSorted()).toEqual(mutants.toSorted());
  });

  test('are all in one text, where each is switched on by itself', () => {
    const source = '[1, 2, 3, 4].filter((x) => x > 1 && x !== 3).length === 2 ? "some" : "none"';
    const { mutants, switched } = mutate('x.ts', source, 7);
    const play = (on: number): unknown =>
      runInNewContext(switched, { [switchName]: (id: number) => id === on });
    expect(play(0)).toBe('some');
    expect(mutants.map(({ id }) => id)).toEqual(mutants.map((_, at) => at + 7));
    const changed = mutants.filter(({ id }) => play(id) !== 'some').map(({ mutant }) => mutant);
    expect(changed).toContain('(x > 1) || (x !== 3)');
    expect(changed).toContain('[1, 2, 3]');
    expect(changed).not.toContain('[2, 3, 4]');
  });
});
