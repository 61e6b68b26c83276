import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSystemClock } from '../../src/clock/system.ts';
import { personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf } from '../../src/demo/world.ts';
import { type Figure, figure, median } from './figure.ts';
import { loop } from './hand-loop.ts';
import { buildImage } from './image.ts';
import { createWatch } from './plan-watch.ts';
import { startServerProcess } from './server-process.ts';
import { sizeOf } from './size.ts';

type Files = Readonly<Record<string, string>>;

const perFile = 100;

const names = (projects: number): readonly string[] =>
  Array.from({ length: projects }, (_, at) => `live/service-${at}`);

const ownerFiles = (projects: number, owner: string): Files =>
  Object.fromEntries(
    names(projects).map((dir) => [`${dir}/owner.tf`, `variable "owner" {\n  default = "${owner}"\n}\n`]),
  );

const projectFiles = (dir: string, stateFolder: string, resources: number): readonly [string, string][] => {
  const block = (name: string) =>
    `resource "terraform_data" "${name}" {\n  input = { name = "${name}", owner = var.owner }\n}\n`;
  const parts = Array.from({ length: Math.ceil(resources / perFile) }, (_, file): [string, string] => {
    const inFile = Math.min(perFile, resources - file * perFile);
    const blocks = Array.from({ length: inFile }, (_unused, at) => block(`r-${file}-${at}`));
    return [`${dir}/part-${file}.tf`, blocks.join('\n')];
  });
  const state = `${stateFolder}/${path.basename(dir)}.tfstate`;
  const backend = `terraform {\n  backend "local" {\n    path = "${state}"\n  }\n}\n`;
  return [[`${dir}/backend.tf`, backend], ...parts];
};

/**
 * All projects of one pull request, from the moment the hub sends the webhook of a push to the moment it has the plan check as
 * completed, against a loop over the same folders. The loop goes one by one, as the projects of a pull request do (decision 1).
 * `FANOUT_PROJECTS`, `FANOUT_RESOURCES` and `FANOUT_ROUNDS` make it smaller.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const projects = sizeOf('FANOUT_PROJECTS', 50);
  const resources = sizeOf('FANOUT_RESOURCES', 1_500);
  const rounds = sizeOf('FANOUT_ROUNDS', 3);
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const watch = createWatch(clock);
  const dirs = names(projects);
  const stateFolder = stateFolderOf(folder);
  const files: Files = {
    ...Object.fromEntries(dirs.flatMap((dir) => projectFiles(dir, stateFolder, resources))),
    ...ownerFiles(projects, 'platform'),
  };
  let requests: string[] = [];
  const times = { hand: [] as number[], bot: [] as number[], calls: [] as number[], fetches: [] as number[] };
  try {
    // As in the image: compiled. Else Node strips the types of each process that a run has of its own.
    const script = await buildImage(path.join(folder, 'image'));
    const world = await startWorld({
      folder,
      files,
      people: { ada: 'admin' },
      environment: { PATH: process.env['PATH'] },
      operator: 'isolation: none\n',
      hub: { observe: watch.observe, requested: (method, at) => requests.push(`${method} ${at}`) },
      launch: (environment) => startServerProcess({ environment, script }),
    });
    try {
      const ada = personOf(world, 'ada');
      await ada.push('change', ownerFiles(projects, 'first'), 'Owned by first');
      await watch.plannedAt(ada.openPull('change', 'Change the owner').then((pull) => pull.head.sha));
      for (let round = 0; round < rounds; round += 1) {
        const owner = `round-${round}`;
        const hand = async (): Promise<void> => {
          const changed = { ...files, ...ownerFiles(projects, owner) };
          times.hand.push(await loop(clock, path.join(folder, `loop-${owner}`), changed, dirs));
        };
        const bot = async (): Promise<void> => {
          await clock.sleep(1_000);
          await world.hub.settled();
          requests = [];
          const pushing = world.hub.pushFiles(world.repository, 'change', {
            as: 'ada',
            message: `Owned by ${owner}`,
            files: ownerFiles(projects, owner),
          });
          const planned = await watch.plannedAt(pushing);
          const sent = world.hub.deliveries().findLast(({ action }) => action === 'synchronize');
          if (sent === undefined) throw new Error('the hub sent no webhook');
          times.bot.push(planned - sent.deliveredAt);
          times.calls.push(requests.filter((one) => one.includes(' /api/')).length);
          times.fetches.push(requests.filter((one) => one.includes('service=git-upload-pack')).length);
        };
        // Who goes first changes, so that whatever drifts hits both.
        for (const way of round % 2 === 0 ? [hand, bot] : [bot, hand]) await way();
        process.stderr.write(
          `fanout ${projects} x ${resources}: loop ${times.hand.at(-1)?.toFixed(0)} ms, tidegate ${times.bot.at(-1)?.toFixed(0)} ms\n`,
        );
      }
    } finally {
      await world.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const size = `${projects} x ${resources}`;
  yield figure({
    bench: 'fanout',
    case: size,
    value: median(times.bot) / median(times.hand),
    unit: 'ratio',
    aim: { op: '<=', limit: 1.1 },
  });
  yield figure({
    bench: 'fanout',
    case: `${size}, calls of GitHub`,
    value: Math.max(...times.calls),
    unit: 'calls',
    aim: { op: '<=', limit: 30 },
  });
  yield figure({
    bench: 'fanout',
    case: `${size}, fetches`,
    value: Math.max(...times.fetches),
    unit: 'fetches',
    aim: { op: '=', limit: 1 },
  });
};
