/** What a tool of a project finds in the checkout, where the operator lists what the project may read. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Git } from '../../src/git/port.ts';
import { pictureOf } from '../git/folder-picture.ts';
import { boardOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, repo } from '../support/memory-world.ts';
import { sampleProject } from '../support/samples.ts';

const backend = (name: string) =>
  `terraform {\n  backend "http" {\n    address = "https://state.example/${name}"\n  }\n}\n`;
const uses = (source: string) => `module "one" {\n  source = "${source}"\n}\n`;

const main = {
  'tidegate.yaml': 'version: 1\nprojects: [{dir: live/app}, {dir: live/db}]\n',
  'live/app/backend.tf': backend('app'),
  'live/app/main.tf': uses('../../modules/vpc'),
  'live/app/templates/user-data': 'of app\n',
  'live/db/backend.tf': backend('db'),
  'live/db/main.tf': '# one\n',
  'live/common.tfvars': 'a = 1\n',
  'modules/vpc/main.tf': 'variable "a" {}\n',
  'modules/other/main.tf': 'variable "b" {}\n',
  'secrets/all.txt': 'canary\n',
};
/** What app may find of it. */
const ofApp = /^(live$|live\/app(\/|$)|modules$|modules\/vpc(\/|$))/;
const rule = (keys: string) => `rules: [{match: live/app, ${keys}}]\n`;
const listed = rule('reads: [modules/vpc]');

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

interface Sight {
  readonly step: string;
  readonly dir: string;
  readonly found: readonly string[];
}

const start = async (
  operator: string,
  change: Readonly<Record<string, string>>,
  git: (real: Git) => Partial<Git> = () => ({}),
): Promise<{ world: MemoryWorld; sights: Sight[] }> => {
  const world = await createMemoryWorld({ main, operator, git });
  worlds.push(world);
  const sights: Sight[] = [];
  const checkout = world.ports.checkouts.folderOf({
    repositoryId: repo.id,
    pullNumber: 1,
    project: sampleProject('any'),
  });
  for (const step of ['version', 'init', 'workspace', 'plan', 'show', 'apply'])
    world.tool.hooks.set(step, (dir) => {
      sights.push({ step, dir, found: Object.keys(pictureOf(checkout)) });
      // A tool without walls may write anywhere.
      if (step === 'plan' && dir === 'live/db')
        writeFileSync(path.join(checkout, 'modules/vpc/left.tf'), '# db');
      return undefined;
    });
  world.open(1, change);
  await world.event(1, 'opened');
  await settled(world);
  return { world, sights };
};

const settled = async (world: MemoryWorld): Promise<void> => {
  await world.settled();
  await world.advance(2_000);
};

const says = async (world: MemoryWorld, body: string): Promise<void> => {
  await world.comment(1, body);
  await settled(world);
};

const deletion = JSON.stringify({
  format_version: '1.2',
  terraform_version: '1.11.4',
  resource_changes: [
    {
      address: 'terraform_data.user["ada"]',
      mode: 'managed',
      type: 'terraform_data',
      name: 'user',
      index: 'ada',
      provider_name: 'terraform.io/builtin/terraform',
      change: {
        actions: ['delete'],
        before: { input: 'ada' },
        after: null,
        after_unknown: {},
        before_sensitive: {},
        after_sensitive: false,
      },
    },
  ],
  output_changes: {},
});

const both = {
  'live/app/main.tf': `${uses('../../modules/vpc')}# two\n`,
  'live/db/main.tf': '# two\n',
};

const foreign = (sights: readonly Sight[], dir = 'live/app'): readonly string[] => [
  ...new Set(
    sights.filter((one) => one.dir === dir).flatMap(({ found }) => found.filter((name) => !ofApp.test(name))),
  ),
];

/** Each after the other and before it, in the one checkout of the pull request. */
const story = async (git?: (real: Git) => Partial<Git>) => {
  const { world, sights } = await start(listed, both, git);
  for (const command of ['/plan -p live/db', '/plan -p live/app', '/apply']) await says(world, command);
  return { world, sights };
};

