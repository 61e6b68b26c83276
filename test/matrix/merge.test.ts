import { describe, expect, test } from 'vitest';
import { cells } from './cells.ts';
import { play, titleOf } from './play.ts';

describe('a project that is applied after the merge', () => {
  for (const cell of cells.filter(([mode]) => mode === 'merge')) test(titleOf(cell), () => play(cell));
});

test('there are forty cells, no two alike', () => {
  expect(new Set(cells.map((cell) => cell.join())).size).toBe(cells.length);
  expect(cells.length).toBeGreaterThanOrEqual(40);
});
