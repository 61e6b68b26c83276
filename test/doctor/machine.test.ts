import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/leftovers.ts';
import { startMain } from '../support/main-process.ts';
import { localBackend, tellStory } from '../support/story.ts';
import { openClinic } from './clinic.ts';

/** A PATH with these programs of ours and none of the machine's. */
const pathWith = async (programs: Readonly<Record<string, string>>): Promise<string> => {
  const folder = temporaryFolder('bin');
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(path.join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(folder, name), 0o755);
  }
  return folder;
};

describe('the machine', () => {
  it('without git and tools, and with a git that is too old and a tool that breaks', async () => {
    const { visit } = await openClinic();
    const bare = await visit({ PATH: await pathWith({}) });
    expect(bare.of('git')).toEqual([expect.stringContaining('fail: ')]);
    expect(bare.of('tool terraform')).toEqual(['fail: `terraform` is not installed']);
    expect(bare.code).toBe(1);
    const old = await visit({
      PATH: await pathWith({ git: 'echo git version 2.37.9', terraform: 'exit 3' }),
    });
    expect(old.of('git')).toEqual([expect.stringContaining('`git version 2.37.9`')]);
    expect(old.advice('git')).toContain('2.38');
    expect(old.of('tool terraform')).toEqual(['fail: `terraform version -json` fails']);
  });

  it('what keeps tools apart from the server: nothing only by name', async () => {
    const asked = await openClinic();
    expect((await asked.visit()).of('isolation')).toEqual([
      expect.stringContaining('warn: none, as the operator file asks'),
    ]);
    const { visit } = await openClinic({ operator: 'isolation: bubblewrap\n' });
    const [told] = (await visit()).of('isolation');
    // Either is right: it depends on what this machine has.
    expect(told).toMatch(/^(?:(?:ok|warn): bubblewrap|fail: nothing keeps tools apart .*bubblewrap: )/);
  });

  it('which file each program is, without what npm puts on PATH', async () => {
    const planted = path.join(temporaryFolder('above'), 'node_modules', '.bin');
    await mkdir(planted, { recursive: true });
    for (const name of ['git', 'terraform', 'bwrap', 'prlimit', 'setpriv', 'nohup'])
      await symlink('/usr/bin/false', path.join(planted, name));
    const own = await pathWith({
      git: 'echo git version 2.50.1',
      terraform: `echo '{"terraform_version":"1.9.8"}'`,
      nohup: 'exit 0',
    });
    const { visit } = await openClinic();
    const told = await visit({ PATH: `${planted}::.:${own}` });
    expect(told.text).not.toContain(planted);
    expect(told.of('program node')).toEqual([`ok: \`${process.execPath}\``]);
    expect(told.of('program git')).toEqual([`ok: \`${own}/git\``]);
    expect(told.of('program nohup')).toEqual([`ok: \`${own}/nohup\``]);
    expect(told.of('tool terraform')).toEqual([`ok: terraform 1.9.8, \`${own}/terraform\``]);
    for (const name of ['bwrap', 'prlimit', 'setpriv'])
      expect(told.of(`program ${name}`)).toEqual([expect.stringMatching(/^ok: (?:`\/.*`|is not there)$/)]);
  });

  it('a program that others may exchange is no program of the server, and is said of a tool', async () => {
    const open = await pathWith({
      git: 'echo git version 2.50.1',
      terraform: `echo '{"terraform_version":"1.9.8"}'`,
    });
    await chmod(open, 0o777);
    const { visit } = await openClinic();
    const told = await visit({ PATH: open });
    expect(told.of('program git')).toEqual([
      `fail: \`git\` is \`${open}/git\`, which Tidegate does not start: the folder \`${open}\` can be written by everybody, who could put another program there.`,
    ]);
    expect(told.advice('program git')).toContain('chmod go-w');
    expect(told.of('git')).toEqual([expect.stringContaining('fail: ')]);
    expect(told.of('tool terraform')).toEqual([
      `warn: terraform 1.9.8, \`${open}/terraform\`; but the folder \`${open}\` can be written by everybody`,
    ]);
    expect(told.code).toBe(1);
    await chmod(open, 0o755);
    const closed = await visit({ PATH: open });
    expect(closed.of('program git')).toEqual([`ok: \`${open}/git\``]);
    expect(closed.of('tool terraform')).toEqual([`ok: terraform 1.9.8, \`${open}/terraform\``]);
  });

  it('files that others reach, and keys in the wrong place', async () => {
    const { visit, folder, environment } = await openClinic({ operator: 'free_space_floor: 900000GB\n' });
    const data = path.join(folder, 'data');
    await chmod(data, 0o777);
    await chmod(path.join(folder, 'operator.yaml'), 0o666);
    await chmod(path.join(folder, 'key.pem'), 0o644);
    await writeFile(path.join(data, 'secret'), `${environment['TIDEGATE_SECRET_KEY']}\n`);
    const open = await visit({
      TIDEGATE_SECRET_KEY: '',
      TIDEGATE_SECRET_KEY_FILE: path.join(data, 'secret'),
    });
    expect(open.unwell).toEqual([
      'private key: warn',
      'secret key: fail',
      'operator file: fail',
      'data folder: fail',
      'free space: fail',
    ]);
    expect(open.advice('data folder')).toContain(`chmod 700 ${data}`);
    expect(open.of('free space')).toEqual([expect.stringContaining('below the floor of')]);
  });

  it('nothing is made: no key, no data folder', async () => {
    const { visit, folder } = await openClinic();
    const home = path.join(folder, 'home');
    await mkdir(home);
    const data = path.join(folder, 'not', 'yet');
    const first = await visit({ TIDEGATE_SECRET_KEY: '', HOME: home, TIDEGATE_DATA_DIR: data });
    expect(first.unwell).toEqual(['secret key: warn']);
    expect(first.of('data folder')).toEqual([expect.stringContaining('the first start makes it')]);
    expect(await readdir(home)).toEqual([]);
    expect(await readdir(folder)).not.toContain('not');
    const link = path.join(folder, 'file');
    await symlink(path.join(folder, 'operator.yaml'), link);
    expect((await visit({ TIDEGATE_DATA_DIR: link })).of('data folder')).toEqual([
      expect.stringContaining('is no folder'),
    ]);
  });
});

