/** What depends on another project waits for it, whatever the newest look at the commit came to. */
import { expect, it } from 'vitest';
import { boardOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const dirs = ['network', 'app', 'a', 'b', 'c'];
const main = {
  'tidegate.yaml': `version: 1\nprojects:\n${dirs
    .map(
      (dir) =>
        `  - { dir: ${dir}${dir === 'app' ? ', depends_on: [{ project: network, outputs: [] }]' : ''} }\n`,
    )
    .join('')}`,
  ...Object.fromEntries(
    dirs.flatMap((dir) => [
      [`${dir}/backend.tf`, backend],
      [`${dir}/main.tf`, 'small'],
    ]),
  ),
};
const pull = { repositoryId: repo.id, pullNumber: 1 };

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

/** So many plans wait that no more fit, until what is returned is called. */
const fillQueue = async (world: MemoryWorld): Promise<() => void> => {
  const goOn = Promise.withResolvers<undefined>();
  world.tool.hooks.set('plan', (dir) => (dirs.slice(2).includes(dir) ? goOn.promise : undefined));
  for (const [at, dir] of dirs.slice(2).entries()) {
    world.open(at + 2, { [`${dir}/main.tf`]: 'large' });
    await world.event(at + 2, 'opened');
    if (at === 0) await world.until(() => world.tool.journal.includes(`plan ${dir}`));
    else await world.until(async () => (await world.ports.store.runs.inState(['queued'])).length === at);
  }
  return () => goOn.resolve(undefined);
};

const wakes = async (world: MemoryWorld, kind: 'stale' | 'ready', name: string): Promise<void> => {
  const runs = await world.ports.store.runs.latest(pull);
  const project = runs.find((run) => run.project.name === name)?.project.key;
  if (project === undefined) throw new Error(`${name} was never planned`);
  await world.road.receive({
    id: `tidegate-${world.ports.newId()}`,
    event: kind,
    action: null,
    repository: `${repo.owner}/${repo.name}`,
    trigger: { kind, pull: world.ask(1).ref, project },
    receivedAt: world.ports.clock.now(),
  });
};

/** Whoever may approve agrees to what is shown. */
const approved = async (world: MemoryWorld): Promise<void> => {
  const { ref, head } = world.ask(1);
  const submittedAt = world.ports.clock.now();
  world.forge.addReview(ref, { author: people.grace, state: 'approved', commit: head.sha, submittedAt });
  await settled(world);
};

const told = async (
  changed: Readonly<Record<string, string>>,
  first: (world: MemoryWorld) => Promise<void>,
) => {
  const world = await createMemoryWorld({
    main,
    operator:
      'parallel_runs: 1\nqueued_runs: 2\nrules: [{match: app, apply: auto, requirements: [approved]}]\n',
  });
  try {
    world.open(1, changed);
    await world.event(1, 'opened');
    await settled(world);
    await first(world);
    await approved(world);
    expect(world.tool.journal).toContain('plan network');
    const goOn = await fillQueue(world);
    await wakes(world, 'stale', 'network');
    await world.until(() => boardOf(world).includes('One more run does not fit'));
    await wakes(world, 'ready', 'app');
    goOn();
    await settled(world);
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toEqual([]);
    await world.comment(1, '/plan -p network');
    await settled(world);
    await world.comment(1, '/apply -p network');
    await settled(world);
    await wakes(world, 'ready', 'app');
    await settled(world);
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toEqual([
      'apply network',
      'apply app',
    ]);
  } finally {
    await world.close();
  }
};

it('waits for what the pull request changes after a look that planned nothing', async () => {
  await told({ 'network/main.tf': 'large', 'app/main.tf': 'large' }, async () => {});
});

it('waits for what was planned by hand after a look that planned nothing', {
  tags: ['long'],
  timeout: 60_000,
}, async () => {
  await told({ 'app/main.tf': 'large' }, async (world) => {
    await world.comment(1, '/plan -p network');
    await settled(world);
  });
});
