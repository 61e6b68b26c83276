import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { repoPath } from '../../src/domain/repo-path.ts';
import { firstUser } from '../../src/sandbox/local/isolation/own-users.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { makePlace, step, until } from './place.ts';

/*
 * `isolation: uid` is for a server that is root, and so are its tests.
 */

beforeAll(() => {
  if (process.getuid?.() !== 0) throw new Error('these tests have to be run by root');
  // Above the data folder others have to come through; a test file's own temp folder is closed.
  const made = path.dirname(temporaryFolder());
  for (const folder of [made, path.dirname(made)]) chmodSync(folder, 0o711);
});

const begin = async () => {
  const place = await makePlace({ isolation: { kind: 'uid' } });
  for (const folder of ['mine', 'other', 'shared'])
    mkdirSync(path.join(place.checkout, folder), { recursive: true });
  // As git writes them for a server whose umask lets nobody else read.
  for (const file of ['mine/main.tf', 'other/main.tf', 'shared/module.tf'])
    writeFileSync(path.join(place.checkout, file), `${file}\n`, { mode: 0o600 });
  writeFileSync(path.join(place.data, 'sentinel'), 'canary', { mode: 0o600 });
  writeFileSync(`${place.checkout}.index`, 'canary', { mode: 0o644 });
  return place;
};
const mine = repoPath('mine');

