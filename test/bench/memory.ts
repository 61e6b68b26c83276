import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock } from '../../src/clock/system.ts';
import { personOf } from '../../src/demo/person.ts';
import { newOwner, startingFiles } from '../../src/demo/repository.ts';
import { applyOnce } from '../../src/demo/state.ts';
import { startWorld, stateFolderOf } from '../../src/demo/world.ts';
import { type Figure, figure } from './figure.ts';
import { buildImage } from './image.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { createLoad } from './webhook-load.ts';

const webhooks = 1000;
const restMs = 60_000;
const patienceMs = 120_000;

/**
 * Resident memory of the server, compiled and started as in the image, after it has discovered and planned a pull
 * request, taken a thousand webhooks and rested for a minute. The process that reads configuration has ended by then.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const environment = { PATH: process.env['PATH'] };
  const servers: ServerProcess[] = [];
  try {
    const script = await buildImage(path.join(folder, 'image'));
    const files = startingFiles(stateFolderOf(folder));
    const world = await startWorld({
      folder,
      files,
      people: { ada: 'admin' },
      environment,
      launch: async (settings) => {
        const server = await startServerProcess({
          environment: { ...settings, MALLOC_ARENA_MAX: '2' },
          script,
        });
        servers.push(server);
        return server;
      },
    });
    try {
      const [server] = servers;
      if (server === undefined) throw new Error('there is no server');
      const say = async (when: string): Promise<number> => {
        const megabytes = await server.residentMegabytes();
        process.stderr.write(`memory ${when}: ${megabytes.toFixed(1)} MB\n`);
        return megabytes;
      };
      await say('after the start');
      await applyOnce(path.join(folder, 'before'), files, ['network', 'database'], environment);
      const ada = personOf(world, 'ada');
      await ada.push('new-owner', newOwner, 'Storage owns what we run');
      const { number } = await ada.openPull('new-owner', 'Give everything to the storage team');
      const planned = async (): Promise<boolean> =>
        (await ada.checks(number)).some(
          ({ name, conclusion }) => name === 'tidegate/plan' && conclusion === 'success',
        );
      const start = clock.monotonic();
      while (!(await planned())) {
        if (clock.monotonic() - start > patienceMs) throw new Error('the pull request was not planned');
        await clock.sleep(250);
      }
      await ada.comment(number, 'This is no command.');
      await world.hub.settled();
      await say('after the plan');
      const url = world.hub.deliveries().at(-1)?.url;
      if (url === undefined) throw new Error('the hub sent nothing');
      const load = createLoad(world, url);
      for (let sent = 0; sent < webhooks; sent += 10)
        await Promise.all(Array.from({ length: 10 }, () => load.send()));
      load.close();
      if (load.acknowledged.size !== webhooks) throw new Error('some webhooks were not taken');
      await say(`after ${webhooks} webhooks`);
      await clock.sleep(restMs);
      yield figure({
        bench: 'memory',
        case: 'resident',
        value: await say('after a minute'),
        unit: 'MB',
        aim: { op: '<=', limit: 160 },
      });
    } finally {
      await world.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
