import { describe, test } from 'vitest';
import { cells } from './cells.ts';
import { play, titleOf } from './play.ts';

describe('a project that is applied by a command, or by itself', () => {
  for (const cell of cells.filter(([mode]) => mode !== 'merge')) test(titleOf(cell), () => play(cell));
});
