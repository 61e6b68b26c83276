import { describe, expect, it } from 'vitest';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

const project = (dir: string, more = '') => `  - { dir: ${dir}${more} }\n`;
const backend = 'terraform {\n  backend "http" {}\n}\n';
const main = {
  'tidegate.yaml': `version: 1\nprojects:\n${project('network')}${project('app', ', depends_on: [network]')}`,
  'network/backend.tf': backend,
  'network/main.tf': 'small',
  'app/backend.tf': backend,
  'app/main.tf': 'small',
};
const both = { 'network/main.tf': 'large', 'app/main.tf': 'large' };

const told = async (operator: string, work: (world: MemoryWorld) => Promise<void>): Promise<void> => {
  const world = await createMemoryWorld({ main, operator });
  try {
    world.open(1, both);
    await world.event(1, 'opened');
    await world.settled();
    await world.advance(2_000);
    await work(world);
  } finally {
    await world.close();
  }
};

const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await world.settled();
  await world.advance(2_000);
};

describe('a project that uses outputs of another one', () => {
  it('is planned by itself when that was applied, and not before', async () => {
    await told('', async (world) => {
      expect(world.tool.journal).toEqual(['plan network']);
      expect(rowOf(world, 'app')).toContain('| waits for `network` |');
      await says(world, '/plan -p app');
      expect(answersOf(world)).toContain('`app` uses outputs of `network`');
      await says(world, '/apply');
      expect(world.tool.journal).toEqual(['plan network', 'apply network', 'plan app']);
      expect(rowOf(world, 'app')).toContain('| `/apply -p app` |');
      await says(world, '/apply');
      expect(titleOf(world)).toBe('success: 2 projects applied: 2 added');
      expect(boardOf(world)).not.toContain('waits for');
    });
  });
});
