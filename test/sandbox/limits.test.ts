/** Tools that wait, are silent, flood, draw, or leave others behind. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Step } from '../../src/runner/port.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../../src/sandbox/local/identity.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox, type LocalSandboxOptions } from '../../src/sandbox/local/sandbox.ts';
import { HostLost } from '../../src/sandbox/port.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';

const bin = temporaryFolder('bin');
const program = (name: string, body: string): string => {
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(bin, name), 0o755);
  return name;
};

const open = (more: Partial<LocalSandboxOptions> = {}, verb: 'plan' | 'apply' = 'plan') =>
  createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder: temporaryFolder('runs'),
    environment: { plan: {}, apply: {} },
    path: `${bin}:/usr/bin:/bin`,
    mask: (text) => text,
    secrets: () => ['hunter2'],
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
    ...more,
  }).open({ runId: runId('run_limits'), verb, checkout: temporaryFolder('checkout'), dir: root, env: {} });

const step = (argv: readonly [string, ...string[]], more: Partial<Step> = {}): Step => ({
  name: 'one',
  argv,
  output: 'log',
  timeoutMs: 600_000,
  environment: {},
  mutates: false,
  ...more,
});

const until = (holds: () => boolean) => expect.poll(holds, { timeout: 30_000, interval: 20 }).toBe(true);

test('a tool that asks gets no answer, and ends at once', async () => {
  const session = await open();
  const asks = program(
    'asks',
    'printf "Enter a value: "; read answer || { echo; echo nobody answered; exit 1; }',
  );
  expect(await session.run(step([asks]))).toMatchObject({
    ended: 'exit',
    exitCode: 1,
    text: 'Enter a value: \nnobody answered\n',
  });
  await session.dispose();
});

test('a plan that prints nothing for long is stopped, and told why', { tags: ['long'] }, async () => {
  const session = await open({ idleMs: 2000 });
  const result = await session.run(step([program('silent', 'echo before; exec sleep 600')]));
  expect(result).toMatchObject({ ended: 'timeout', exitCode: null });
  expect(result.text).toMatch(/^before\nThe tool printed nothing for 2 seconds and was stopped\./);
  // What is never silent for so long is left alone.
  const talks = program('talks', 'for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; sleep 0.25; done');
  expect(await session.run(step([talks]))).toMatchObject({ ended: 'exit', exitCode: 0 });
  await session.dispose();
});

test('an apply that prints nothing for long is reported, again and again, and never stopped', async () => {
  const session = await open({ idleMs: 200 }, 'apply');
  const said: number[] = [];
  const go = path.join(temporaryFolder('place'), 'go');
  const patient = program(
    'patient',
    'trap "echo interrupted" INT; while [ ! -e "$1" ]; do sleep 0.05; done; echo done',
  );
  const running = session.run(step([patient, go], { mutates: true }), {
    onTrouble: ({ ms }) => said.push(ms),
  });
  await until(() => said.length >= 3);
  writeFileSync(go, '');
  expect(await running).toMatchObject({ ended: 'exit', exitCode: 0, text: 'done\n' });
  for (const [index, ms] of said.entries()) expect(ms).toBeGreaterThanOrEqual(200 * (index + 1));
  await session.dispose();
});

test('a flood keeps its beginning and its end, and takes no more of the disk than it may', async () => {
  const megabyte = 1024 * 1024;
  const logBytes = 16 * megabyte;
  const session = await open({ logBytes });
  const logs = path.join(session.folder, 'logs');
  const flood = program(
    'flood',
    'echo first hunter2; yes "a line of hunter2 that comes again and again" | head -c 629145600; sleep 0.3; echo complaint >&2; echo last hunter2',
  );
  let peak = 0;
  const watch = setInterval(() => {
    // Blocks, not sizes: what was cut off takes no room.
    const sizes = readdirSync(logs).map(
      (name) => (statSync(path.join(logs, name), { throwIfNoEntry: false })?.blocks ?? 0) * 512,
    );
    peak = Math.max(
      peak,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }, 5);
  const { text, exitCode } = await session.run(step([flood]));
  clearInterval(watch);
  expect(exitCode).toBe(0);
  expect(text.startsWith('first ***\na line of ***')).toBe(true);
  expect(text.slice(-40)).toMatch(/last \*{3}\ncomplaint\n$/);
  expect(text).toMatch(/\n… (?:at least )?[\d,]+ bytes left out …\n/);
  const log = readFileSync(path.join(logs, '01-one.log'), 'utf8');
  expect(log.length).toBeLessThanOrEqual(logBytes);
  expect(log.length).toBeGreaterThan(logBytes / 4);
  expect(log).not.toContain('hunter2');
  const leftOut = Number(/\n… at least ([\d,]+) bytes left out …\n/.exec(log)?.[1]?.replaceAll(',', ''));
  expect(leftOut).toBeGreaterThan(2 * logBytes);
  expect(leftOut).toBeLessThan(629_145_600);
  // The log, as much again in the tool's own file, and what it writes between two looks, which nobody can bound.
  expect(peak).toBeLessThan(629_145_600 - logBytes);
  await session.dispose();
});

test('what left the group of a plan’s tool is ended with the run', async () => {
  const place = temporaryFolder('place');
  const loner = program(
    'loner',
    `setsid sh -c 'trap "" INT HUP TERM; echo $$ > "$1/pid.new"; mv "$1/pid.new" "$1/pid"; while :; do sleep 0.2; done' child "$1" > /dev/null 2>&1 & while [ ! -e "$1/pid" ]; do sleep 0.02; done; echo parent done`,
  );
  const session = await open();
  expect(await session.run(step([loner, place]))).toMatchObject({ exitCode: 0, text: 'parent done\n' });
  const left = identityOf(Number(readFileSync(path.join(place, 'pid'), 'utf8')));
  if (left === null) throw new Error('it was ended with its group: nothing is tried here');
  await session.dispose();
  await until(() => !isAlive(left));
});

test('what a plan step leaves behind is ended, whatever signals it ignores; what an apply leaves is not', async () => {
  const place = temporaryFolder('place');
  writeFileSync(path.join(place, 'pids'), '');
  const family = program(
    'family',
    `for i in 1 2 3; do sh -c 'trap "" INT HUP TERM; echo $$ >> "$1/pids"; while :; do sleep 0.2; done' child "$1" & done; while [ "$(wc -l < "$1/pids")" -lt 3 ]; do sleep 0.02; done; echo parent done`,
  );
  const left = (): ProcessIdentity[] =>
    readFileSync(path.join(place, 'pids'), 'utf8')
      .trim()
      .split('\n')
      .flatMap((pid) => identityOf(Number(pid)) ?? []);
  const session = await open();
  expect(await session.run(step([family, place]))).toMatchObject({ exitCode: 0, text: 'parent done\n' });
  await until(() => left().length === 0);
  await session.dispose();

  writeFileSync(path.join(place, 'pids'), '');
  const apply = await open({}, 'apply');
  expect(await apply.run(step([family, place], { mutates: true }))).toMatchObject({ exitCode: 0 });
  const children = left();
  expect(children).toHaveLength(3);
  await apply.dispose();
  expect(children.every(isAlive)).toBe(true);
  for (const { pid } of children) process.kill(pid, 'SIGKILL');
  await until(() => !children.some(isAlive));
});

test('a step that draws has a terminal; another one has none', async () => {
  const session = await open();
  const draws = program(
    'draws',
    'if [ -t 1 ]; then printf "\\033[32mon $(tput cols 2>/dev/null || echo a) screen\\033[0m\\n"; else echo on paper; fi; exit 3',
  );
  const drawn = await session.run(step([draws], { terminal: true }));
  expect(drawn).toMatchObject({ ended: 'exit', exitCode: 3 });
  expect(drawn.text).toMatch(/^on \w+ screen\r?\n$/);
  expect((await session.run(step([draws]))).text).toBe('on paper\n');
  expect(await session.run(step([program('hung', 'kill -9 $$')], { terminal: true }))).toMatchObject({
    ended: 'signal',
    exitCode: null,
  });
  await session.dispose();
});

test('(twin) a tool on a terminal dies with its host: no step that mutates gets one', async () => {
  const place = temporaryFolder('place');
  const session = await open();
  const worker = program(
    'worker',
    'echo $$ > "$1/pid"; while [ ! -e "$1/go" ]; do sleep 0.05; done; : > "$1/finished"',
  );
  const lost = expect(session.run(step([worker, place], { terminal: true }))).rejects.toThrow(HostLost);
  await until(() => existsSync(path.join(place, 'pid')));
  const tool = identityOf(Number(readFileSync(path.join(place, 'pid'), 'utf8')));
  const host = JSON.parse(JSON.parse(readFileSync(path.join(session.folder, 'host.json'), 'utf8')).body).host;
  // Nobody else may end it: the server is held still while the host dies.
  execFileSync('sh', [
    '-c',
    `kill -9 ${host.pid}; for i in $(seq 100); do kill -0 ${tool?.pid} 2>/dev/null || exit 0; sleep 0.05; done; exit 1`,
  ]);
  writeFileSync(path.join(place, 'go'), '');
  await lost;
  expect(existsSync(path.join(place, 'finished'))).toBe(false);
  await session.dispose();
});
