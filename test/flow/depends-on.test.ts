import { describe, expect, it } from 'vitest';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

const project = (dir: string, more = '') => `  - { dir: ${dir}${more} }\n`;
const backend = 'terraform {\n  backend "http" {}\n}\n';
const main = {
  'tidegate.yaml': `version: 1\nprojects:\n${project('network')}${project('app', ', depends_on: [{ project: network, outputs: [] }]')}`,
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

/** An apply of the network that ends with an error. */
const breakNetwork = ({ tool }: MemoryWorld): void => {
  tool.hooks.set('apply', (dir) =>
    dir === 'network' ? { ended: 'exit', exitCode: 1, text: 'it broke' } : undefined,
  );
};

/** The next plans of the network find nothing to change. */
const nothingInPart = ({ tool }: MemoryWorld): void => {
  tool.hooks.set('show', (dir) =>
    dir === 'network'
      ? {
          data: JSON.stringify({
            format_version: '1.2',
            terraform_version: '1.11.4',
            resource_changes: [],
            output_changes: {},
          }),
        }
      : undefined,
  );
};

describe('a project that depends on another one', () => {
  it('says that it waits for that, in the table, in the title, in /why and in the answer to a command for it alone', async () => {
    await told('', async (world) => {
      expect(rowOf(world, 'network')).toContain('| `/apply -p network` |');
      expect(rowOf(world, 'app')).toContain('| `network` to be applied, then `/apply -p app` |');
      // One command does both, in their order.
      expect(titleOf(world)).toBe('action_required: Waits for /apply of network, app (2 to add)');
      await says(world, '/why -p app');
      expect(answersOf(world)).toContain('waits for `network` to be applied');
      await says(world, '/apply -p app');
      expect(answersOf(world)).toContain('`app` depends on `network`, which is not applied yet');
      expect(boardOf(world)).toContain('`app` depends on `network`, which is not applied yet');
      await says(world, '/apply -p network');
      expect(rowOf(world, 'app')).toContain('| `/apply -p app` |');
      expect(titleOf(world)).toBe('action_required: Waits for /apply -p app (1 to add)');
      // What was refused then is no question any more.
      expect(boardOf(world)).not.toContain('is not applied yet');
      await says(world, '/apply');
      expect(titleOf(world)).toBe('success: 2 projects applied: 2 added');
    });
  });

  it('is not applied after that failed, and is named where that is said', async () => {
    await told('', async (world) => {
      breakNetwork(world);
      await says(world, '/apply');
      expect(titleOf(world)).toBe('failure: Failed to apply: network; not applied because of that: app');
      expect(rowOf(world, 'app')).toContain('| `network` to be applied, then `/apply -p app` |');
      expect(answersOf(world)).toContain('`app` depends on `network`, which is not applied yet');
      expect(world.tool.journal).not.toContain('apply app');
      world.tool.hooks.clear();
      await says(world, '/plan -p network');
      await says(world, '/apply');
      expect(titleOf(world)).toBe('success: 2 projects applied: 2 added');
    });
  });

  it('waits for the merge alone where the merge applies both, and then for the other one', {
    tags: ['long'],
  }, async () => {
    await told('rules: [{match: "**", apply: merge}]\n', async (world) => {
      expect(titleOf(world)).toBe('success: Applies after the merge: 2 to add');
      breakNetwork(world);
      await world.merge(1, both);
      await world.settled();
      expect(titleOf(world)).toBe('failure: Failed to apply: network; not applied because of that: app');
      expect(rowOf(world, 'app')).toContain(
        '`network` to be applied, then its apply, which begins by itself',
      );
      world.tool.hooks.clear();
      await says(world, '/plan -p network');
      await says(world, '/apply -p network');
      await says(world, '/apply -p app');
      expect(titleOf(world)).toBe('success: 2 projects applied: 2 added');
    });
  });

  it('is applied after a newer merge applied the other one, whose own apply had failed', {
    tags: ['long'],
  }, async () => {
    await told('rules: [{match: "**", apply: merge}]\n', async (world) => {
      breakNetwork(world);
      await world.merge(1, both);
      await world.settled();
      world.tool.hooks.clear();
      world.open(2, { 'network/main.tf': 'larger' });
      await world.event(2, 'opened');
      await world.settled();
      await world.advance(2_000);
      // The older merge hears of it while the apply goes on.
      const goOn = Promise.withResolvers<undefined>();
      world.tool.hooks.set('apply', (dir) => (dir === 'network' ? goOn.promise : undefined));
      await world.merge(2, { 'network/main.tf': 'larger' });
      const dues = () => world.ports.store.dues.ofPull({ repositoryId: repo.id, pullNumber: 1 });
      await world.until(async () => (await dues()).some(({ ended }) => ended === 'overtaken'));
      goOn.resolve(undefined);
      await world.settled();
      expect(world.tool.state.get('network')).toBe('larger');
      // Nobody tells it: it is looked at again.
      await world.until(() => world.tool.journal.includes('apply app'));
      await world.settled();
      expect(titleOf(world)).toBe('success: 1 project applied: 1 added');
    });
  });

  it('is held up by what the other one waits for', async () => {
    const operator = 'rules: [{match: network, requirements: [approved]}]\n';
    await told(operator, async (world) => {
      expect(titleOf(world)).toBe(
        'action_required: Waits for what the rules ask for, then /apply of network, app (2 to add)',
      );
      await says(world, '/unlock -p network');
      expect(titleOf(world)).toBe('action_required: Waits for /plan of network');
      expect(rowOf(world, 'app')).toContain('| `network` to be applied, then `/apply -p app` |');
    });
  });

  it('is not applied where only a part of the other one was planned, and had nothing to change', async () => {
    await told('', async (world) => {
      nothingInPart(world);
      await says(world, '/plan -p network -- -target=terraform_data.other');
      world.tool.hooks.clear();
      await says(world, '/apply');
      expect(world.tool.journal).not.toContain('apply app');
      expect(answersOf(world)).toContain('`app` depends on `network`, which is not applied yet');
      await says(world, '/plan -p network');
      await says(world, '/apply');
      expect(titleOf(world)).toBe('success: 2 projects applied: 2 added');
    });
  });

  it('is not applied in the same breath as a part of the other one', async () => {
    await told('', async (world) => {
      await says(world, '/plan -p network -- -target=terraform_data.this');
      await says(world, '/apply');
      expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toEqual(['apply network']);
    });
  });

  it('is refused where the other one is applied after the merge and this one before it: neither could be first', async () => {
    await told('rules: [{match: network, apply: merge}]\n', async (world) => {
      expect(boardOf(world)).toContain('`app` depends on `network`, which is applied after the merge');
      expect(titleOf(world)).toMatch(/^action_required: /);
      // Alone each of them has its turn.
      world.open(2, { 'network/main.tf': 'larger' });
      await world.event(2, 'opened');
      await world.settled();
      expect(world.tool.journal).toEqual(['plan network']);
    });
  });
});
