import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import { root } from '../../src/domain/repo-path.ts';
import { createMask } from '../../src/observe/masking.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { programs } from '../support/server-programs.ts';
import { type Figure, figure, median } from './figure.ts';

const megabyte = 1_000_000;
const wanted = 200 * megabyte;
const rounds = 3;
const secrets = Array.from({ length: 20 }, (_, index) => `a-secret-value-${index}-of-the-operator`);
const toolPath = '/usr/local/bin:/usr/bin:/bin';

/** Lines as tools print them, one in a thousand with a secret, and at the end how long all took, in nanoseconds. */
const tool = `#!/bin/sh
begin=$(date +%s%N)
awk 'BEGIN { for (i = 0; i < ${wanted / 100}; i++) printf "module.network.aws_subnet.private[%07d]: Still creating... [id=subnet-0a1b2c3d%07d] [%s]\\n", i, i, i % 1000 ? "10s elapsed, nothing to see" : "${secrets[7]}" }'
echo $(($(date +%s%N) - begin)) > "$1"
`;

/** Seconds, by the tool's own watch. */
const ownTime = (file: string): number => Number(readFileSync(file, 'utf8')) / 1e9;

/** Not all of it: what this process holds is measured. */
const beginningOf = (file: string): Buffer => {
  const bytes = Buffer.alloc(megabyte);
  const log = openSync(file, 'r');
  readSync(log, bytes);
  closeSync(log);
  return bytes;
};

/** By hand, as a person would: `tool > file`. */
const alone = async (folder: string, program: string): Promise<number> => {
  const [file, time] = [path.join(folder, 'alone.log'), path.join(folder, 'alone.time')];
  const out = openSync(file, 'w');
  const child = spawn(program, [time], { stdio: ['ignore', out, out], env: { PATH: toolPath } });
  closeSync(out);
  await once(child, 'exit');
  rmSync(file);
  return ownTime(time);
};

interface Round {
  readonly toolSeconds: number;
  /** From the request until the server has the result, and the log is whole. */
  readonly seconds: number;
  readonly logBytes: number;
  /** Of this process, in bytes. */
  readonly growth: number;
}

const hosted = async (folder: string, count: number): Promise<Round> => {
  const clock = createSystemClock();
  const mask = createMask();
  for (const secret of secrets) mask.add(secret);
  const checkout = path.join(folder, 'checkout');
  mkdirSync(checkout, { recursive: true });
  const session = await createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder: path.join(folder, 'runs'),
    environment: { plan: {}, apply: {} },
    path: `${folder}:${toolPath}`,
    mask: mask.text,
    secrets: () => secrets,
    runKey: () => Buffer.alloc(32, 1),
    clock,
  }).open({ runId: runId(`run_bench_${count}`), verb: 'apply', checkout, dir: root, env: {} });
  const time = path.join(folder, 'hosted.time');
  const over = new AbortController();
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, process.memoryUsage.rss());
      await clock.sleep(10, over.signal);
    }
  };
  const watching = watch();
  const start = clock.monotonic();
  const result = await session.run({
    name: 'flood',
    argv: ['flood', time],
    output: 'log',
    timeoutMs: 600_000,
    environment: {},
    mutates: true,
  });
  const seconds = (clock.monotonic() - start) / 1000;
  over.abort();
  await watching;
  if (result.exitCode !== 0) throw new Error(`the tool failed: ${result.text}`);
  const log = path.join(session.folder, 'logs/01-flood.log');
  if (beginningOf(log).includes(secrets[7] ?? '')) throw new Error('a secret came through');
  const logBytes = statSync(log).size;
  await session.dispose();
  return { toolSeconds: ownTime(time), seconds, logBytes, growth: peak - before };
};

/** A tool that writes 200 MB: what it costs the tool, how fast people see it, and what it takes of the server. */
export const run = async function* (): AsyncIterable<Figure> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  try {
    const program = path.join(folder, 'flood');
    writeFileSync(program, tool);
    chmodSync(program, 0o755);
    // The first of each warms the machine.
    await alone(folder, program);
    await hosted(folder, 0);
    const byHand: number[] = [];
    const all: Round[] = [];
    for (let count = 1; count <= rounds; count += 1) {
      byHand.push(await alone(folder, program));
      all.push(await hosted(folder, count));
    }
    const says = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(' ');
    process.stderr.write(
      `logflood: alone ${says(byHand)} s, hosted ${says(all.map((one) => one.toolSeconds))} s\n`,
    );
    yield figure({
      bench: 'logflood',
      case: 'wall',
      value: median(all.map((one) => one.toolSeconds)) / median(byHand),
      unit: 'ratio',
      aim: { op: '<=', limit: 1.3 },
    });
    yield figure({
      bench: 'logflood',
      case: 'throughput',
      value: median(all.map((one) => one.logBytes / megabyte / one.seconds)),
      unit: 'MB per second',
      aim: { op: '>=', limit: 40 },
    });
    yield figure({
      bench: 'logflood',
      case: 'rss',
      value: Math.max(...all.map((one) => one.growth)) / megabyte,
      unit: 'MB',
      aim: { op: '<=', limit: 64 },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