describe('a user of its own for each run', () => {
  test('and another one for what judges a plan, which is out of its reach', async () => {
    const place = await begin();
    const session = await place.open('run_first', 'plan', mine);
    const plan = path.join(session.apart, 'plan.json');
    writeFileSync(plan, 'a plan\n', { mode: 0o600 });
    const look = (name: string, more: string) =>
      place.program(name, `id -u; cat ${plan}; echo x >> ${plan} && echo broke; ${more}`);
    const tool = await session.run(step([look('look', 'echo x > "$HOME/left"')]));
    const judge = look('judge', 'ls -A; ls -A "$HOME"; echo x > mine; cat ../../../home/left main.tf');
    const first = await session.run(step([judge], { apart: true }));
    const again = await session.run(step([judge], { apart: true }));
    const late = await session.run(step([look('late', 'true')]));
    const users = [tool, first, again].map(({ text }) => Number(text.split('\n')[0]));
    expect(Math.min(...users)).toBeGreaterThanOrEqual(firstUser);
    expect(users[0]).not.toBe(users[1]);
    expect(users[1]).toBe(users[2]);
    for (const { text } of [first, again]) expect(text).toMatch(/^\d+\na plan\n/);
    for (const { text } of [tool, late]) expect(text).not.toContain('a plan');
    for (const { text } of [tool, first, again, late]) {
      expect(text).not.toContain('broke');
      expect(text).not.toMatch(/^(?:left|mine|x|mine\/main.tf)$/m);
    }
    await session.dispose();
  });

  test('writes its project and its own folders, reads the checkout, and nothing of the server', async () => {
    const place = await begin();
    const session = await place.open('run_first', 'plan', mine);
    const script = place.program(
      'look',
      `id -u; grep CapEff /proc/self/status
cat main.tf ../shared/module.tf
for f in new "$HOME/new" "$TMPDIR/new" "$HOME/../files/new"; do echo x > "$f" && echo "wrote"; done
for f in ../other/main.tf ../other/new ../new ${place.data}/new ${session.folder}/exit.json; do echo x > "$f" && echo "broke $f"; done
cat ${place.data}/sentinel ${place.checkout}.index ${session.folder}/host.json /proc/${process.pid}/environ
ls ${place.data} ${place.runs} ${session.folder} && echo listed
kill -9 ${process.pid}`,
    );
    const { text } = await session.run(step([script]));
    const [user] = text.split('\n');
    expect(Number(user)).toBeGreaterThanOrEqual(firstUser);
    expect(text).toMatch(/CapEff:\s+0+\nmine\/main.tf\nshared\/module.tf\nwrote\nwrote\nwrote\nwrote\n/);
    expect(text).not.toMatch(/broke|canary|listed|hosts/);
    await session.dispose();
    const again = await place.open('run_second', 'plan', mine);
    const other = await again.run(step([script]));
    expect(other.text.split('\n')[0]).not.toBe(user);
    expect(other.text).toContain('wrote\nwrote\nwrote\nwrote\n');
    await again.dispose();
  });

  test('two runs at a time cannot read each other', async () => {
    const place = await begin();
    const first = await place.open('run_first', 'plan', mine);
    const hidden = await first.run(
      step([place.program('hide', 'echo canary > "$HOME/secret"; chmod 644 "$HOME/secret"; echo hidden')]),
    );
    expect(hidden.text).toBe('hidden\n');
    const second = await place.open('run_second', 'plan', repoPath('other'));
    const { text } = await second.run(
      step([
        place.program(
          'seek',
          `cat ${first.folder}/home/secret ${first.folder}/tmp/* ${first.folder}/terraform.tfrc`,
        ),
      ]),
    );
    expect(text).not.toMatch(/canary|disable_checkpoint/);
    expect(text).toContain('Permission denied');
    await Promise.all([first.dispose(), second.dispose()]);
  });

  test('what a link names stays whose it is, and a link is no project', async () => {
    const place = await begin();
    symlinkSync(path.join(place.data, 'sentinel'), path.join(place.checkout, 'mine', 'link'));
    symlinkSync(place.data, path.join(place.checkout, 'linked'));
    const session = await place.open('run_first', 'plan', mine);
    const { text } = await session.run(step([place.program('read', 'echo ran; cat link')]));
    expect(text).toMatch(/^ran\n.*Permission denied/);
    expect(text).not.toContain('canary');
    expect(statSync(path.join(place.data, 'sentinel'))).toMatchObject({ uid: 0 });
    await session.dispose();
    const linked = await place.open('run_linked', 'plan', repoPath('linked'));
    await expect(linked.run(step(['read']))).rejects.toMatchObject({ problem: { code: 'path-refused' } });
    await linked.dispose();
  });

  test('what a run started and hid ends with it, before anything of it is given to others', async () => {
    const place = await begin();
    const session = await place.open('run_first', 'plan', mine);
    const nap = `8${process.pid}`;
    await session.run(step([place.program('hide', `setsid env -i sleep ${nap} & sleep 0.2`)]));
    const sleepers = () =>
      readdirSync('/proc').filter((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, 'utf8') === `sleep\0${nap}\0`;
        } catch {
          return false;
        }
      });
    expect(sleepers()).toHaveLength(1);
    await session.dispose();
    expect(sleepers()).toEqual([]);
  });

  test('what a run put in the place of a folder is never given away', async () => {
    const place = await begin();
    const session = await place.open('run_first', 'plan', mine);
    mkdirSync(path.join(place.data, 'theirs'));
    writeFileSync(path.join(place.data, 'theirs', 'key'), 'canary', { mode: 0o600 });
    await session.run(
      step([place.program('swap', `mkdir sub; rmdir sub; ln -s ${place.data}/theirs sub; ls sub`)]),
    );
    await session.run(step([place.program('again', 'cat sub/key')]));
    expect(statSync(path.join(place.data, 'theirs', 'key'))).toMatchObject({ uid: 0 });
    await session.dispose();
  });

  test('an apply reads what was reviewed and cannot change it, and hears one signal', async () => {
    const place = await begin();
    const session = await place.open('run_apply', 'apply', mine);
    writeFileSync(path.join(session.files, 'plan.bin'), 'reviewed', { mode: 0o600 });
    const stop = new AbortController();
    const running = session.run(
      step(
        [
          place.program(
            'apply',
            `cat ${session.files}/plan.bin; echo evil > ${session.files}/plan.bin; rm -f ${session.files}/plan.bin; trap 'echo signal; exit 0' INT; : > started; while :; do sleep 0.05; done`,
          ),
        ],
        { mutates: true },
      ),
      { signal: stop.signal },
    );
    await until(
      () =>
        readFileSync(path.join(place.checkout, 'mine/main.tf'), 'utf8') !== '' &&
        place.toolOf('run_apply') !== null,
    );
    await until(
      () => statSync(path.join(place.checkout, 'mine/started'), { throwIfNoEntry: false }) !== undefined,
    );
    stop.abort();
    expect(await running).toMatchObject({ ended: 'exit', exitCode: 0 });
    expect(readFileSync(path.join(session.files, 'plan.bin'), 'utf8')).toBe('reviewed');
    await session.dispose();
  });
});
