import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { behind, type Exit } from '../../src/sandbox/local/host/start-tool.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../../src/sandbox/local/identity.ts';
import { HostLost } from '../../src/sandbox/port.ts';
import { makePlace, step, until } from './place.ts';

/*
 * What holds of a tool without a wall holds behind one: whose death ends it, and which signals reach it. Its number in there is
 * not its number on this machine.
 */

/** As terraform: takes note of the first SIGINT, and ends in order when the file `go` is there. */
const worker =
  'trap "echo interrupted >> signals" INT; : > started; while [ ! -e go ]; do sleep 0.05; done; echo done; : > finished';

const parentOf = ({ pid }: ProcessIdentity): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
};

const begin = async () => {
  const place = await makePlace();
  mkdirSync(place.checkout);
  const inCheckout = (name: string) => path.join(place.checkout, name);
  return { ...place, inCheckout };
};

const apply = async () => {
  const place = await begin();
  const session = await place.open('run_wall', 'apply');
  const running = session.run(step([place.program('worker', worker)], { mutates: true }));
  await until(() => existsSync(place.inCheckout('started')));
  const tool = place.toolOf('run_wall');
  if (tool === null) throw new Error('no tool was found');
  return { ...place, session, running, tool };
};

test('SIGKILL of the host of an apply ends nothing: its tool is found, hears one signal, and works to its end', async () => {
  const { session, running, tool, hostOf, reattach, inCheckout } = await apply();
  const lost = expect(running).rejects.toThrow(HostLost);
  process.kill(hostOf('run_wall').pid, 'SIGKILL');
  await lost;
  expect(isAlive(tool)).toBe(true);
  await session.detach();
  const again = await reattach('run_wall');
  expect(again.running).toBe(true);
  again.interrupt();
  again.interrupt();
  await until(() => existsSync(inCheckout('signals')));
  writeFileSync(inCheckout('go'), '');
  expect(await again.ending).toMatchObject({ kind: 'unknown' });
  expect(readFileSync(inCheckout('signals'), 'utf8')).toBe('interrupted\n');
  expect(existsSync(inCheckout('finished'))).toBe(true);
  await again.dispose();
});

test('SIGKILL of what waits for a tool is not the end of the tool, and is not told as one', async () => {
  const { session, running, tool, inCheckout } = await apply();
  const monitor = parentOf({ ...tool, pid: parentOf(tool) });
  process.kill(monitor, 'SIGKILL');
  let over = false;
  void running.then(() => {
    over = true;
  });
  await until(() => identityOf(monitor) === null);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(over).toBe(false);
  writeFileSync(inCheckout('go'), '');
  expect(await running).toMatchObject({ ended: 'signal', exitCode: null });
  expect(existsSync(inCheckout('finished'))).toBe(true);
  await session.dispose();
});

test('SIGKILL of the tool of an apply is told as a signal, not as an exit code', async () => {
  const { session, running, tool } = await apply();
  process.kill(tool.pid, 'SIGKILL');
  expect(await running).toMatchObject({ ended: 'signal', exitCode: null });
  await session.dispose();
});

test('of an apply that is stopped only the tool hears: what it started goes on until it says so', async () => {
  const place = await begin();
  const session = await place.open('run_wall', 'apply');
  const stop = new AbortController();
  const family = place.program(
    'family',
    'sh -c \'trap "echo child >> signals" INT; while [ ! -e go ]; do sleep 0.05; done\' & trap "echo tool >> signals; : > go" INT; : > started; wait; wait',
  );
  const running = session.run(step([family], { mutates: true }), { signal: stop.signal });
  await until(() => existsSync(place.inCheckout('started')));
  stop.abort();
  expect(await running).toMatchObject({ ended: 'exit', exitCode: 0 });
  expect(readFileSync(place.inCheckout('signals'), 'utf8')).toBe('tool\n');
  await session.dispose();
});

/** A number of seconds that nobody else sleeps for. */
const nap = 600 + process.pid / 1e7;

/** What left its group and its environment behind: only its arguments tell whose it is. */
const sleepers = (): readonly string[] =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8') === `sleep\0${nap}\0`;
    } catch {
      return false;
    }
  });

const hider = `setsid env -i sh -c 'trap "" INT HUP TERM; : > hidden; exec sleep ${nap}' & `;

