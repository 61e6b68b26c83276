import { describe, expect, it } from 'vitest';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

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

  it('is planned anew after a second apply, also where the newest look at the commit planned nothing', {
    tags: ['long'],
    timeout: 60_000,
  }, async () => {
    const others = ['other', 'a', 'b'];
    const world = await createMemoryWorld({
      main: {
        ...main,
        'tidegate.yaml': `${main['tidegate.yaml']}${others.map((dir) => project(dir)).join('')}`,
        ...Object.fromEntries(
          others.flatMap((dir) => [
            [`${dir}/backend.tf`, backend],
            [`${dir}/main.tf`, 'small'],
          ]),
        ),
      },
      operator: 'parallel_runs: 1\nqueued_runs: 2\n',
    });
    const planOfApp = async () =>
      (await world.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 })).find(
        ({ verb, project: { name } }) => verb === 'plan' && name === 'app',
      );
    try {
      world.open(1, { ...both, 'other/main.tf': 'large' });
      await world.event(1, 'opened');
      await world.settled();
      await says(world, '/apply -p network');
      const first = await planOfApp();
      if (first === undefined) throw new Error('it was never planned');
      expect(first.state).toBe('planned');
      world.tool.state.set('network', 'tiny');
      await says(world, '/plan -p network');

      const goOn = Promise.withResolvers<undefined>();
      world.tool.hooks.set('apply', () => goOn.promise);
      await world.comment(1, '/apply -p network');
      await world.until(() => world.tool.journal.filter((line) => line === 'apply network').length === 2);
      for (const [at, dir] of ['a', 'b'].entries()) {
        world.open(at + 2, { [`${dir}/main.tf`]: 'large' });
        await world.event(at + 2, 'opened');
        await world.until(async () => (await world.ports.store.runs.inState(['queued'])).length === at + 1);
      }
      const runs = await world.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 });
      const other = runs.find((run) => run.project.name === 'other')?.project.key;
      if (other === undefined) throw new Error('it was never planned');
      await world.road.receive({
        id: 'tidegate-stale',
        event: 'plan_stale',
        action: null,
        repository: `${repo.owner}/${repo.name}`,
        trigger: { kind: 'stale', pull: world.ask(1).ref, project: other },
        receivedAt: world.ports.clock.now(),
      });
      await world.until(() => boardOf(world).includes('One more run does not fit'));
      expect((await planOfApp())?.id).toBe(first.id);
      for (const number of [2, 3]) {
        world.edit(number, { state: 'closed' });
        await world.event(number, 'closed');
      }
      await world.until(async () => (await world.ports.store.runs.inState(['queued'])).length === 0);
      goOn.resolve(undefined);
      await world.settled();
      // What it was made of before is another thing now.
      expect(await world.ports.store.runs.get(first.id)).toMatchObject({ state: 'superseded' });
      expect(world.tool.journal.at(-1)).toBe('plan app');
      await world.advance(2_000);
      expect(titleOf(world, 1, 'tidegate/plan')).toMatch(/^action_required: .*not planned.*other/);
    } finally {
      await world.close();
    }
  });
});
