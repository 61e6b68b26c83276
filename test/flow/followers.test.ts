import { describe, expect, it } from 'vitest';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const network = (vpc: string, dns = 'a') => `net\noutput vpc = ${vpc}\noutput dns = ${dns}\n`;
const database = 'db\noutput host = one\n';
const uses = (name: string, output: string) => `depends_on: [{ project: ${name}, outputs: [${output}] }]`;

/** The network; a database that uses one output of it; an app that uses one of the database. */
const main = {
  'tidegate.yaml': `version: 1
projects:
  - { dir: network }
  - { dir: database, ${uses('network', 'vpc')} }
  - { dir: app, ${uses('database', 'host')} }
`,
  'network/backend.tf': backend,
  'network/main.tf': network('one'),
  'database/backend.tf': backend,
  'database/main.tf': database,
  'app/backend.tf': backend,
  'app/main.tf': 'app',
};

type Files = Readonly<Record<string, string>>;

const settle = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const push = async (world: MemoryWorld, files: Files, reason: 'opened' | 'synchronize'): Promise<void> => {
  world.open(1, files);
  await world.event(1, reason);
  await settle(world);
};

const told = async (
  files: Files,
  work: (world: MemoryWorld) => Promise<void>,
  operator = '',
): Promise<void> => {
  const world = await createMemoryWorld({ main, operator });
  try {
    for (const dir of ['network', 'database', 'app'] as const)
      world.tool.state.set(dir, main[`${dir}/main.tf`]);
    await push(world, files, 'opened');
    await work(world);
  } finally {
    await world.close();
  }
};

const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await settle(world);
};

/** A plan of the database that says that its outputs change, as one made of another network may. */
const databaseMoves = ({ tool }: MemoryWorld): void => {
  tool.state.set('database', 'db\noutput host = zero\n');
};

describe('a project that the files of a pull request do not affect', () => {
  it('is planned after what it uses was applied, where an output that it uses changes', async () => {
    await told({ 'network/main.tf': network('two') }, async (world) => {
      expect(world.tool.journal).toEqual(['plan network']);
      expect(rowOf(world, 'database')).toContain('| waits for `network` |');
      expect(titleOf(world, 1, 'tidegate/plan')).toContain('in_progress');
      expect(titleOf(world)).toContain('action_required');
      await says(world, '/apply');
      expect(world.tool.journal).toEqual(['plan network', 'apply network', 'plan database']);
      // Nothing of the database changes, so nothing that uses it is looked at.
      expect(rowOf(world, 'app')).toBe('');
      expect(boardOf(world)).toContain('none of its files changed, and no output that it uses');
      expect(titleOf(world)).toBe('success: 1 project applied: 1 changed');
      expect(titleOf(world, 1, 'tidegate/plan')).toContain('success');
    });
  });

  it('is left out with a word, where another output changes', async () => {
    await told({ 'network/main.tf': network('one', 'b') }, async (world) => {
      expect(rowOf(world, 'database')).toBe('');
      expect(boardOf(world)).toContain('none of its files changed, and no output that it uses');
      await says(world, '/apply');
      expect(world.tool.journal).toEqual(['plan network', 'apply network']);
      expect(titleOf(world)).toBe('success: 1 project applied: 1 changed');
    });
  });

  it('is planned where it is not known whether the output changes', async () => {
    await told({ 'network/main.tf': network('later') }, async (world) => {
      expect(rowOf(world, 'database')).toContain('| waits for `network` |');
    });
  });

  it('is followed by others, one after another, each when it is known', async () => {
    await told({ 'network/main.tf': network('two') }, async (world) => {
      databaseMoves(world);
      expect(rowOf(world, 'app')).toBe('');
      await says(world, '/apply');
      expect(rowOf(world, 'app')).toContain('| waits for `database` |');
      expect(titleOf(world)).toContain('action_required');
      await says(world, '/apply');
      expect(world.tool.journal.slice(3)).toEqual(['apply database', 'plan app']);
      expect(titleOf(world)).toContain('success');
    });
  });

  it('stays where an older commit of the pull request changed what it uses', async () => {
    await told({ 'network/main.tf': network('two') }, async (world) => {
      world.tool.hooks.set('plan', (dir) =>
        dir === 'database' ? { ended: 'exit', exitCode: 1, text: 'no' } : undefined,
      );
      await says(world, '/apply');
      expect(rowOf(world, 'database')).toContain('failed');
      world.tool.hooks.clear();
      await push(world, { 'network/main.tf': network('two'), 'README.md': 'more' }, 'synchronize');
      // The plan of the network says that nothing is to do, and what it did is in the world.
      expect(world.tool.journal.slice(-2)).toEqual(['plan network', 'plan database']);
      await says(world, '/plan');
      expect(world.tool.journal.slice(-2)).toEqual(['plan network', 'plan database']);
    });
  });

  it('is left out again, where the next commit changes nothing that it uses', async () => {
    await told({ 'network/main.tf': network('two') }, async (world) => {
      await push(world, { 'network/main.tf': network('one', 'c') }, 'synchronize');
      expect(rowOf(world, 'database')).toBe('');
      await says(world, '/apply');
      expect(world.tool.journal).toEqual(['plan network', 'plan network', 'apply network']);
    });
  });
});

