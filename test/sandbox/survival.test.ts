/** Who may die under a run, and what is known of it afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Step } from '../../src/runner/port.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../../src/sandbox/local/identity.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { HostLost } from '../../src/sandbox/port.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import type { Order } from '../support/run-server.ts';
import { programs } from '../support/server-programs.ts';

const key = Buffer.alloc(32, 7);
const bin = temporaryFolder('bin');
const program = (name: string, body: string): string => {
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(bin, name), 0o755);
  return name;
};
const toolPath = `${bin}:${process.env['PATH'] ?? ''}`;

const sandboxIn = (folder: string) =>
  createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder,
    environment: { plan: {}, apply: {} },
    path: toolPath,
    mask: (text) => text.replaceAll('hunter2', '***'),
    secrets: () => ['hunter2'],
    runKey: () => key,
    clock: createSystemClock(),
  });

const until = (holds: () => boolean) => expect.poll(holds, { timeout: 30_000, interval: 20 }).toBe(true);

const numberIn = (file: string): number => Number(readFileSync(file, 'utf8'));

/** A server of its own, in a session of its own, with one step under way. */
const startServer = (order: Partial<Order> & Pick<Order, 'argv' | 'mutates'>) => {
  const folder = order.folder ?? path.join(temporaryFolder('data'), 'runs');
  const full: Order = {
    folder,
    checkout: order.checkout ?? temporaryFolder('checkout'),
    path: toolPath,
    runId: 'run_left',
    secrets: order.secrets ?? [],
    argv: order.argv,
    mutates: order.mutates,
  };
  const server = spawn(process.execPath, [path.resolve('test/support/run-server.ts'), JSON.stringify(full)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  return { server, folder: path.join(folder, 'run_left'), sandbox: sandboxIn(folder) };
};

/** A shell makes a file before it writes into it. */
const isWritten = (file: string): boolean => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n');

const kill = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

const bodyOf = (file: string): Record<string, unknown> =>
  JSON.parse(JSON.parse(readFileSync(file, 'utf8')).body);

const hostOf = (folder: string): ProcessIdentity =>
  bodyOf(path.join(folder, 'host.json'))['host'] as ProcessIdentity;

/** Works until the file `go` is there, as an apply does; its secrets must not come out. */
const worker = program(
  'worker',
  'echo "$$" > "$1/pid"; echo began hunter2 swordfish; while [ ! -e "$1/go" ]; do sleep 0.05; done; echo complained >&2; echo done swordfish; : > "$1/finished"',
);

test('SIGKILL of the server ends a plan step, and leaves nothing', async () => {
  const place = temporaryFolder('place');
  const deaf = program(
    'deaf-family',
    'trap "" INT HUP TERM; sleep 600 & echo "$!" > "$1/child"; echo "$$" > "$1/pid"; wait; wait',
  );
  const { server, folder, sandbox } = startServer({ argv: [deaf, place], mutates: false });
  await until(() => isWritten(path.join(place, 'pid')));
  const host = hostOf(folder);
  const all = [numberIn(path.join(place, 'pid')), numberIn(path.join(place, 'child'))];
  const left = all.map((pid) => identityOf(pid));
  expect(left).not.toContain(null);
  await kill(server);
  const again = await sandbox.reattach(runId('run_left'));
  expect(again.running).toBe(true);
  expect(await again.ending).toEqual({ kind: 'not-started' });
  for (const one of [...left, host]) expect(one !== null && isAlive(one)).toBe(false);
  await again.dispose();
  expect(existsSync(folder)).toBe(false);
});

test('SIGKILL of the server leaves a step that mutates alone: its log, its record and its end are found by the next one', async () => {
  const place = temporaryFolder('place');
  const { server, folder, sandbox } = startServer({
    argv: [worker, place],
    mutates: true,
    secrets: ['swordfish'],
  });
  await until(() => isWritten(path.join(place, 'pid')));
  await kill(server);
  const again = await sandbox.reattach(runId('run_left'));
  expect(again.running).toBe(true);
  writeFileSync(path.join(place, 'go'), '');
  expect(await again.ending).toMatchObject({
    kind: 'ended',
    result: { step: 'work', ended: 'exit', exitCode: 0, text: 'began *** ***\ndone ***\ncomplained\n' },
  });
  // Nothing that was not masked is left, and nobody but us may read the rest.
  expect(readdirSync(path.join(folder, 'logs'))).toEqual(['01-work.json', '01-work.log']);
  expect(existsSync(path.join(place, 'finished'))).toBe(true);
  expect(bodyOf(path.join(folder, 'exit.json'))).toMatchObject({ runId: 'run_left', exitCode: 0 });
  expect(readFileSync(path.join(folder, 'step.json'), 'utf8')).not.toContain('swordfish');
  await again.dispose();
});

test('a hangup to host and tool, and a SIGTERM to the host, end neither: how the tool ends is on record', async () => {
  const place = temporaryFolder('place');
  const { server, folder, sandbox } = startServer({ argv: [worker, place], mutates: true });
  await until(() => isWritten(path.join(place, 'pid')));
  await until(() => bodyOf(path.join(folder, 'step.json'))['tool'] !== null);
  const [host, tool] = [hostOf(folder), identityOf(numberIn(path.join(place, 'pid')))];
  process.kill(tool?.pid ?? 0, 'SIGHUP');
  process.kill(host.pid, 'SIGHUP');
  await kill(server);
  process.kill(host.pid, 'SIGTERM');
  // Time for an end that must not come.
  await createSystemClock().sleep(500);
  expect([host, tool].map((one) => one !== null && isAlive(one))).toEqual([true, true]);
  const again = await sandbox.reattach(runId('run_left'));
  writeFileSync(path.join(place, 'go'), '');
  expect(await again.ending).toMatchObject({ kind: 'ended', result: { ended: 'exit', exitCode: 0 } });
  await again.dispose();
});

test('(twin) a tool whose output is a pipe to the server dies with it', async () => {
  const place = temporaryFolder('place');
  const code = `require('node:child_process').spawn(${JSON.stringify(path.join(bin, worker))}, [${JSON.stringify(place)}], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })`;
  const server = spawn(process.execPath, ['-e', code], { stdio: 'ignore', detached: true });
  await until(() => isWritten(path.join(place, 'pid')));
  const tool = identityOf(numberIn(path.join(place, 'pid')));
  await kill(server);
  writeFileSync(path.join(place, 'go'), '');
  await until(() => tool !== null && !isAlive(tool));
  expect(existsSync(path.join(place, 'finished'))).toBe(false);
});

test('SIGKILL of the host leaves the tool alone, and says that nobody saw its end', async () => {
  const place = temporaryFolder('place');
  const { server, folder, sandbox } = startServer({
    argv: [worker, place],
    mutates: true,
    secrets: ['swordfish'],
  });
  await until(() => isWritten(path.join(place, 'pid')));
  await until(() => bodyOf(path.join(folder, 'step.json'))['tool'] !== null);
  await kill(server);
  process.kill(hostOf(folder).pid, 'SIGKILL');
  const again = await sandbox.reattach(runId('run_left'));
  expect(again.running).toBe(true);
  await expect(again.dispose()).rejects.toThrow('at work');
  writeFileSync(path.join(place, 'go'), '');
  expect(await again.ending).toEqual({
    kind: 'unknown',
    because: 'its host ended before its tool did, and nobody saw how that ended',
    text: 'began *** ***\ndone ***\ncomplained\n',
  });
  await again.dispose();
});

const step = (argv: readonly [string, ...string[]], more: Partial<Step> = {}): Step => ({
  name: 'work',
  argv,
  output: 'log',
  timeoutMs: 600_000,
  environment: {},
  mutates: false,
  ...more,
});

const openIn = (folder: string, verb: 'plan' | 'apply') =>
  sandboxIn(folder).open({
    runId: runId('run_left'),
    verb,
    checkout: temporaryFolder('checkout'),
    dir: root,
    env: {},
  });

test('SIGKILL of the host under a living server is told, and the folder stays until the tool is gone', async () => {
  const [folder, place] = [temporaryFolder('runs'), temporaryFolder('place')];
  const session = await openIn(folder, 'apply');
  const running = session.run(step([worker, place], { mutates: true }));
  const lost = expect(running).rejects.toThrow(HostLost);
  await until(() => isWritten(path.join(place, 'pid')));
  await until(() => bodyOf(path.join(session.folder, 'step.json'))['tool'] !== null);
  process.kill(hostOf(session.folder).pid, 'SIGKILL');
  await lost;
  await expect(session.dispose()).rejects.toThrow('at work');
  const again = await sandboxIn(folder).reattach(runId('run_left'));
  expect(again.running).toBe(true);
  writeFileSync(path.join(place, 'go'), '');
  expect(await again.ending).toMatchObject({ kind: 'unknown' });
  expect(existsSync(path.join(place, 'finished'))).toBe(true);
  await again.dispose();
});

test('SIGKILL of the host under a living server ends a plan step, which nobody else would', async () => {
  const [folder, place] = [temporaryFolder('runs'), temporaryFolder('place')];
  const session = await openIn(folder, 'plan');
  const lost = expect(session.run(step([worker, place]))).rejects.toThrow(HostLost);
  await until(() => isWritten(path.join(place, 'pid')));
  const tool = identityOf(numberIn(path.join(place, 'pid')));
  process.kill(hostOf(session.folder).pid, 'SIGKILL');
  await lost;
  await until(() => tool !== null && !isAlive(tool));
  await session.dispose();
  expect(existsSync(session.folder)).toBe(false);
});

test('SIGKILL of a tool that mutates is told as that, now and to the next server', async () => {
  const [folder, place] = [temporaryFolder('runs'), temporaryFolder('place')];
  const session = await openIn(folder, 'apply');
  const running = session.run(step([worker, place], { mutates: true }));
  await until(() => isWritten(path.join(place, 'pid')));
  process.kill(numberIn(path.join(place, 'pid')), 'SIGKILL');
  expect(await running).toMatchObject({ ended: 'signal', exitCode: null, text: 'began *** swordfish\n' });
  await session.detach();
  const again = await sandboxIn(folder).reattach(runId('run_left'));
  expect(await again.ending).toMatchObject({ kind: 'ended', result: { ended: 'signal', exitCode: null } });
  await again.dispose();
});

const counting = program(
  'counting',
  'trap "echo signal" INT; echo "$$" > "$1/pid"; while [ ! -e "$1/go" ]; do sleep 0.05; done',
);

test.for(['host', 'tool'] as const)(
  'a later server interrupts what it finds, a living %s, once; insisting is another signal',
  async (living) => {
    const place = temporaryFolder('place');
    const { server, folder, sandbox } = startServer({ argv: [counting, place], mutates: true });
    await until(() => isWritten(path.join(place, 'pid')));
    await until(() => bodyOf(path.join(folder, 'step.json'))['tool'] !== null);
    await kill(server);
    const host = hostOf(folder);
    if (living === 'tool') process.kill(host.pid, 'SIGKILL');
    // A signal to a host that is about to be gone would be lost.
    await until(() => isAlive(host) === (living === 'host'));
    const signals = (): number => {
      const files = ['01-work.log', '01-work.out'].map((name) => path.join(folder, 'logs', name));
      return Math.max(
        ...files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0)),
      );
    };
    const first = await sandbox.reattach(runId('run_left'));
    first.interrupt();
    await until(() => signals() === 1);
    await until(() => bodyOf(path.join(folder, 'step.json'))['interrupted'] === true);
    first.detach();
    // Another server knows no more than what is on record.
    const second = await sandbox.reattach(runId('run_left'));
    second.interrupt();
    // Time for a signal that must not come; two at once would count as one.
    await createSystemClock().sleep(700);
    expect(signals()).toBe(1);
    second.insist();
    await until(() => signals() >= 2);
    writeFileSync(path.join(place, 'go'), '');
    const ending = await second.ending;
    expect(ending.kind).toBe(living === 'host' ? 'ended' : 'unknown');
    const text = ending.kind === 'ended' ? ending.result.text : ending.kind === 'unknown' ? ending.text : '';
    expect(text).toBe('signal\nsignal\n');
    await second.dispose();
  },
);

