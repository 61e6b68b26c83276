import { expect, it } from 'vitest';
import { boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, repo } from '../support/memory-world.ts';

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

it('has what uses its outputs planned, when it is contained in a newer commit that was applied', async () => {
  const backend = 'terraform {\n  backend "http" {}\n}\n';
  const world = await createMemoryWorld({
    main: {
      ...main,
      'tidegate.yaml':
        'version: 1\nprojects:\n  - { dir: network }\n  - { dir: app, depends_on: [network] }\n',
      'app/backend.tf': backend,
      'app/main.tf': 'small',
    },
    operator: 'rules: [{match: "**", apply: merge}]\n',
  });
  const files = { 'network/main.tf': 'medium', 'app/main.tf': 'large' };
  const { store, clock } = world.ports;
  try {
    world.tool.hooks.set('apply', () => ({ ended: 'exit', exitCode: 1, text: 'it broke' }));
    world.open(1, files);
    await world.event(1, 'opened');
    await world.settled();
    await world.merge(1, files);
    await world.settled();
    expect(world.tool.journal.at(-1)).toBe('apply network');
    // As when somebody else's merge was applied at once, so that nobody met it under way.
    const { ref: pull, merged } = world.ask(1);
    const runs = await store.runs.latest({ repositoryId: repo.id, pullNumber: 1 });
    const project = runs.find((run) => run.project.name === 'network')?.project.key;
    if (merged === null || project === undefined) throw new Error('nothing was merged');
    await store.appliedCommits.put({ project, commit: merged.commit, pullNumber: 2, at: clock.now() });
    await world.road.receive({
      id: 'tidegate-due',
      event: 'apply_due',
      action: null,
      repository: `${repo.owner}/${repo.name}`,
      trigger: { kind: 'due', pull, project },
      receivedAt: clock.now(),
    });
    await world.settled();
    expect(world.tool.journal.at(-1)).toBe('plan app');
  } finally {
    await world.close();
  }
});