describe('a project behind one that the files do not affect', () => {
  const ends = { 'app/main.tf': 'more' };

  it('waits for the plan that tells, and is planned beside it where nothing follows', async () => {
    await told({ 'network/main.tf': network('one', 'b'), ...ends }, async (world) => {
      expect(world.tool.journal).toEqual(['plan network', 'plan app']);
      expect(rowOf(world, 'app')).toContain('| `/apply -p app` |');
    });
  });

  it('waits for what is between, where that follows', async () => {
    await told({ 'network/main.tf': network('two'), ...ends }, async (world) => {
      expect(world.tool.journal).toEqual(['plan network']);
      expect(rowOf(world, 'app')).toContain('| waits for `database` |');
      await says(world, '/plan -p app');
      expect(answersOf(world)).toContain('`app` uses outputs of `database`');
      await says(world, '/apply');
      expect(world.tool.journal).toEqual(['plan network', 'apply network', 'plan database', 'plan app']);
      await says(world, '/apply');
      expect(titleOf(world)).toContain('success: 2 projects applied');
    });
  });

  it('is stopped by the first, where that cannot be planned', async () => {
    const world = await createMemoryWorld({ main });
    try {
      world.tool.hooks.set('plan', (dir) =>
        dir === 'network' ? { ended: 'exit', exitCode: 1, text: 'no' } : undefined,
      );
      await push(world, { 'network/main.tf': network('two'), ...ends }, 'opened');
      expect(world.tool.journal).toEqual(['plan network']);
      expect(rowOf(world, 'app')).toContain('**stopped** | `network` to be planned');
      expect(boardOf(world)).toContain('`app` is stopped by `network`&#58; the plan failed.');
      expect(boardOf(world)).toContain(
        'it is planned after `network` if an output that it uses changes there',
      );
    } finally {
      await world.close();
    }
  });
});

describe('after the merge', () => {
  const moved = { 'network/main.tf': network('two') };

  it('what follows is planned when the merge has applied what it uses', async () => {
    await told(
      moved,
      async (world) => {
        expect(rowOf(world, 'database')).toContain('the merge, which applies `network`');
        await world.merge(1, moved);
        await settle(world);
        expect(world.tool.journal.slice(-2)).toEqual(['apply network', 'plan database']);
        await settle(world);
        expect(titleOf(world)).toContain('success');
      },
      'rules: [{match: "**", apply: merge}]\n',
    );
  });

  it('nothing follows that has to be applied before it, and the word says so', async () => {
    await told(
      moved,
      async (world) => {
        expect(rowOf(world, 'database')).toBe('');
        expect(boardOf(world)).toContain('outputs that it uses change when the merge applies `network`');
        expect(titleOf(world)).toContain('success: Applies after the merge');
      },
      'rules: [{match: "network", apply: merge}]\n',
    );
  });
});
