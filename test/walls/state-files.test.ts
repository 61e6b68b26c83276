import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { UserError } from '../../src/domain/problem.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Isolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import type { StateFile } from '../../src/sandbox/port.ts';
import { row } from '../support/acts.ts';
import { isolationFor } from '../support/isolation.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';
import { localBackend, tellStory } from '../support/story.ts';
import { step } from './place.ts';

/*
 * `allow_local_state` behind a wall: two repositories keep their states in one folder. A tool sees its own file alone, and a step that
 * only reads cannot change it.
 */

const toolPath = '/usr/bin:/bin';

/** As it was: the whole folder, for every run, to read and to write. */
const wholeFolder = (isolation: Isolation, folder: string): Isolation => ({
  ...isolation,
  wall: async (place) => {
    const wall = await isolation.wall({ ...place, state: null });
    const last = wall.through.lastIndexOf('--remount-ro');
    return {
      ...wall,
      through: [...wall.through.slice(0, last), '--bind', folder, folder, ...wall.through.slice(last)],
    };
  },
});

const begin = async (twin = false) => {
  const data = temporaryFolder('data');
  const folder = temporaryFolder('state');
  const at = (name: string) => path.join(folder, name);
  writeFileSync(at('own.tfstate'), 'own\n', { mode: 0o600 });
  writeFileSync(at('other.tfstate'), 'canary of another repository\n', { mode: 0o600 });
  const checkout = path.join(data, 'checkout');
  mkdirSync(checkout);
  const runs = path.join(data, 'runs');
  const walls = await isolationFor(runs, { dataFolder: data, stateFolder: folder });
  const sandbox = createLocalSandbox({
    isolation: twin ? wholeFolder(walls, folder) : walls,
    programs,
    folder: runs,
    environment: { plan: {}, apply: {} },
    path: toolPath,
    mask: (text) => text,
    secrets: () => [],
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
  });
  let count = 0;
  /** What a shell line prints in a session of its own. */
  const run = async (script: string, how: { mutates?: boolean } & Partial<StateFile> = {}) => {
    const { mutates = false, ...more } = how;
    count += 1;
    const session = await sandbox.open({
      runId: runId(`state-run-${count}`),
      verb: mutates ? 'apply' : 'plan',
      checkout,
      dir: root,
      env: {},
      state: {
        folder,
        declared: async () => at('own.tfstate'),
        chosen: async () => at('own.tfstate'),
        isShared: false,
        ...more,
      },
    });
    try {
      return (await session.run(step(['sh', '-c', script], { mutates }))).text;
    } finally {
      await session.dispose();
    }
  };
  const read = (name: string) => readFileSync(at(name), 'utf8');
  return { folder, at, run, read };
};

const attack = (folder: string): string =>
  `cat ${folder}/*; for f in other own new; do echo taken > ${folder}/$f.tfstate; done; rm -f ${folder}/other.tfstate`;

describe('a plan behind a wall', () => {
  test('reads its own state, and neither sees nor changes that of others, nor changes its own', async () => {
    const { folder, run, read } = await begin();
    const said = await run(`ls -A ${folder}; ${attack(folder)}`);
    expect(said).toContain('own\n');
    expect(said).not.toContain('canary');
    expect(said).not.toContain('other');
    expect(readdirSync(folder).sort()).toEqual(['other.tfstate', 'own.tfstate']);
    expect(read('own.tfstate')).toBe('own\n');
    expect(read('other.tfstate')).toBe('canary of another repository\n');
    // What one step wrote into its copy is not what the next one reads.
    expect(await run(`cat ${folder}/own.tfstate`)).toContain('own\n');
  });

  test('(twin) with the whole folder to write to it reads and takes the others away', async () => {
    const { folder, run, read } = await begin(true);
    expect(await run(attack(folder))).toContain('canary');
    expect(readdirSync(folder).sort()).toEqual(['new.tfstate', 'own.tfstate']);
    expect(read('own.tfstate')).toBe('taken\n');
  });

  test('may lock its copy: what it writes beside it goes with the run', async () => {
    const { folder, run } = await begin();
    const said = await run(
      `echo lock > ${folder}/.own.tfstate.lock.info && flock ${folder}/own.tfstate echo locked`,
    );
    expect(said).toContain('locked');
    expect(readdirSync(folder).sort()).toEqual(['other.tfstate', 'own.tfstate']);
  });

  test('of a project without a state finds none', async () => {
    const { folder, at, run } = await begin();
    const none = { declared: async () => at('a/new.tfstate'), chosen: async () => at('a/new.tfstate') };
    expect(
      await run(`ls -A ${folder} ${folder}/a; echo x > ${folder}/a/new.tfstate && echo wrote`, none),
    ).toBe(`${folder}:\na\n\n${folder}/a:\nwrote\n`);
    expect(existsSync(at('a'))).toBe(false);
  });
});

