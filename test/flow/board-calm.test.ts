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

  it('says what changed since the plan that stood there before, and keeps the commits in one line', async () => {
    await told({ 'eu/main.tf': 'large' }, async (world) => {
      const first = world.ask(1).head.sha.slice(0, 12);
      expect(boards(world)[0]).not.toContain('before it');
      expect(boards(world)[0]).not.toContain('Since');

      world.open(1, { 'eu/main.tf': 'larger' });
      await world.event(1, 'synchronize');
      await world.settled();
      const second = world.ask(1).head.sha.slice(0, 12);
      expect(boards(world)[0]).toContain(`**Since the plan of** \`${first}\` the plan changed:`);
      expect(boards(world)[0]).toContain('`input` becomes `"larger"`, was to become `"large"`');
      expect(boards(world)[0]).toContain(`· before it \`${first}\` ·`);

      // The same plan of another commit is nothing to read again.
      world.open(1, { 'eu/main.tf': 'larger', 'README.md': 'words' });
      await world.event(1, 'synchronize');
      await world.settled();
      expect(boards(world)[0]).not.toContain('**Since');
      expect(boards(world)[0]).toContain(`· before it \`${second}\`, \`${first}\` ·`);
      expect(boards(world)).toHaveLength(1);
    });
  });
});
