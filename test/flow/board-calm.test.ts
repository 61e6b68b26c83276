import { describe, expect, it } from 'vitest';
import { createMemoryWorld, type MemoryWorld, refOf } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const main = {
  'tidegate.yaml': 'version: 1\nprojects:\n  - { dir: eu }\n  - { dir: us }\n',
  'eu/backend.tf': backend,
  'eu/main.tf': 'small',
  'us/backend.tf': backend,
  'us/main.tf': 'small',
};

const boards = ({ forge }: MemoryWorld): readonly string[] =>
  forge
    .comments(refOf(1))
    .map(({ body }) => body)
    .filter((body) => body.includes('tidegate:board:'));
const folds = (body: string): number => body.split('<details').length - 1;

const told = async (
  files: Readonly<Record<string, string>>,
  work: (world: MemoryWorld) => Promise<void>,
): Promise<void> => {
  const world = await createMemoryWorld({ main });
  try {
    world.open(1, files);
    await world.event(1, 'opened');
    await world.settled();
    await work(world);
  } finally {
    await world.close();
  }
};

describe('the one comment', () => {
  it('tells plans of two projects that do the same once, and plans that do not apart', async () => {
    await told({ 'eu/main.tf': 'large', 'us/main.tf': 'large' }, async (world) => {
      const [body = ''] = boards(world);
      expect(folds(body)).toBe(1);
      expect(body).toContain('The plans of these 2 projects are the same, value for value:');

      world.open(1, { 'us/main.tf': 'larger' });
      await world.event(1, 'synchronize');
      await world.settled();
      const [next = '', ...more] = boards(world);
      expect(folds(next)).toBe(2);
      expect(more).toEqual([]);
    });
  });
});
