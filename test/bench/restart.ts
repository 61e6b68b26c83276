import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock } from '../../src/clock/system.ts';
import { startWorld } from '../../src/demo/world.ts';
import type { Run } from '../../src/domain/run.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { batch, newRunId, planned, project, run as queuedRun } from '../store/samples.ts';
import { type Figure, figure, median } from './figure.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const past = 10_000;
const underWay = 50;
const tries = 3;
const bite = 500;

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

/**
 * Seconds from the start of the process until it says that it is ready: on an empty data folder, and on one with
 * ten thousand past runs and fifty that a SIGKILL cut off.
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
    } finally {
      await world.close().catch(() => undefined);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
};
