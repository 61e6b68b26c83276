/** Outputs that a tool is fed: only those that are there, that nobody has to trust, and that are still the same. */
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answersOf, boardOf, rowOf } from '../support/memory-sights.ts';
import {
  createMemoryWorld,
  type MemoryWorld,
  type MemoryWorldOptions,
  people,
} from '../support/memory-world.ts';
import { createSummaryTool } from '../support/summary-tool.ts';

const settings = (feeds: string) => `version: 1
projects:
  - { dir: network }
  - { dir: vault }
  - { dir: staff, runner: things, depends_on: [network, vault], feeds: { ${feeds} } }
`;
const host = 'host: { project: network, output: address }';
const backend = 'terraform {\n  backend "http" {}\n}\n';
const main = {
  'tidegate.yaml': settings(`${host}, key: { project: vault, output: key }`),
  'network/backend.tf': backend,
  'network/main.tf': 'small',
  'vault/backend.tf': backend,
  'vault/main.tf': 'small',
  'staff/wish.json': '{}',
};
const wish = { 'staff/wish.json': '{"host": "feed:host", "key": "feed:key"}' };
const secret = 'correct-horse-battery';

type Outputs = Record<string, Record<string, unknown>>;

interface Told {
  readonly world: MemoryWorld;
  readonly tool: ReturnType<typeof createSummaryTool>;
  /** What the projects put out, by folder and name; a text that is the secret is marked as one. */
  readonly outputs: Outputs;
  /** Folders whose outputs were read, and what lay there then. */
  readonly read: string[];
}

const told = async (
  files: Readonly<Record<string, string>>,
  work: (told: Told) => Promise<void>,
  more: Pick<MemoryWorldOptions, 'git' | 'sign'> = {},
): Promise<void> => {
  const tool = createSummaryTool();
  const world = await createMemoryWorld({ main, runners: tool.runners, script: tool.script, ...more });
  const outputs: Outputs = { network: { address: '10.0.0.1' }, vault: { key: secret } };
  const read: string[] = [];
  world.tool.hooks.set('outputs', (dir) => {
    read.push(dir);
    const all = Object.entries(outputs[dir] ?? {});
    return {
      data: JSON.stringify(
        Object.fromEntries(all.map(([name, value]) => [name, { value, sensitive: value === secret }])),
      ),
    };
  });
  try {
    world.open(1, files);
    await world.event(1, 'opened');
    await world.settled();
    await world.advance(2_000);
    await work({ world, tool, outputs, read });
  } finally {
    await world.close();
  }
};

const says = async (world: MemoryWorld, body: string, who = people.ada): Promise<void> => {
  await world.comment(1, body, who);
  await world.settled();
  await world.advance(2_000);
};

test('are in a file of the plan’s folder, for the plan and for its apply, and in no argument or variable', async () => {
  await told(wish, async ({ world, tool, read }) => {
    expect(read).toEqual(['network', 'vault']);
    expect(boardOf(world)).toContain('value = "10.0.0.1"');
    await says(world, '/apply');
    expect(tool.world.get()).toEqual({ host: '10.0.0.1', key: secret });
    expect(read).toEqual(['network', 'vault', 'network', 'vault']);
    for (const { told: variables } of tool.journal()) {
      expect(variables['TIDEGATE_FEEDS']).toBe(`${variables['TIDEGATE_PLAN_DIR']}/feeds.json`);
      expect(JSON.stringify(variables)).not.toContain(secret);
    }
  });
});

test('that are sensitive come out nowhere, not where the tool prints them or fails with them', async () => {
  await told(wish, async ({ world, tool }) => {
    const everything = async () => {
      const key = { repositoryId: 4711, pullNumber: 1 };
      const rows = [await world.ports.store.runs.latest(key), await world.ports.store.audit.ofPull(key)];
      return JSON.stringify([boardOf(world), answersOf(world), rows, world.complaints]);
    };
    expect(await everything()).not.toContain(secret);
    tool.behave({ plan: { says: `with ${secret} I cannot`, exit: 1 } });
    await says(world, '/plan');
    expect(await everything()).toContain('I cannot');
    expect(await everything()).not.toContain(secret);
    tool.behave({ apply: { says: `with ${secret} I cannot`, exit: 1 } });
    await says(world, '/plan');
    tool.behave({ apply: { says: `with ${secret} I cannot`, exit: 1 } });
    await says(world, '/apply');
    expect(await everything()).not.toContain(secret);
  });
});