describe('settings that are wrong', () => {
  it('are all told, in words that tell no secret, and the machine is looked at all the same', async () => {
    const { visit } = await openClinic({ operator: 'alow: [x]\n' });
    const wrong = await visit({ WEBHOOK_SECRET: 'short', PORT: 'eighty' });
    expect(wrong.of('settings')).toHaveLength(3);
    expect(wrong.of('settings').join('\n')).toContain('`PORT` is `eighty`');
    expect(wrong.advice('settings')).toContain('`allow`');
    expect(wrong.of('git')).toEqual([expect.stringMatching(/^(?:ok|warn): /)]);
    expect(wrong.of('app')).toEqual([expect.stringContaining('skip: ')]);
    expect(wrong.text).not.toContain('short\n');
    expect(wrong.code).toBe(1);
  });

  it('an option that there is not is wrong use', async () => {
    const child = startMain(['doctor', '--jsn'], { PATH: process.env['PATH'] }, temporaryFolder('use'));
    expect(await child.ended).toBe(2);
    expect(child.text()).toContain('--jsn');
  });
});

it('beside a server at work: neither disturbs the other', { tags: ['long'] }, async () => {
  const kept: { environment: Readonly<Record<string, string | undefined>> } = { environment: {} };
  await using story = await tellStory({
    files: (state) => ({ 'network/main.tf': localBackend(state, 'network') }),
    launch: async (environment) => {
      kept.environment = environment;
      const main = startMain(['serve'], { ...environment, LOG_LEVEL: 'info' }, '/');
      await main.said('tidegate is ready');
      return {
        url: /"url":"([^"]+)"/.exec(main.text())?.[1] ?? '',
        pagesUrl: '',
        pagesLink: null,
        idle: async () => undefined,
        stop: async () => {
          main.signal('SIGTERM');
          await main.ended;
          return 'closed';
        },
      };
    },
  });
  await story.world.hub.settled();
  const doctor = startMain(['doctor'], kept.environment, '/');
  expect(await doctor.ended).toBe(0);
  expect(doctor.text()).toMatch(/^✓ ok {3}data folder/m);
  expect(doctor.text()).toMatch(/^✓ ok {3}deliveries/m);
  const ready = await fetch(`${story.world.app.url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([200, 'ready']);
});
