import { describe, test } from 'vitest';
import { cells } from './cells.ts';
import { play, titleOf } from './play.ts';

describe('a project that is applied by a command', () => {
  for (const cell of cells.filter(([mode]) => mode === 'command')) test(titleOf(cell), () => play(cell));
});