describe('an apply behind a wall', () => {
  test('writes its own state and the backup of it, and sees no other file', async () => {
    const { folder, run, read } = await begin();
    const said = await run(
      `cat ${folder}/*; cat ${folder}/own.tfstate > ${folder}/own.tfstate.backup; echo new > ${folder}/own.tfstate; echo x > ${folder}/other.tfstate`,
      { mutates: true },
    );
    expect(said).not.toContain('canary');
    expect(read('own.tfstate')).toBe('new\n');
    expect(read('own.tfstate.backup')).toBe('own\n');
    expect(read('other.tfstate')).toBe('canary of another repository\n');
  });

  test('makes the first state of a project, in a folder of its own', async () => {
    const { folder, at, run, read } = await begin();
    const first = { declared: async () => at('a/b.tfstate'), chosen: async () => at('a/b.tfstate') };
    await run(`echo first > ${folder}/a/b.tfstate`, { mutates: true, ...first });
    expect(read('a/b.tfstate')).toBe('first\n');
    expect(readdirSync(at('a'))).toEqual(['b.tfstate']);
  });

  test('what asks for the lock has the file itself', async () => {
    const { folder, at, run } = await begin();
    const shared = await run(`stat -c %i ${folder}/own.tfstate`, { isShared: true });
    const copied = await run(`stat -c %i ${folder}/own.tfstate`);
    expect(shared).not.toBe(copied);
    expect(existsSync(at('own.tfstate'))).toBe(true);
  });
});

describe('a file that is not shown', () => {
  test.each([
    ['another than the reviewed files say', 'own.tfstate', 'other.tfstate'],
    ['one that the reviewed files do not say plainly', null, 'own.tfstate'],
  ])('%s: no tool starts', async (_what, declared, chosen) => {
    const { at, run } = await begin();
    const how = {
      declared: async () => (declared === null ? null : at(declared)),
      chosen: async () => at(chosen),
    };
    for (const mutates of [false, true])
      await expect(run('echo ran', { mutates, ...how })).rejects.toMatchObject({
        problem: { code: 'state-in-checkout', sentence: expect.stringContaining(at(chosen)) },
      });
  });

  test('a link in its place, or on the way to it, is not followed', async () => {
    const { at, run } = await begin();
    const elsewhere = temporaryFolder('elsewhere');
    writeFileSync(path.join(elsewhere, 'own.tfstate'), 'canary\n');
    renameSync(at('own.tfstate'), at('kept'));
    symlinkSync(path.join(elsewhere, 'own.tfstate'), at('own.tfstate'));
    symlinkSync(elsewhere, at('way'));
    const behind = (name: string) => ({ declared: async () => at(name), chosen: async () => at(name) });
    for (const mutates of [false, true])
      for (const name of ['own.tfstate', 'way/own.tfstate'])
        await expect(run('echo ran', { mutates, ...behind(name) })).rejects.toThrow(UserError);
    await expect(run('echo ran', { mutates: true, ...behind('way/new.tfstate') })).rejects.toThrow(UserError);
    expect(readdirSync(elsewhere)).toEqual(['own.tfstate']);
    expect(readFileSync(path.join(elsewhere, 'own.tfstate'), 'utf8')).toBe('canary\n');
  });

  test('a file outside of the folder is nobody’s: it is not there', async () => {
    const { run } = await begin();
    const elsewhere = path.join(temporaryFolder('elsewhere'), 'x.tfstate');
    writeFileSync(elsewhere, 'canary\n');
    const outside = { declared: async () => elsewhere, chosen: async () => elsewhere };
    expect(await run(`cat ${elsewhere}`, outside)).toContain('No such file');
  });
});

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;

/** terraform, which does before a `plan` what the branch brings. */
const attacked = (real: string): string => `#!/bin/sh
PATH='${real}'
[ "$1" != plan ] || [ ! -f attack ] || sh ./attack > loot 2>&1 < /dev/null
exec terraform "$@"
`;

test('real plans and applies of two projects in one folder: each has its own state, and a plan of one takes nothing of the other', {
  timeout: 120_000,
}, async () => {
  const real = process.env['PATH'] ?? '';
  const tools = temporaryFolder('tools');
  writeFileSync(path.join(tools, 'terraform'), attacked(real));
  chmodSync(path.join(tools, 'terraform'), 0o755);
  await using story = await tellStory({
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': resource('one'),
      'database/backend.tf': localBackend(state, 'database'),
      'database/main.tf': resource('canary-of-the-database'),
    }),
    operator: 'isolation: bubblewrap\n',
    environment: { PATH: `${tools}:${real}` },
  });
  const { ada, grace, world } = story;
  const state = (name: string) => readFileSync(path.join(world.stateFolder, `${name}.tfstate`), 'utf8');
  await ada.push(
    'change',
    { 'network/main.tf': resource('two'), 'database/main.tf': resource('canary-of-the-database-2') },
    'Change both',
  );
  await ada.openPull('change', 'Change both');
  await story.settled();
  await grace.approve(1);
  await ada.comment(1, '/apply');
  await story.settled();
  expect(state('network')).toContain('"two"');
  expect(state('database')).toContain('canary-of-the-database-2');
  const before = state('database');
  // The state that is there is read: it is an update, and no creation. And the attack comes to nothing.
  const { stateFolder } = world;
  await ada.push(
    'change',
    {
      'network/main.tf': resource('three'),
      'network/attack': `cat ${stateFolder}/*; for f in database new; do echo taken > ${stateFolder}/$f.tfstate; done\n`,
    },
    'Change one again',
  );
  await story.settled();
  expect(await row(story, 1, 'network')).toContain('| `network` | 0 | 1 | 0 | 0 |');
  expect(state('network')).toContain('"two"');
  expect(state('database')).toBe(before);
  expect(readdirSync(stateFolder).filter((name) => name.includes('new'))).toEqual([]);
  const loot = globSync(`${story.folder}/**/network/loot`).map((file) => readFileSync(file, 'utf8'));
  expect(loot.length).toBeGreaterThan(0);
  for (const text of loot) expect(text).not.toContain('canary-of-the-database');
});