test('a real apply survives SIGKILL of the server, and writes its state', async () => {
  const checkout = temporaryFolder('checkout');
  const state = path.join(temporaryFolder('state'), 'terraform.tfstate');
  const began = path.join(checkout, 'began');
  const go = path.join(checkout, 'go');
  writeFileSync(
    path.join(checkout, 'main.tf'),
    `terraform {
  backend "local" {
    path = "${state}"
  }
}
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch ${began}; while [ ! -e ${go} ]; do sleep 0.05; done; echo slept"
  }
}
`,
  );
  const folder = temporaryFolder('runs');
  const before = await openIn(folder, 'plan');
  expect(await before.run(step(['terraform', `-chdir=${checkout}`, 'init', '-no-color']))).toMatchObject({
    exitCode: 0,
  });
  await before.dispose();
  const { server, sandbox } = startServer({
    folder,
    checkout,
    argv: ['terraform', 'apply', '-input=false', '-no-color', '-auto-approve'],
    mutates: true,
  });
  await until(() => existsSync(began));
  await kill(server);
  const again = await sandbox.reattach(runId('run_left'));
  expect(again.running).toBe(true);
  writeFileSync(go, '');
  const ending = await again.ending;
  expect(ending).toMatchObject({ kind: 'ended', result: { exitCode: 0 } });
  expect(ending.kind === 'ended' && ending.result.text).toContain('Apply complete! Resources: 1 added');
  expect(JSON.parse(readFileSync(state, 'utf8')).resources).toHaveLength(1);
  await again.dispose();
});
