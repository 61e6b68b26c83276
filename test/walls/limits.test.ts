import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../support/leftovers.ts';
import { until } from './place.ts';

/*
 * The server is nobody's root here, as in the image: the kernel binds root to no limit on processes.
 */

const server = fileURLToPath(new URL('server.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const user = 54_321;
const isRoot = process.getuid?.() === 0;

const answer = z.object({ ended: z.string(), exitCode: z.number().nullable(), text: z.string() });

/** A server without rights, with `body` as the tool of a plan. */
const begin = (body: string, more: { readonly tool?: string; readonly timeoutMs?: number } = {}) => {
  const data = temporaryFolder('data');
  const bin = path.join(data, 'bin');
  const checkout = path.join(data, 'checkout');
  for (const folder of [bin, checkout, path.join(data, 'runs')]) mkdirSync(folder);
  writeFileSync(path.join(bin, 'tool'), `#!/bin/bash\n${body}\n`);
  if (more.tool !== undefined) copyFileSync(more.tool, path.join(bin, 'tool'));
  // One that may be run and not be read is hidden from whoever asks what runs.
  chmodSync(path.join(bin, 'tool'), more.tool === undefined ? 0o755 : 0o711);
  if (isRoot) {
    // Up to the folder that the test file got, which is above `made`.
    for (const folder of [path.join(data, '../..'), path.join(data, '..')]) chmodSync(folder, 0o755);
    for (const folder of [data, ...readdirSync(data).map((name) => path.join(data, name))])
      chownSync(folder, user, user);
    // On the PATH of many servers there are folders that are closed to them.
    mkdirSync(path.join(data, 'closed', 'bin'), { recursive: true });
    chmodSync(path.join(data, 'closed'), 0o700);
  }
  const node = [
    process.execPath,
    server,
    data,
    String(more.timeoutMs ?? 60_000),
    'tool',
    ...(more.tool === undefined ? [] : ['600']),
  ] as const;
  const become = ['setpriv', '--reuid', String(user), '--regid', String(user), '--clear-groups'] as const;
  // Where the repository is may be closed to others: it is mounted in a place that is not, for this process alone.
  const here = path.join(data, 'repository');
  mkdirSync(here);
  const at = (file: string) => (file.startsWith(root) ? path.join(here, path.relative(root, file)) : file);
  const moved = [at(realpathSync(process.execPath)), at(server), ...node.slice(2)];
  const mount = [
    'unshare',
    '--mount',
    'sh',
    '-c',
    'mount --bind "$0" "$1" && shift && exec "$@"',
    root,
    here,
  ];
  const [file, ...args] = isRoot ? [...mount, ...become, ...moved] : node;
  const child = spawn(file ?? '', args, {
    cwd: '/',
    env: { PATH: process.env['PATH'], HOME: data, TIDEGATE_TEST_ROOT: process.env['TIDEGATE_TEST_ROOT'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (part: Buffer) => {
    said += part.toString();
  });
  const ended = once(child, 'close').then(() => answer.parse(JSON.parse(said)));
  return { child, data, checkout, ended };
};

test('a fork bomb ends as a failed plan', async () => {
  const { ended, checkout } = begin(
    'n=0; while [ $n -lt 200 ]; do sleep 30 & n=$((n+1)); done; echo "$n" > count',
  );
  const { exitCode, text } = await ended;
  expect(exitCode).not.toBe(0);
  expect(text).toContain('fork: ');
  expect(existsSync(path.join(checkout, 'count'))).toBe(false);
});

test('a plan that takes more memory than it may fails', async () => {
  const { exitCode } = await begin(
    'x=$(head -c 400000000 /dev/zero | tr "\\0" x); printf %s "$x" | wc -c > size',
  ).ended;
  expect(exitCode).not.toBe(0);
});

test('a plan that writes a larger file than it may fails, and the file stays small', async () => {
  const { ended, checkout } = begin('head -c 5000000 /dev/zero > large');
  expect((await ended).exitCode).not.toBe(0);
  expect(readFileSync(path.join(checkout, 'large')).length).toBeLessThanOrEqual(1_000_000);
});

test('within its limits a plan of a server without rights works, as that user and with none of its rights', async () => {
  const { ended } = begin('id -u; grep CapEff /proc/self/status; echo fine > fine && cat fine');
  const { exitCode, text } = await ended;
  expect(text).toContain(`${isRoot ? user : process.getuid?.()}\n`);
  expect(text).toMatch(/CapEff:\s+0+\nfine/);
  expect(exitCode).toBe(0);
});

test('SIGKILL of the server and of the host at one time is the end of all that a plan started', async () => {
  // A number of seconds that nobody else sleeps for, in a session of its own and without an environment.
  const nap = `7${process.pid}`;
  const { child, data } = begin(`setsid env -i sleep ${nap} & wait; sleep 600`);
  child.removeAllListeners('close');
  const sleepers = () =>
    readdirSync('/proc').filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8') === `sleep\0${nap}\0`;
      } catch {
        return false;
      }
    });
  await until(() => sleepers().length === 1);
  const record = readFileSync(path.join(data, 'runs/run_wall/host.json'), 'utf8');
  const host = JSON.parse(JSON.parse(record).body).host.pid;
  child.kill('SIGKILL');
  process.kill(host, 'SIGKILL');
  await until(() => sleepers().length === 0);
});

test('a tool of which nobody may know what it is has its time limit all the same', async () => {
  const { ended } = begin('', { tool: '/usr/bin/sleep', timeoutMs: 1_000 });
  expect(await ended).toMatchObject({ ended: 'timeout' });
});

test('whatever a plan leaves in its folders goes with them', async () => {
  const { ended, data } = begin(
    'mkdir -p "$HOME/mod/x" "$TMPDIR/ro/y"; chmod 000 "$HOME/mod"; chmod 555 "$TMPDIR/ro"; cd "$HOME"; for i in $(seq 60); do n=$(printf "%0200d" $i); mkdir $n && cd $n; done; pwd | wc -c > /dev/null; echo left',
  );
  expect((await ended).text).toContain('left');
  expect(readdirSync(path.join(data, 'runs')).filter((name) => !name.startsWith('.'))).toEqual([]);
});
