/** What slips out of a tool's group, and tools whose host died before it could write down who they are. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { wholeOf } from '../../src/domain/printed.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Step } from '../../src/runner/port.ts';
import { identityOf, isAlive } from '../../src/sandbox/local/identity.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { writeRecord } from '../../src/sandbox/local/records.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { lockSecrets } from '../../src/sandbox/local/secret-box.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';

const bin = temporaryFolder('bin');
const key = Buffer.alloc(32, 7);
const program = (name: string, body: string): string => {
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(bin, name), 0o755);
  return name;
};

const sandboxIn = (folder: string) =>
  createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder,
    environment: { plan: {}, apply: {} },
    path: `${bin}:/usr/bin:/bin`,
    mask: (text) => text,
    secrets: () => [],
    runKey: () => key,
    clock: createSystemClock(),
  });

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

test('a child that left the group and holds the output open keeps no data step from ending', async () => {
  const place = temporaryFolder('place');
  const daemon = program(
    'leaves-a-daemon',
    'setsid sh -c \'echo "$$" > "$0/pid"; while [ ! -e "$0/go" ]; do sleep 0.05; done\' "$1" & while [ ! -s "$1/pid" ]; do sleep 0.02; done; echo "{}"',
  );
  const session = await sandboxIn(temporaryFolder('runs')).open({
    runId: runId('run_daemon'),
    verb: 'plan',
    checkout: temporaryFolder('checkout'),
    dir: root,
    env: {},
  });
  const result = await session.run(step([daemon, place], { output: 'data' }));
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0 });
  expect((await wholeOf(result.data)).toString()).toBe('{}\n');
  writeFileSync(path.join(place, 'go'), '');
  await session.dispose();
}, 20_000);

/** A run whose server and host are gone, and whose tool is at work in a session of its own. */
const orphan = (runs: string) => {
  const folder = path.join(runs, 'run_orphan');
  mkdirSync(path.join(folder, 'home'), { recursive: true });
  mkdirSync(path.join(folder, 'logs'));
  const place = temporaryFolder('place');
  const tool = program(
    'orphan',
    'trap "echo >> $1/signals" INT; : > "$1/began"; while [ ! -e "$1/go" ]; do sleep 0.05; done',
  );
  const child = spawn(path.join(bin, tool), [place], {
    detached: true,
    stdio: 'ignore',
    env: { HOME: `${folder}/home`, PATH: '/usr/bin:/bin' },
  });
  return { folder, place, child, identity: () => identityOf(child.pid ?? 0) };
};

test('a tool whose host died before it could write down who it is is waited for, and can be asked to stop', async () => {
  const runs = temporaryFolder('runs');
  const { folder, place } = orphan(runs);
  await writeRecord(folder, 'step', key, {
    runId: 'run_orphan',
    number: 1,
    step: 'apply',
    tool: null,
    interrupted: false,
    secrets: lockSecrets(key, []),
  });
  await until(() => existsSync(path.join(place, 'began')));
  const found = await sandboxIn(runs).reattach(runId('run_orphan'));
  expect(found.running).toBe(true);
  found.interrupt();
  await until(() => existsSync(path.join(place, 'signals')));
  await expect(found.dispose()).rejects.toThrow('still at work');
  writeFileSync(path.join(place, 'go'), '');
  expect(await found.ending).toMatchObject({ kind: 'unknown' });
  await found.dispose();
});

test('a plan whose host died with the server is ended before its checkout is given to anybody else', async () => {
  const runs = temporaryFolder('runs');
  const { place, identity } = orphan(runs);
  await until(() => existsSync(path.join(place, 'began')));
  const tool = identity();
  const found = await sandboxIn(runs).reattach(runId('run_orphan'));
  expect(found.running).toBe(true);
  expect(await found.ending).toEqual({ kind: 'not-started' });
  expect(tool !== null && isAlive(tool)).toBe(false);
  await found.dispose();
});
