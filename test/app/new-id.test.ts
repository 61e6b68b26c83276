import { expect, test } from 'vitest';
import { newId } from '../../src/app/new-id.ts';
import { batchId } from '../../src/domain/ids.ts';
import { createRenderer } from '../../src/render/renderer.ts';

test('an id is plain wherever it is written: no two alike, and nothing that ends a hidden comment or begins an option', () => {
  const renderer = createRenderer();
  const ids = Array.from({ length: 5_000 }, () => newId());
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) {
    expect(batchId(id)).toMatch(/^[0-9a-z]{24}$/);
    const said = renderer.nudge(`tidegate:nudge:turn:${id}`, { kind: 'turn', planned: ['a'], failed: [] });
    expect(said).toContain(`<!-- tidegate:nudge:turn:${id} -->`);
  }
});
