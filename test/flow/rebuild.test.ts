/** All of an environment, each after what it uses outputs of: how far one word goes, and what ends it. */
import { afterEach, describe, expect, it } from 'vitest';
import { answersOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const names = ['a', 'b', 'c', 'd', 'e'] as const;
const main = Object.fromEntries(
  names.flatMap((name) => [
    [`${name}/backend.tf`, backend],
    [`${name}/main.tf`, 'small'],
  ]),
);
const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const says = async (world: MemoryWorld, body: string, who = people.ada): Promise<void> => {
  await world.comment(1, body, who);
  await settled(world);
};

const pull = { repositoryId: repo.id, pullNumber: 1 };

/** Name of each project that has a plan which stands, with its run. */
const plansOf = async ({ ports }: MemoryWorld): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (await ports.store.runs.ofPull(pull, ['planned']))
      .filter(({ verb }) => verb === 'plan')
      .map(({ project, id }) => [project.name, id]),
  );

describe('a word for all of an environment', () => {
  const two = {
    ...main,
    'tidegate.yaml':
      'version: 1\nprojects:\n  - { dir: a, environment: prod }\n  - { dir: b, environment: prod, depends_on: [a] }\n',
  };
  const mayAll = '{match: "**", who_may: {apply-all: {users: [grace]}}}';

  /** Both were asked for; the second uses outputs of the first, so that it is planned after that was applied. */
  const begun = async (
    rules: string = mayAll,
    changed: Readonly<Record<string, string>> = { 'README.md': 'Rebuild.\n' },
  ): Promise<MemoryWorld> => {
    const world = await createMemoryWorld({ main: two, operator: `rules: [${rules}]\n` });
    worlds.push(world);
    world.open(1, changed);
    await world.event(1, 'opened');
    await settled(world);
    await says(world, '/plan --all --env prod', people.grace);
    expect(await plansOf(world)).toHaveProperty('size', 1);
    return world;
  };

  const all = (world: MemoryWorld) => says(world, '/apply --all --env prod', people.grace);
  const appliesOf = ({ tool }: MemoryWorld) => tool.journal.filter((line) => line.startsWith('apply'));

  /** Something happens while the second is planned, after the first was applied. */
  const meanwhile = async (world: MemoryWorld, work: () => Promise<unknown>): Promise<void> => {
    const goOn = Promise.withResolvers<undefined>();
    world.tool.hooks.set('plan', (dir) => (dir === 'b' ? goOn.promise : undefined));
    await world.comment(1, '/apply --all --env prod', people.grace);
    await world.until(() => world.tool.journal.includes('plan b'));
    await work();
    world.tool.hooks.clear();
    goOn.resolve(undefined);
    await settled(world);
  };

  it('goes on with what is planned later, where it only creates what the base branch has', async () => {
    const world = await begun();
    await all(world);
    expect(world.tool.journal).toEqual(['plan a', 'apply a', 'plan b', 'apply b']);
    expect(titleOf(world)).toMatch(/^success: /);
    const word = await world.ports.store.rebuilds.get(pull);
    expect(word).toMatchObject({ ...pull, environment: 'prod', actor: people.grace });
    const batch = await world.ports.store.batches.latest(pull, 'apply');
    expect(batch).toMatchObject({ cause: 'rebuild', actor: people.grace, commentId: null });
  });

  it.each([
    ['changes something', async (world: MemoryWorld) => void world.tool.state.set('b', 'tiny')],
    ['is planned after /cancel', (world: MemoryWorld) => world.comment(1, '/cancel -p b')],
    ['somebody planned since', (world: MemoryWorld) => world.comment(1, '/plan -p b')],
    ['is planned after /unlock', (world: MemoryWorld) => world.comment(1, '/unlock -p a', people.margaret)],
    [
      'is planned after the comment was taken back',
      async ({ ports, forge }: MemoryWorld) =>
        forge.removeComment(repo, (await ports.store.rebuilds.get(pull))?.commentId ?? 0),
    ],
  ])('does not go on with what %s', { tags: ['long'] }, async (_, work) => {
    const world = await begun();
    await meanwhile(world, async () => {
      await work(world);
      await world.advance(2_000);
    });
    expect(appliesOf(world)).toEqual(['apply a']);
    await says(world, '/plan -p b');
    await says(world, '/apply -p b');
    expect(appliesOf(world)).toEqual(['apply a', 'apply b']);
  });

  it('does not go on with what the pull request itself changes: nobody has seen that', async () => {
    const world = await begun(mayAll, { 'b/main.tf': 'large' });
    await all(world);
    expect(appliesOf(world)).toEqual(['apply a']);
    expect(world.tool.journal.at(-1)).toBe('plan b');
    expect(rowOf(world, 'b')).toContain('`/apply -p b`');
  });

  it('does not go on after something went wrong', async () => {
    const world = await begun();
    world.tool.hooks.set('apply', () => ({ ended: 'exit', exitCode: 1, text: 'it broke' }));
    await all(world);
    world.tool.hooks.clear();
    await says(world, '/plan -p a', people.grace);
    await says(world, '/apply -p a', people.grace);
    expect(world.tool.journal.at(-1)).toBe('plan b');
  });

  it('goes on only while whoever said it may', async () => {
    const world = await begun(`${mayAll}, {match: b, who_may: {apply-all: {users: [margaret]}}}`);
    await all(world);
    expect(appliesOf(world)).toEqual([]);
    expect(answersOf(world)).toContain('`/apply --all --env prod` needs `margaret`');
  });

  it('waits for what the rules ask for, and goes on when it is there', async () => {
    const world = await begun(`${mayAll}, {match: b, requirements: [approved]}`);
    await all(world);
    expect(world.tool.journal).toEqual(['plan a', 'apply a', 'plan b']);
    const { ref, head } = world.ask(1);
    const submittedAt = world.ports.clock.now();
    world.forge.addReview(ref, { author: people.grace, state: 'approved', commit: head.sha, submittedAt });
    await world.road.receive({
      id: 'a-review',
      event: 'pull_request_review',
      action: 'submitted',
      repository: 'acme/infrastructure',
      trigger: {
        ...{ kind: 'rules', reason: 'review', pull: ref, sender: people.grace },
        ...{ viaAppId: null, commentId: null },
      },
      receivedAt: world.ports.clock.now(),
    });
    await settled(world);
    expect(appliesOf(world)).toEqual(['apply a', 'apply b']);
  });

  it('is of one commit', async () => {
    const world = await begun();
    await meanwhile(world, async () => {
      world.open(1, { 'README.md': 'Again.\n' });
      await world.event(1, 'synchronize');
    });
    // For good: a branch may be set back to the commit that it was said of.
    expect(await world.ports.store.rebuilds.get(pull)).toBeNull();
    await says(world, '/plan -p b');
    expect(appliesOf(world)).toEqual(['apply a']);
  });
});