describe('a project that may read some paths only', () => {
  it('finds these and its own at every step, whatever another project was laid out with or left, and is applied so', {
    tags: ['long'],
  }, async () => {
    const { world, sights } = await story();
    const own = sights.filter(({ dir }) => dir === 'live/app');
    expect(foreign(sights)).toEqual([]);
    for (const { found, step } of own) {
      expect(found, step).toEqual(
        expect.arrayContaining(['live/app/templates/user-data', 'modules/vpc/main.tf']),
      );
      expect(found, step).not.toContain('modules/vpc/left.tf');
    }
    expect(new Set(own.map(({ step }) => step))).toEqual(
      new Set(['version', 'init', 'plan', 'show', 'apply']),
    );
    // The other one has all of it, before and after.
    for (const { found } of sights.filter(({ dir }) => dir === 'live/db'))
      expect(found).toEqual(
        expect.arrayContaining(['secrets/all.txt', 'live/app/main.tf', 'modules/other/main.tf']),
      );
    expect([...world.tool.state.keys()].sort()).toEqual(['live/app', 'live/db']);
    expect(titleOf(world)).toMatch(/^success: 2 projects applied/);
  });

  it('would find the rest if it were laid out as all others are, or over what another left', {
    tags: ['long'],
  }, async () => {
    const whole = await story(() => ({ part: async (_, tree) => tree }));
    expect(foreign(whole.sights)).toEqual(expect.arrayContaining(['secrets/all.txt', 'live/db/main.tf']));
    const laid = new Set<string>();
    const first = await story((real) => ({
      checkout: async (repositoryId, tree, folder, rescue) => {
        // Once everything is there it stays.
        if (laid.has(folder)) return;
        await real.checkout(repositoryId, tree, folder, rescue);
        if ((await real.entries(repositoryId, tree)).some((one) => one.path === 'secrets')) laid.add(folder);
      },
    }));
    expect(foreign(first.sights)).toContain('secrets/all.txt');
  });

  it('finds no more of the base branch when a pull request takes it away, and without what it needs its end is not planned', async () => {
    const {
      'live/app/backend.tf': _,
      'live/app/main.tf': __,
      'live/app/templates/user-data': ___,
      ...rest
    } = main;
    const without = { ...rest, 'tidegate.yaml': 'version: 1\nprojects: [{dir: live/db}]\n' };
    const ended = async (operator: string) => {
      const { world, sights } = await start(operator, { 'live/db/main.tf': '# two\n' });
      world.push(1, without);
      await world.event(1, 'synchronize');
      await settled(world);
      return { board: boardOf(world), sights };
    };
    const { sights } = await ended(listed);
    expect(sights.filter(({ dir, step }) => dir === 'live/app' && step === 'plan')).toHaveLength(1);
    expect(foreign(sights)).toEqual([]);
    const other = await ended(rule('reads: []'));
    expect(other.sights.filter(({ dir }) => dir === 'live/app')).toEqual([]);
    expect(other.board).toContain('in a way that cannot be planned');
  });

  it('is refused by name where it needs more, and no tool is started', async () => {
    const { world, sights } = await start(rule('reads: [modules/other]'), both);
    expect(boardOf(world)).toContain(
      '`live/app/main.tf`, line 1, uses the module `modules/vpc`, which the operator file does not let it read: `modules/vpc/main.tf` would not be there.',
    );
    expect(boardOf(world)).toContain('add it to `reads` of the rule for `live/app`');
    expect(sights).toEqual([]);
  });

  it('is not applied as it was planned where the list changed since, and is planned again with what it may read now', async () => {
    const { world, sights } = await start(listed, { 'live/app/main.tf': both['live/app/main.tf'] });
    world.operate(rule('reads: [modules/vpc, modules/other]'));
    await world.crash();
    await says(world, '/apply');
    const steps = () => new Set(sights.map(({ step }) => step));
    expect(steps()).not.toContain('apply');
    expect(world.tool.state.size).toBe(0);
    await says(world, '/plan');
    expect(sights.findLast(({ step }) => step === 'plan')?.found).toContain('modules/other/main.tf');
    await says(world, '/apply');
    expect(steps()).toContain('apply');
  });

  it('says what it was planned without, and first of all where something is destroyed', async () => {
    const destroying = async (operator: string) => {
      const world = await createMemoryWorld({ main, operator });
      worlds.push(world);
      world.tool.hooks.set('show', () => ({ data: deletion }));
      world.open(1, { 'live/app/main.tf': both['live/app/main.tf'] });
      await world.event(1, 'opened');
      await settled(world);
      return boardOf(world);
    };
    const board = await destroying(listed);
    // tidegate.yaml, db's two, common.tfvars, the other module and the secret.
    expect(board).toContain('Planned without 6 files of the repository');
    expect(board).toContain(
      'The plan of `live/app` destroys something, and was made without all files of the repository.',
    );
    expect(board.indexOf('destroys something')).toBeLessThan(board.indexOf('<details'));
    const whole = await destroying('');
    expect(whole).toContain('1 to destroy');
    expect(whole).not.toMatch(/Planned without|without all files/);
  });
});
