import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import type { Step } from '../../src/runner/port.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { programs } from '../support/server-programs.ts';
import { type Figure, figure, median } from './figure.ts';

const rounds = 9;
const toolPath = '/usr/local/bin:/usr/bin:/bin';

const step = (argv: readonly [string, ...string[]]): Step => ({
  name: 'one',
  argv,
  output: 'log',
  timeoutMs: 600_000,
  environment: {},
  mutates: true,
});

const open = (folder: string, clock: Clock, name: string) => {
  const checkout = path.join(folder, 'checkout');
  mkdirSync(checkout, { recursive: true });
  return createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder: path.join(folder, 'runs'),
    environment: { plan: {}, apply: {} },
    path: toolPath,
    mask: (text) => text,
    secrets: () => ['a-secret-value-of-the-operator'],
    runKey: () => Buffer.alloc(32, 1),
    clock,
  }).open({ runId: runId(name), verb: 'apply', checkout, dir: root, env: {} });
};

/** From opening a run until it is cleared up, with a tool that does nothing, in seconds. */
const hosted = async (folder: string, clock: Clock, count: number): Promise<number> => {
  const start = clock.monotonic();
  const session = await open(folder, clock, `run_bench_${count}`);
  const result = await session.run(step(['true']));
  if (result.exitCode !== 0) throw new Error(`the tool failed: ${result.text}`);
  await session.dispose();
  return (clock.monotonic() - start) / 1000;
};

const alone = async (clock: Clock): Promise<number> => {
  const start = clock.monotonic();
  await once(spawn('true', { stdio: 'ignore', env: { PATH: toolPath } }), 'exit');
  return (clock.monotonic() - start) / 1000;
};

/** Most that the host was resident while its tool was at work for two seconds, in bytes. */
const resident = async (folder: string, clock: Clock): Promise<number> => {
  const session = await open(folder, clock, 'run_bench_rss');
  const running = session.run(step(['sleep', '2']));
  await clock.sleep(1_500);
  const record = readFileSync(path.join(session.folder, 'host.json'), 'utf8');
  const { pid } = JSON.parse(JSON.parse(record).body).host;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  await running;
  await session.dispose();
  return Number(peak) * 1024;
};

/** What the process that every run has of its own costs. */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  try {
    // The first fills the cache of the host's code, as the first run of a server does.
    await hosted(folder, clock, 0);
    const times: number[] = [];
    const byHand: number[] = [];
    for (let count = 1; count <= rounds; count += 1) {
      byHand.push(await alone(clock));
      times.push(await hosted(folder, clock, count));
    }
    yield figure({
      bench: 'host',
      case: 'time',
      value: median(times) - median(byHand),
      unit: 'seconds',
      aim: { op: '<=', limit: 0.15 },
    });
    yield figure({
      bench: 'host',
      case: 'rss',
      value: (await resident(folder, clock)) / 1_000_000,
      unit: 'MB',
      aim: { op: '<=', limit: 60 },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
