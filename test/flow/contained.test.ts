import { expect, it } from 'vitest';
import { boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld } from '../support/memory-world.ts';

const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};

it('a merge that a newer applied commit contains is done, and says with which', async () => {
  const world = await createMemoryWorld({ main, operator: 'rules: [{match: "**", apply: merge}]\n' });
  const merge = async (number: number, input: string): Promise<void> => {
    world.open(number, { 'network/main.tf': input });
    await world.event(number, 'opened');
    await world.settled();
    await world.advance(2_000);
    await world.merge(number, { 'network/main.tf': input });
    await world.settled();
    await world.advance(2_000);
  };
  try {
    world.tool.hooks.set('apply', () => ({ ended: 'exit', exitCode: 1, text: 'it broke' }));
    await merge(1, 'medium');
    expect(titleOf(world)).toBe('failure: Failed to apply: network');
    world.tool.hooks.clear();
    await merge(2, 'large');
    expect(titleOf(world, 2)).toBe('success: 1 project applied: 1 added');
    const commit = world.ask(2).merged?.commit.slice(0, 12);
    const said = `success: Contained in ${commit}, applied by #2: network`;
    expect([titleOf(world), titleOf(world, 1, 'tidegate/plan')]).toEqual([said, said]);
    expect(titleOf(world, 1, 'tidegate: network')).toBe(said);
    expect(rowOf(world, 'network')).toContain('| ✓ applied with a newer commit |');
    expect(boardOf(world)).toContain('Merged. Applied with a newer commit');
    expect(boardOf(world)).toMatch(/A newer commit of `main` that holds `\w+` was applied, `\w+`, by /);
  } finally {
    await world.close();
  }
});
