/** What follows others is planned once they are applied, whatever was asked for and went wrong meanwhile. */
import { describe, expect, it } from 'vitest';
import { ofRepository } from '../../src/domain/pull.ts';
import { boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const network = (vpc: string) => `net\noutput vpc = ${vpc}\n`;

/** A database that uses the network, and something that has nothing to do with either. */
const main = {
  'tidegate.yaml': `version: 1
projects:
  - { dir: network }
  - { dir: database, depends_on: [{ project: network, outputs: [vpc] }] }
  - { dir: other }
`,
  'network/backend.tf': backend,
  'network/main.tf': network('one'),
  'database/backend.tf': backend,
  'database/main.tf': 'db',
  'other/backend.tf': backend,
  'other/main.tf': 'small',
};

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const told = async (
  files: Readonly<Record<string, string>>,
  work: (world: MemoryWorld) => Promise<void>,
): Promise<void> => {
  const world = await createMemoryWorld({ main });
  try {
    world.tool.state.set('network', main['network/main.tf']);
    world.tool.state.set('database', 'older');
    world.open(1, files);
    await world.event(1, 'opened');
    await settled(world);
    await work(world);
  } finally {
    await world.close();
  }
};

/** Something has the network planned anew. */
const planAnew = async (world: MemoryWorld): Promise<void> => {
  const runs = await world.ports.store.runs.latest({ repositoryId: repo.id, pullNumber: 1 });
  const project = runs.find((run) => run.project.name === 'network')?.project.key;
  if (project === undefined) throw new Error('it was never planned');
  await world.road.receive({
    id: `tidegate-${world.ports.newId()}`,
    event: 'plan_stale',
    action: null,
    repository: `${repo.owner}/${repo.name}`,
    trigger: { kind: 'stale', pull: world.ask(1).ref, project },
    receivedAt: world.ports.clock.now(),
  });
};

/** The same while base and head do not merge. */
const lookInVain = async (world: MemoryWorld): Promise<void> => {
  world.main({ 'network/main.tf': network('else') });
  await planAnew(world);
  await world.until(() => boardOf(world).includes('does not merge cleanly'));
};

describe('what follows', () => {
  it('is planned when what it uses was applied, although a look at the commit planned nothing meanwhile', async () => {
    await told({ 'network/main.tf': network('two') }, async (world) => {
      expect(rowOf(world, 'database')).toContain('| waits for `network` |');
      const goOn = Promise.withResolvers<undefined>();
      world.tool.hooks.set('apply', () => goOn.promise);
      await world.comment(1, '/apply -p network');
      await world.until(() => world.tool.journal.at(-1) === 'apply network');
      await lookInVain(world);
      world.main({ 'network/main.tf': network('one') });
      goOn.resolve(undefined);
      await settled(world);
      expect(world.tool.journal.at(-1)).toBe('plan database');
      expect(rowOf(world, 'database')).toContain('| `/apply -p database` |');
      expect(titleOf(world)).toContain('action_required');
    });
  });
});

it('what was named by hand stays, although a look at the commit planned nothing meanwhile', async () => {
  await told({ 'network/main.tf': network('two') }, async (world) => {
    await world.comment(1, '/plan -p other');
    await settled(world);
    expect(rowOf(world, 'other')).toContain('| `/apply -p other` |');
    await lookInVain(world);
    world.main({ 'network/main.tf': network('one') });
    await planAnew(world);
    await settled(world);
    expect(rowOf(world, 'other')).toContain('| `/apply -p other` |');
    expect(rowOf(world, 'database')).toContain('| waits for `network` |');
  });
});

it('what has its turn while base and head do not merge is planned when they do', async () => {
  await told({ 'network/main.tf': network('two') }, async (world) => {
    const goOn = Promise.withResolvers<undefined>();
    world.tool.hooks.set('apply', () => goOn.promise);
    await world.comment(1, '/apply -p network');
    await world.until(() => world.tool.journal.at(-1) === 'apply network');
    const before = world.main({ 'network/main.tf': network('else') });
    goOn.resolve(undefined);
    await settled(world);
    expect(boardOf(world)).toContain('does not merge cleanly');
    const after = world.main({ 'network/main.tf': network('one') });
    await world.road.receive({
      id: 'pushed',
      event: 'push',
      action: null,
      repository: `${repo.owner}/${repo.name}`,
      trigger: {
        kind: 'push',
        pull: ofRepository(repo),
        branch: 'main',
        before,
        after,
        isDefault: true,
        sender: null,
      },
      receivedAt: world.ports.clock.now(),
    });
    await settled(world);
    expect(world.tool.journal.slice(1)).toEqual(['apply network', 'plan network', 'plan database']);
    expect(rowOf(world, 'database')).toContain('| `/apply -p database` |');
  });
});
