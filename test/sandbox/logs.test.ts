import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Step } from '../../src/runner/port.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { createDiskLogs } from '../../src/sandbox/logs/disk.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';

const id = runId('run_logged');
const place = () => {
  const [runs, logs] = [temporaryFolder('runs'), path.join(temporaryFolder('kept'), 'logs')];
  const sandbox = createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder: runs,
    logs,
    environment: { plan: {}, apply: {} },
    path: '/usr/bin:/bin',
    mask: (text) => text.replaceAll('hunter2', '***'),
    secrets: () => ['hunter2'],
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
  });
  return { runs, logs, sandbox, kept: createDiskLogs(logs) };
};
const spec = (checkout: string) => ({ runId: id, verb: 'plan', checkout, dir: root, env: {} }) as const;
const step = (script: string, name: string, more: Partial<Step> = {}): Step => ({
  name,
  argv: ['sh', '-c', script],
  output: 'log',
  timeoutMs: 60_000,
  environment: {},
  mutates: false,
  ...more,
});

test('what a run printed stays when its folder goes, masked, with when each step began and how it ended', async () => {
  const { runs, logs, sandbox, kept } = place();
  const session = await sandbox.open(spec(temporaryFolder('checkout')));
  const before = Date.now();
  await session.run(step('echo one of hunter2', 'init'));
  await session.run(step('echo two >&2; exit 3', 'plan'));
  await session.dispose();
  expect(existsSync(path.join(runs, id))).toBe(false);
  const steps = await kept.steps(id);
  expect(steps.map(({ number, name, bytes }) => [number, name, bytes])).toEqual([
    [1, 'init', 'one of ***\n'.length],
    [2, 'plan', 'two\n'.length],
  ]);
  expect(steps[1]?.facts).toMatchObject({ command: 'sh -c', end: { ended: 'exit', exitCode: 3 } });
  const [first] = steps;
  expect(first?.facts?.startedAt).toBeGreaterThanOrEqual(before);
  if (first === undefined) throw new Error('no step');
  expect((await kept.read(id, first, 0, 100)).toString()).toBe('one of ***\n');
  expect((await kept.read(id, first, 4, 2)).toString()).toBe('of');
  for (const name of readdirSync(path.join(logs, id)))
    expect(statSync(path.join(logs, id, name)).mode & 0o777).toBe(0o600);
  expect(statSync(path.join(logs, id)).mode & 0o777).toBe(0o700);
  await kept.remove(id);
  expect(await kept.steps(id)).toEqual([]);
  expect(await kept.read(id, first, 0, 100)).toEqual(Buffer.alloc(0));
});

test('values that become known later are masked in what was printed before', async () => {
  const { sandbox, kept } = place();
  const session = await sandbox.open(spec(temporaryFolder('checkout')));
  await session.run(step('echo swordfish; echo plain', 'plan'));
  await session.dispose();
  await kept.hide(id, ['swordfish']);
  const [only] = await kept.steps(id);
  if (only === undefined) throw new Error('no step');
  expect((await kept.read(id, only, 0, 100)).toString()).toBe('***\nplain\n');
  expect(only.facts?.command).toBe('sh -c');
});

test('runs are found by how long ago they printed, and nothing else in the folder is taken for one', async () => {
  const { logs, kept } = place();
  expect(await kept.before(Date.now())).toEqual([]);
  for (const name of ['run_older', 'run_newer', 'lost+found'])
    mkdirSync(path.join(logs, name), { recursive: true });
  writeFileSync(path.join(logs, 'run_older', '01-plan.log'), 'x');
  writeFileSync(path.join(logs, 'run_older', '../x'), '');
  utimesSync(path.join(logs, 'run_older'), 1000, 1000);
  for (const name of ['x', 'lost+found']) utimesSync(path.join(logs, name), 1000, 1000);
  expect(await kept.before(2_000_000)).toEqual(['run_older']);
  expect(readFileSync(path.join(logs, 'x'), 'utf8')).toBe('');
});
