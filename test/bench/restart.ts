import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { startWorld } from '../../src/demo/world.ts';
import type { Run } from '../../src/domain/run.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import { deriveKeys } from '../../src/store/install-keys.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { batch, newRunId, planned, project, run as queuedRun } from '../store/samples.ts';
import { programs } from '../support/server-programs.ts';
import { type Figure, figure, median } from './figure.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const past = 10_000;
const underWay = 50;
const tries = 3;
const bite = 500;
/** Longer than it takes to start all of them and to boot. */
const liveSeconds = 45;

/** A server's past: runs that ended, each with a summary and 5 kB of output, and runs that were going on when it was killed. */
const fill = async (file: string): Promise<void> => {
  const clock = createSystemClock();
  const store = await openSqliteStore({ path: file, clock });
  const output = randomBytes(2_500).toString('hex');
  const pullOf = (index: number) => 1 + Math.floor(index / 10);
  try {
    for (let from = 0; from < past; from += bite)
      await store.transact(async (tables) => {
        for (let index = from; index < from + bite; index += 1) {
          const pullNumber = pullOf(index);
          const asked = batch({ pullNumber, commentId: null });
          await tables.batches.add(asked);
          const state: Run['state'] = index % 10 === 9 ? 'planned' : 'superseded';
          await tables.runs.add(planned({ batchId: asked.id, pullNumber, state, output }));
        }
      });
    await store.transact(async (tables) => {
      for (let index = 0; index < underWay; index += 1) {
        const pullNumber = past + index;
        const asked = batch({ pullNumber, commentId: null });
        await tables.batches.add(asked);
        const going = queuedRun({
          id: newRunId(),
          batchId: asked.id,
          pullNumber,
          project: project(`p${index}`),
        });
        await tables.runs.add(going);
        await tables.runs.move(going.id, { kind: 'started' }, clock.now());
      }
    });
  } finally {
    await store.close();
  }
};

/** Applies that are at work under hosts of their own, as a server that was killed leaves them. Returns how many. */
const leaveApplies = async (dataFolder: string, secretKey: string, seconds: number): Promise<number> => {
  const clock = createSystemClock();
  const keys = deriveKeys(Buffer.from(secretKey, 'base64'));
  const sandbox = createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder: path.join(dataFolder, 'runs'),
    environment: { plan: {}, apply: {} },
    path: process.env['PATH'] ?? '',
    mask: (text) => text,
    secrets: () => [],
    runKey: (runId) => createHmac('sha256', keys.hosts).update(runId).digest(),
    clock,
  });
  const store = await openSqliteStore({ path: path.join(dataFolder, 'tidegate.db'), clock });
  try {
    for (let index = 0; index < underWay; index += 1) {
      const pullNumber = 2 * past + index;
      const asked = batch({ pullNumber, commentId: null });
      const going = queuedRun({
        batchId: asked.id,
        pullNumber,
        verb: 'apply',
        project: project(`live${index}`),
      });
      await store.batches.add(asked);
      await store.runs.add(going);
      await store.runs.move(going.id, { kind: 'started' }, clock.now());
      mkdirSync(path.join(dataFolder, 'tree', going.project.dir), { recursive: true });
      const session = await sandbox.open({
        runId: going.id,
        verb: 'apply',
        checkout: path.join(dataFolder, 'tree'),
        dir: going.project.dir,
        env: {},
      });
      session
        .run({
          name: 'apply',
          argv: ['sleep', String(seconds)],
          output: 'log',
          timeoutMs: 600_000,
          environment: {},
          mutates: true,
        })
        .catch(() => undefined);
      const record = path.join(dataFolder, 'runs', going.id, 'step.json');
      // Who the tool is stands in it when it has begun.
      while (!existsSync(record) || !/tool\\?":\{/.test(readFileSync(record, 'utf8'))) await clock.sleep(20);
      await session.detach();
    }
  } finally {
    await store.close();
  }
  return underWay;
};

/** From the start of a server to the moment it has taken over all applies that another one left at work, in seconds. */
const adoption = async (
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  let adopted = 0;
  let at = Number.NaN;
  const start = clock.monotonic();
  const server = await startServerProcess({
    environment,
    onLine: (line) => {
      if (!line.includes('a run of an earlier server was adopted')) return;
      adopted += 1;
      if (adopted === underWay) at = clock.monotonic();
    },
  });
  while (Number.isNaN(at) && clock.monotonic() - start < 30_000) await clock.sleep(10);
  await server.kill();
  return (at - start) / 1000;
};

/**
 * Seconds from the start of the process until it says that it is ready: on an empty data folder, and on one with
 * ten thousand past runs and fifty that a SIGKILL cut off. And until it has taken over fifty applies that live on.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  let environment: Readonly<Record<string, string | undefined>> = {};
  const timed = async (): Promise<{ readonly seconds: number; readonly server: ServerProcess }> => {
    const start = clock.monotonic();
    const server = await startServerProcess({ environment });
    return { seconds: (clock.monotonic() - start) / 1000, server };
  };
  const boots = async (): Promise<number> => {
    const { seconds, server } = await timed();
    await server.kill();
    return seconds;
  };
  try {
    const world = await startWorld({
      folder,
      files: { 'README.md': '# Nothing to plan\n' },
      people: { ada: 'admin' },
      environment: { PATH: process.env['PATH'] },
      launch: async (given) => {
        environment = { ...given };
        return startServerProcess({ environment });
      },
    });
    try {
      await world.app.stop();
      const data = (name: string) => path.join(folder, name);
      const given = environment;
      const empty: number[] = [];
      const full: number[] = [];
      // Each boot with a history gets it anew: the first one after a crash is the one that counts.
      for (let time = 0; time < tries; time += 1) {
        environment = { ...given, TIDEGATE_DATA_DIR: data(`empty-${time}`) };
        empty.push(await boots());
        environment = { ...given, TIDEGATE_DATA_DIR: data(`full-${time}`) };
        await boots();
        await fill(path.join(data(`full-${time}`), 'tidegate.db'));
        full.push(await boots());
        rmSync(data(`full-${time}`), { recursive: true, force: true });
      }
      process.stderr.write(
        `restart: empty ${median(empty).toFixed(2)} s, with ${past} past runs and ${underWay} cut off ${median(full).toFixed(2)} s\n`,
      );
      yield figure({
        bench: 'restart',
        case: 'ratio',
        value: median(full) / median(empty),
        unit: 'ratio',
        aim: { op: '<=', limit: 2 },
      });
      yield figure({
        bench: 'restart',
        case: 'serving',
        value: median(full),
        unit: 'seconds',
        aim: { op: '<=', limit: 2 },
      });
      environment = { ...given, TIDEGATE_DATA_DIR: data('live') };
      await boots();
      await fill(path.join(data('live'), 'tidegate.db'));
      await leaveApplies(data('live'), given['TIDEGATE_SECRET_KEY'] ?? '', liveSeconds);
      const seconds = await adoption(clock, environment);
      // They end by themselves; nothing may be left when the folder goes.
      await clock.sleep(liveSeconds * 1000);
      yield figure({
        bench: 'restart',
        case: 'adopted',
        value: seconds,
        unit: 'seconds',
        aim: { op: '<=', limit: 5 },
      });
    } finally {
      await world.close().catch(() => undefined);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
};