test('a plan that is cancelled hears SIGINT with all it started, and what does not listen is killed', async () => {
  const place = await begin();
  const session = await place.open('run_wall');
  const stop = new AbortController();
  const family = place.program(
    'family',
    `${hider}trap "echo tool >> signals; exit 1" INT; : > started; wait; wait`,
  );
  const running = session.run(step([family]), { signal: stop.signal });
  await until(() => existsSync(place.inCheckout('started')) && existsSync(place.inCheckout('hidden')));
  await until(() => sleepers().length === 1);
  stop.abort();
  expect(await running).toMatchObject({ ended: 'cancelled' });
  expect(readFileSync(place.inCheckout('signals'), 'utf8')).toBe('tool\n');
  await until(() => sleepers().length === 0);
  await session.dispose();
});

test('an apply that ended takes along what it left: it could change the checkout under the next run', async () => {
  const place = await begin();
  const session = await place.open('run_wall', 'apply');
  const leaver = place.program('leaver', `${hider}while [ ! -e hidden ]; do sleep 0.05; done`);
  expect(await session.run(step([leaver], { mutates: true }))).toMatchObject({ ended: 'exit', exitCode: 0 });
  await until(() => sleepers().length === 0);
  await session.dispose();
});

test('nobody is believed about the end of a tool that is there', async () => {
  const place = await begin();
  const bwrap = [
    '/usr/bin/bwrap',
    '--unshare-user',
    '--unshare-pid',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
  ];
  const child = spawn(bwrap[0] ?? '', [...bwrap.slice(1), 'sleep', '600'], { stdio: 'ignore' });
  const told = Promise.withResolvers<Exit>();
  const wall = { through: bwrap, cwd: '/', behind: { programs: ['/usr/bin/bwrap'] } };
  const { ready, exited } = behind(child.pid ?? 0, wall, told.promise, createSystemClock());
  const { pid } = await ready;
  const tool = identityOf(pid);
  // As if the monitor had been made to leave with what a success leaves with.
  told.resolve({ code: 0, signal: null });
  const seen = await Promise.race([exited, createSystemClock().sleep(600)]);
  expect(seen).toBeUndefined();
  process.kill(pid, 'SIGKILL');
  expect(await exited).toEqual({ code: null, signal: null });
  expect(tool !== null && isAlive(tool)).toBe(false);
  await place.sandbox.close();
});

test('a plan that ended takes along what left its group and hid', async () => {
  const place = await begin();
  const session = await place.open('run_wall');
  const leaver = place.program('leaver', `${hider}while [ ! -e hidden ]; do sleep 0.05; done`);
  expect(await session.run(step([leaver]))).toMatchObject({ ended: 'exit', exitCode: 0 });
  expect(existsSync(place.inCheckout('hidden'))).toBe(true);
  await until(() => sleepers().length === 0);
  await session.dispose();
});

test('SIGKILL of the host of a plan is the end of all that the plan started', async () => {
  const place = await begin();
  const session = await place.open('run_wall');
  const waiter = place.program('waiter', `${hider}: > started; wait; wait`);
  const lost = expect(session.run(step([waiter]))).rejects.toThrow(HostLost);
  await until(() => sleepers().length === 1);
  process.kill(place.hostOf('run_wall').pid, 'SIGKILL');
  await lost;
  await until(() => sleepers().length === 0 && place.processesOf('run_wall').length === 0);
  await session.dispose();
});

test('no limit on files ends an apply, whatever it writes; a plan is held to it', async () => {
  const place = await makePlace({
    isolation: { limits: { processes: 2048, memoryBytes: 8e9, fileBytes: 1_000_000 } },
  });
  mkdirSync(place.checkout);
  const script =
    'head -c 3000000 /dev/zero > large || exit 3; head -c 3000000 /dev/zero; echo done > finished';
  const writer = place.program('writer', script);
  const session = await place.open('run_wall', 'apply');
  expect(await session.run(step([writer]))).toMatchObject({ exitCode: 3 });
  expect(await session.run(step([writer], { mutates: true, name: 'apply' }))).toMatchObject({
    ended: 'exit',
    exitCode: 0,
  });
  expect(existsSync(path.join(place.checkout, 'finished'))).toBe(true);
  await session.dispose();
});
