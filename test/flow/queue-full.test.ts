import { expect, test } from 'vitest';
import { createMemoryWorld, type MemoryWorld, people, refOf, repo } from '../support/memory-world.ts';

const tf = (text: string) => `# ${text}\n`;

const ours = (world: MemoryWorld, number: number, marker: string): string =>
  world.forge
    .comments(refOf(number))
    .filter(({ ours, body }) => ours && body.includes(marker))
    .map(({ body }) => body)
    .join('\n');

test('plans that do not fit into the queue are refused with a word; what is planned stays, and later they fit', async () => {
  const world = await createMemoryWorld({
    main: { 'a/main.tf': tf('one'), 'b/main.tf': tf('one'), 'c/main.tf': tf('one') },
    operator: 'parallel_runs: 1\nqueued_runs: 1',
  });
  try {
    world.open(3, { 'c/main.tf': tf('two') });
    await world.event(3, 'opened');
    await world.settled();
    expect(ours(world, 3, 'tidegate:board')).toContain('| planned |');

    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    world.tool.hooks.set('plan', async () => {
      await held;
      return undefined;
    });
    world.open(1, { 'a/main.tf': tf('two') });
    await world.event(1, 'opened');
    await world.until(() => world.tool.journal.includes('plan a'));
    world.open(2, { 'b/main.tf': tf('two') });
    await world.event(2, 'opened');
    await world.until(async () => (await world.ports.store.runs.inState(['queued'])).length === 1);

    await world.comment(3, '/plan', people.ada);
    await world.until(() => ours(world, 3, 'tidegate:reply').includes('1 of at most 1 wait on this server'));
    expect(ours(world, 3, 'tidegate:board')).toContain('| planned |');
    world.push(3, { 'c/main.tf': tf('three') });
    await world.event(3, 'synchronize');
    await world.until(() => ours(world, 3, 'tidegate:board').includes('One more run does not fit'));
    const head = world.ask(3).head.sha;
    await world.until(() =>
      world.forge
        .checks(repo)
        .some(
          (check) =>
            check.headSha === head &&
            check.name === 'tidegate/plan' &&
            (check.conclusion === 'failure' || check.conclusion === 'action_required'),
        ),
    );
    expect(await world.ports.store.runs.inState(['queued'])).toHaveLength(1);

    letGo();
    await world.settled();
    expect(world.tool.journal.filter((line) => line === 'plan c')).toHaveLength(1);
    await world.comment(3, '/plan', people.ada);
    await world.settled();
    expect(world.tool.journal.filter((line) => line === 'plan c')).toHaveLength(2);
    expect(ours(world, 3, 'tidegate:board')).toContain('| planned |');
  } finally {
    await world.close();
  }
});
