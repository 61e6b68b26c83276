/** A part of what there is: what was not meant stays as it was, and a bare command is about what the change affects. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, repo } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const names = ['a', 'b', 'c', 'd', 'e'] as const;
const main = Object.fromEntries(
  names.flatMap((name) => [
    [`${name}/backend.tf`, backend],
    [`${name}/main.tf`, 'small'],
  ]),
);
const change = (...changed: readonly string[]) =>
  Object.fromEntries(changed.map((name) => [`${name}/main.tf`, 'large']));

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const opened = async (changed: readonly string[], operator = ''): Promise<MemoryWorld> => {
  const world = await createMemoryWorld({ main, operator });
  worlds.push(world);
  world.open(1, change(...changed));
  await world.event(1, 'opened');
  await settled(world);
  return world;
};

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

const lockedOf = async ({ ports }: MemoryWorld): Promise<readonly string[]> =>
  (await ports.store.locks.ofPull(pull)).map(({ project }) => project.split(':')[1] ?? '').sort();

describe('a selection', () => {
  it('plans what it names, affected or not, and keeps every other plan and lock', async () => {
    const world = await opened(['a', 'b']);
    const first = await plansOf(world);
    expect([...first.keys()].sort()).toEqual(['a', 'b']);
    await says(world, '/plan -p a');
    const second = await plansOf(world);
    expect(second.get('b')).toBe(first.get('b'));
    expect(second.get('a')).not.toBe(first.get('a'));
    await says(world, '/plan -p c');
    const third = await plansOf(world);
    expect([...third.keys()].sort()).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'b']) expect(third.get(name)).toBe(second.get(name));
    expect(await lockedOf(world)).toEqual(['a', 'b', 'c']);
    expect(rowOf(world, 'c')).toContain('| planned |');
  });

  it('keeps the rest in any order of selections, and a bare command is about what the change affects', {
    tags: ['long'],
    timeout: 120_000,
  }, async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constantFrom('bare' as const, 'all' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const world = await opened(['a', 'b']);
        try {
          for (const one of steps) {
            const before = await plansOf(world);
            const chosen: readonly string[] = one === 'bare' ? ['a', 'b'] : one === 'all' ? names : one;
            await says(
              world,
              one === 'bare'
                ? '/plan'
                : one === 'all'
                  ? '/plan --all'
                  : `/plan ${one.map((n) => `-p ${n}`).join(' ')}`,
            );
            const after = await plansOf(world);
            const rest = one === 'bare' ? [] : [...before.keys()].filter((name) => !chosen.includes(name));
            expect([...after.keys()].sort()).toEqual([...chosen, ...rest].sort());
            for (const name of rest) expect(after.get(name)).toBe(before.get(name));
            for (const name of chosen) expect(after.get(name)).not.toBe(before.get(name));
            expect(await lockedOf(world)).toEqual([...after.keys()].sort());
          }
        } finally {
          await world.close();
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('a bare /plan', () => {
  it('starts over: it plans all that the change affects, and gives back what was named by hand', async () => {
    const world = await opened(['a', 'b']);
    await says(world, '/plan -p c');
    const before = await plansOf(world);
    await says(world, '/plan');
    const after = await plansOf(world);
    expect([...after.keys()].sort()).toEqual(['a', 'b']);
    for (const [name, run] of after) expect(run).not.toBe(before.get(name));
    expect(await lockedOf(world)).toEqual(['a', 'b']);
    expect(rowOf(world, 'c')).toBe('');
  });

  it('keeps what was applied: that is in the world', async () => {
    const world = await opened(['a']);
    await says(world, '/plan -p c');
    world.tool.state.set('c', 'tiny');
    await says(world, '/plan -p c');
    await says(world, '/apply -p c');
    expect(world.tool.journal).toContain('apply c');
    await says(world, '/plan');
    expect(await lockedOf(world)).toEqual(['a', 'c']);
    expect(rowOf(world, 'c')).toContain('applied');
  });

  it('leaves what was named by hand where nobody said it: what begins by itself takes back no word', async () => {
    const world = await opened(['a']);
    await says(world, '/plan -p c');
    const before = await plansOf(world);
    await world.event(1, 'reopened');
    await settled(world);
    expect((await plansOf(world)).get('c')).toBe(before.get('c'));
    expect(await lockedOf(world)).toEqual(['a', 'c']);
  });
});

describe('more projects than a pull request may have planned', () => {
  const limit = 'projects_per_pull: 2\n';

  it('are not planned by a push, with a word that says how many, which limit and what to do; the checks stay open', async () => {
    const world = await opened(['a', 'b', 'c'], limit);
    expect(world.tool.journal).toEqual([]);
    expect(await lockedOf(world)).toEqual([]);
    expect(boardOf(world)).toContain(
      '3 projects are to be planned, and a pull request may have 2 planned at once.',
    );
    expect(boardOf(world)).toContain('`/plan --no-limit`');
    expect(titleOf(world)).toMatch(/^(?:failure|action_required): /);
    expect(titleOf(world, 1, 'tidegate/plan')).toMatch(/^(?:failure|action_required): /);
    await says(world, '/plan --no-limit');
    expect([...(await plansOf(world)).keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(titleOf(world)).toContain('Waits for /apply');
    // The word is for this commit: what is planned already is no more than it was.
    await says(world, '/plan');
    expect(world.tool.journal).toHaveLength(6);
    world.open(1, change('a', 'b', 'c', 'd'));
    await world.event(1, 'synchronize');
    await settled(world);
    expect(world.tool.journal).toHaveLength(6);
    expect(boardOf(world)).toContain('4 projects are to be planned');
  });

  it('can be planned in part, up to the limit; the rest is shown as not planned, and nothing passes without it', async () => {
    const world = await opened(['a', 'b', 'c'], limit);
    await says(world, '/plan -p a -p b');
    expect([...(await plansOf(world)).keys()].sort()).toEqual(['a', 'b']);
    expect(rowOf(world, 'c')).toContain('`/plan -p c`');
    await says(world, '/plan -p c');
    expect(answersOf(world)).toContain(
      'One project is to be planned besides 2 that are planned already, and a pull request may have 2 planned at once.',
    );
    await says(world, '/apply');
    expect(titleOf(world)).toMatch(/^(?:failure|action_required): /);
    await says(world, '/plan -p c --no-limit');
    expect(rowOf(world, 'c')).toContain('planned');
  });

  it('need somebody who may plan as many, where a rule says who', async () => {
    const rule = 'rules: [{match: "**", who_may: {plan-all: {users: [grace]}}}]\n';
    const world = await opened(['a', 'b', 'c'], limit + rule);
    await says(world, '/plan --no-limit');
    expect(answersOf(world)).toContain('`/plan --no-limit` needs `grace`');
    expect(world.tool.journal).toEqual([]);
    await says(world, '/plan --no-limit', people.grace);
    expect([...(await plansOf(world)).keys()].sort()).toEqual(['a', 'b', 'c']);
  });

  it('are said to somebody who asks, and what is planned stays', async () => {
    const world = await opened(['a', 'b'], limit);
    const before = await plansOf(world);
    await says(world, '/plan -d "*"');
    expect(answersOf(world)).toContain('3 projects are to be planned besides 2 that are planned already');
    expect(await plansOf(world)).toEqual(before);
  });

  it('may be what is right for a repository', async () => {
    const world = await opened(
      ['a', 'b', 'c'],
      `${limit}repositories: [{match: acme/*, projects_per_pull: 3}]\n`,
    );
    expect([...(await plansOf(world)).keys()].sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('/plan --all', () => {
  it('plans every project of the repository, changed or not, whatever the limit is', async () => {
    const world = await opened(['a'], 'projects_per_pull: 2\n');
    await says(world, '/plan --all');
    expect([...(await plansOf(world)).keys()].sort()).toEqual([...names]);
    for (const name of names) expect(rowOf(world, name)).toContain('planned');
  });

  it('plans those of one environment, and says which there are where nobody has it', async () => {
    const rules = 'rules: [{match: "{a,b}", environment: prod}, {match: c, environment: dev}]\n';
    const world = await opened(['e'], rules);
    await says(world, '/plan --all --env prod');
    expect([...(await plansOf(world)).keys()].sort()).toEqual(['a', 'b', 'e']);
    await says(world, '/plan --all --env pro');
    expect(answersOf(world)).toContain('No project of this repository has the environment `pro`');
    expect(answersOf(world)).toContain('Did you mean `prod`? There are: `dev`, `prod`.');
  });

  it('is for those whom a rule names, and leaves out with a word what they may not', async () => {
    const rules = 'rules: [{match: "{a,b}", who_may: {plan-all: {users: [grace]}}}]\n';
    const world = await opened(['e'], rules);
    await says(world, '/plan --all');
    expect([...(await plansOf(world)).keys()].sort()).toEqual(['c', 'd', 'e']);
    expect(answersOf(world)).toContain('`/plan --all` needs `grace`');
    await says(world, '/plan --all', people.mallory);
    expect(answersOf(world)).toContain('needs write permission');
  });
});

describe('/apply --all', () => {
  const chain = {
    ...main,
    'tidegate.yaml': `version: 1\nprojects:\n${names
      .map(
        (name, index) =>
          `  - { dir: ${name}, depends_on: [${names
            .slice(index + 1, index + 2)
            .map((one) => `{ project: ${one}, outputs: [] }`)
            .join(', ')}]${name === 'a' ? '' : ', environment: prod'} }\n`,
      )
      .join('')}`,
  };
  const graceMay = 'rules: [{match: "**", who_may: {apply-all: {users: [grace]}}}]\n';

  const empty = async (operator: string): Promise<MemoryWorld> => {
    const world = await createMemoryWorld({ main: chain, operator });
    worlds.push(world);
    world.open(1, { 'README.md': 'Rebuild.\n' });
    await world.event(1, 'opened');
    await settled(world);
    return world;
  };

  it('is for nobody where no rule says who', async () => {
    const world = await empty('');
    await says(world, '/plan --all');
    await says(world, '/apply --all --env prod', people.margaret);
    expect(answersOf(world)).toContain('`/apply --all --env prod` needs a rule that says who may');
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toEqual([]);
    await says(world, '/apply');
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toHaveLength(5);
  });

  it('applies every project of the environment in the order of the graph, and nothing else', async () => {
    const world = await empty(graceMay);
    await says(world, '/plan --all');
    await says(world, '/apply --all --env prod');
    expect(answersOf(world)).toContain('`/apply --all --env prod` needs `grace`');
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toEqual([]);
    await says(world, '/apply --all --env prod', people.grace);
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toEqual([
      'apply e',
      'apply d',
      'apply c',
      'apply b',
    ]);
  });

  it('applies nothing where a project of it is not planned: what nobody was shown is not applied', async () => {
    const world = await empty(graceMay);
    await says(world, '/plan -p e -p d');
    await says(world, '/apply --all --env prod', people.grace);
    expect(answersOf(world)).toContain(
      '2 of 4 projects of `prod` are not planned here, and what nobody was shown is not applied.',
    );
    expect(answersOf(world)).toContain('`/plan --all --env prod`');
    expect(world.tool.journal.filter((line) => line.startsWith('apply'))).toEqual([]);
    await says(world, '/apply --all --env pro', people.grace);
    expect(answersOf(world)).toContain('No project of this repository has the environment `pro`.');
  });
});
