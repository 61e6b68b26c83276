import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSystemClock } from '../../src/clock/system.ts';
import { personOf } from '../../src/demo/person.ts';
import { startWorld } from '../../src/demo/world.ts';
import { type Figure, figure } from './figure.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { createLoad, offer, saturate } from './webhook-load.ts';

const lanes = 64;
const warmUpMs = 3_000;
const saturatedMs = 10_000;
const offeredMs = 30_000;
const offeredRate = 300;

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

const waiting = (file: string): number => {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const row = database.prepare("select count(*) as n from deliveries where state = 'pending'").get();
    return Number(row?.['n']);
  } finally {
    database.close();
  }
};

const storedIds = (file: string): ReadonlySet<string> => {
  const database = new DatabaseSync(file);
  try {
    return new Set(
      database
        .prepare('select id from deliveries')
        .all()
        .map((row) => String(row['id'])),
    );
  } finally {
    database.close();
  }
};

/**
 * Webhooks of 20 kB, signed, to the real server in a process of its own with SQLite on this disk: how many
 * it acknowledges when it gets all it can take; how long one takes at a steady rate, measured from when
 * it was meant to be sent; and how many acknowledged ones are gone after a SIGKILL under full load.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const servers: ServerProcess[] = [];
  try {
    const world = await startWorld({
      folder,
      files: { 'README.md': '# Nothing to plan\n' },
      people: { ada: 'admin' },
      environment: { PATH: process.env['PATH'] },
      launch: async (environment) => {
        const server = await startServerProcess({ environment });
        servers.push(server);
        return server;
      },
    });
    try {
      const ada = personOf(world, 'ada');
      await ada.push('change', { 'README.md': '# Still nothing\n' }, 'Change a word');
      const { number } = await ada.openPull('change', 'Change a word');
      await ada.comment(number, 'This is no command.');
      await world.hub.settled();
      const [server] = servers;
      const url = world.hub.deliveries().at(-1)?.url;
      if (server === undefined || url === undefined) throw new Error('the world is not whole');
      const file = path.join(folder, 'data/tidegate.db');
      const load = createLoad(world, url);
      await saturate(clock, load, lanes, warmUpMs);
      const start = clock.monotonic();
      const taken = await saturate(clock, load, lanes, saturatedMs);
      const seconds = (clock.monotonic() - start) / 1000;
      yield figure({
        bench: 'ingest',
        case: 'saturated',
        value: taken / seconds,
        unit: 'per second',
        aim: { op: '>=', limit: 1000 },
      });
      // What the flood left to do is not part of a steady rate.
      for (let tries = 0; waiting(file) > 0; tries += 1) {
        if (tries > 600) throw new Error('the server does not get through what it took');
        await clock.sleep(500);
      }
      const times = await offer(clock, load, offeredRate, offeredMs);
      process.stderr.write(
        `ingest at ${offeredRate} a second: ${[0.5, 0.9, 0.99, 0.999, 1].map((share) => `p${share * 100} ${percentile(times, share).toFixed(1)} ms`).join(', ')}\n`,
      );
      yield figure({
        bench: 'ingest',
        case: 'p99',
        value: percentile(times, 0.99),
        unit: 'ms',
        aim: { op: '<=', limit: 20 },
      });
      const flood = saturate(clock, load, lanes, 3_000);
      await clock.sleep(1_500);
      await server.kill();
      await flood;
      load.close();
      const stored = storedIds(file);
      const lost = [...load.acknowledged].filter((id) => !stored.has(id));
      process.stderr.write(`ingest: ${load.acknowledged.size} were acknowledged\n`);
      yield figure({
        bench: 'ingest',
        case: 'lost',
        value: lost.length,
        unit: 'webhooks',
        aim: { op: '=', limit: 0 },
      });
    } finally {
      await world.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