test('that changed since the plan end it: nothing is applied, and it is planned with what they are now', async () => {
  await told(wish, async ({ world, tool, outputs }) => {
    outputs['network'] = { address: '10.0.0.2' };
    await says(world, '/apply');
    expect(tool.world.get()).toEqual({});
    expect(answersOf(world)).toContain('an output of `network` and `vault` that it is made of changed');
    expect(boardOf(world)).toContain('value = "10.0.0.2"');
    await says(world, '/apply');
    expect(tool.world.get()).toEqual({ host: '10.0.0.2', key: secret });
  });
});

test('that changed are applied as they were by who does not compare them: the twin of the protection', async () => {
  const key = (text: string) => createHmac('sha256', 'key').update(text).digest('hex');
  const sign = (text: string) => (text.startsWith('["feeds"') ? 'the same' : key(text));
  await told(
    wish,
    async ({ world, tool, outputs }) => {
      outputs['network'] = { address: '10.0.0.2' };
      await says(world, '/apply');
      expect(tool.world.get()).toEqual({ host: '10.0.0.1', key: secret });
    },
    { sign },
  );
});

test('that are not there yet are shown as unknown, and such a plan is for reading only', async () => {
  await told({ ...wish, 'network/main.tf': 'small' }, async ({ world, tool, outputs }) => {
    outputs['network'] = {};
    await says(world, '/plan');
    expect(boardOf(world)).toContain('**Not whole:**');
    expect(boardOf(world)).toContain('`host` is `address` of `network`, not known yet');
    expect(boardOf(world)).toContain('known after apply');
    await says(world, '/apply');
    expect(tool.world.get()).toEqual({});
    expect(answersOf(world)).toContain('was made without `host`, which is not known yet');
    outputs['network'] = { address: '10.0.0.3' };
    await says(world, '/plan');
    await says(world, '/apply');
    expect(tool.world.get()).toEqual({ host: '10.0.0.3', key: secret });
  });
});

test('that a pull request adds are not read before somebody else trusts the commit', async () => {
  const more = settings(
    `${host}, key: { project: vault, output: key }, mine: { project: vault, output: other }`,
  );
  await told({ ...wish, 'tidegate.yaml': more }, async ({ world, tool, read }) => {
    expect(read).toEqual([]);
    expect(tool.journal()).toEqual([]);
    expect(boardOf(world)).toContain('feeds.mine: other of vault');
    await says(world, `/trust ${world.ask(1).head.sha}`, people.grace);
    expect(read).toEqual(['network', 'vault']);
    expect(rowOf(world, 'staff')).toContain('planned');
  });
});

test('are read by the code of the base branch, whatever the pull request makes of a project that it does not plan', async () => {
  const trees: string[] = [];
  const git: MemoryWorldOptions['git'] = (real) => ({
    checkout: (id, tree, ...more) => {
      trees.push(tree);
      return real.checkout(id, tree, ...more);
    },
  });
  await told(
    wish,
    async ({ world }) => {
      const [run] = await world.ports.store.runs.latest({ repositoryId: 4711, pullNumber: 1 });
      if (run === undefined) throw new Error('nothing was planned');
      const base = await world.ports.git.treeOf(4711, run.baseSha);
      expect(base).not.toBe(run.tree);
      expect(trees).toEqual([base, base, run.tree]);
    },
    { git },
  );
});

test('for a tool that takes none, or of one that has none: said before anything is run', async () => {
  const file = main['tidegate.yaml'];
  const taking = '{ dir: vault, depends_on: [network], feeds: { a: { project: network, output: x } } }';
  for (const [head, sentence] of [
    [file.replace('{ dir: vault }', taking), 'has `feeds`, which its runner `terraform` does not take'],
    [
      file.replace('{ dir: vault }', '{ dir: vault, runner: things }'),
      'the runner `things` of that one has no outputs that can be read',
    ],
  ] as const) {
    const tool = createSummaryTool();
    const world = await createMemoryWorld({
      main: { ...main, 'tidegate.yaml': head },
      runners: tool.runners,
      script: tool.script,
    });
    world.open(1, { ...wish, 'vault/main.tf': 'large' });
    await world.event(1, 'opened');
    await world.settled();
    await world.advance(2_000);
    expect(boardOf(world)).toContain(sentence);
    expect([...tool.journal(), ...world.tool.journal]).toEqual([]);
    await world.close();
  }
});
