/** What needs no command and is only applied after something else begins when that is done, and not at the next look around. */
import { expect, it } from 'vitest';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

const backend = 'terraform {\n  backend "http" {}\n}\n';
const need = (name: string, outputs = '') => `{ project: ${name}${outputs} }`;
const mainOf = (depends: Readonly<Record<string, readonly string[]>>) => ({
  'tidegate.yaml': `version: 1\nprojects:\n${Object.entries(depends)
    .map(([dir, needs]) => `  - { dir: ${dir}, environment: prod, depends_on: [${needs.join(', ')}] }\n`)
    .join('')}`,
  ...Object.fromEntries(
    Object.keys(depends).flatMap((dir) => [
      [`${dir}/backend.tf`, backend],
      [`${dir}/main.tf`, 'small'],
    ]),
  ),
});
const first = { network: [], app: [need('network', ', outputs: []')] };

const large = (...dirs: readonly string[]) =>
  Object.fromEntries(dirs.map((dir) => [`${dir}/main.tf`, 'large']));

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};
const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await settled(world);
};

const told = async (
  depends: Readonly<Record<string, readonly string[]>>,
  operator: string,
  work: (world: MemoryWorld) => Promise<void>,
): Promise<void> => {
  const world = await createMemoryWorld({ main: mainOf(depends), operator });
  try {
    await work(world);
  } finally {
    await world.close();
  }
};

const opens = async (world: MemoryWorld, files: Readonly<Record<string, string>>) => {
  world.open(1, files);
  await world.event(1, 'opened');
  await settled(world);
};

it('begins by its rule when what it is applied after was applied', async () => {
  await told(first, 'rules: [{match: app, apply: auto}]\n', async (world) => {
    await opens(world, large('network', 'app'));
    expect(world.tool.journal.toSorted()).toEqual(['plan app', 'plan network']);
    await says(world, '/apply -p network');
    expect(world.tool.journal.slice(2)).toEqual(['apply network', 'apply app']);
  });
});

it('goes on with a word for all of an environment, also where what it is applied after was planned later', async () => {
  const operator = 'rules: [{match: "**", who_may: {apply-all: {users: [ada]}}}]\n';
  const depends = { network: [], base: [need('network')], app: [need('base', ', outputs: []')] };
  await told(depends, operator, async (world) => {
    await opens(world, { 'README.md': 'all of it' });
    await says(world, '/plan --all --env prod');
    expect(world.tool.journal.toSorted()).toEqual(['plan app', 'plan network']);
    await says(world, '/apply --all --env prod');
    expect(world.tool.journal.slice(2)).toEqual(['apply network', 'plan base', 'apply base', 'apply app']);
  });
});
