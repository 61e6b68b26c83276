import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf, type World } from '../../src/demo/world.ts';
import { type Figure, figure } from './figure.ts';
import { loop } from './hand-loop.ts';
import { buildImage } from './image.ts';
import { createWatch } from './plan-watch.ts';
import { startServerProcess } from './server-process.ts';
import { sizeOf } from './size.ts';

type Files = Readonly<Record<string, string>>;

const dirsOf = (name: string, projects: number): readonly string[] =>
  Array.from({ length: projects }, (_, at) => `live/${name}-${at}`);

interface Crons {
  readonly few: string;
  readonly all: string;
}

/** That minute of that day. */
const cronOf = (at: number): string => {
  const time = new Date(at);
  return `${time.getUTCMinutes()} ${time.getUTCHours()} * * *`;
};

/** Nothing of it was ever applied, and there is nothing to apply: every look has the same to do, and finds nothing. */
const filesOf = (dirs: readonly string[], stateFolder: string, { few, all }: Crons): Files => ({
  'tidegate.yaml': [
    'version: 1',
    'rules:',
    `  - { match: live/**, drift: { mode: detect, schedule: { cron: "${all}" } } }`,
    `  - { match: live/few-*, drift: { mode: detect, schedule: { cron: "${few}" } } }`,
    '',
  ].join('\n'),
  ...Object.fromEntries(
    dirs.flatMap((dir): [string, string][] => {
      const state = `${stateFolder}/${path.basename(dir)}.tfstate`;
      return [
        [`${dir}/backend.tf`, `terraform {\n  backend "local" {\n    path = "${state}"\n  }\n}\n`],
        [`${dir}/main.tf`, 'variable "owner" {\n  default = "platform"\n}\n'],
      ];
    }),
  ),
});

/** When looks ended since then (Unix milliseconds, in their order), and how many projects there are to look at. */
const looksIn = (
  folder: string,
  since: number,
): { readonly ended: readonly number[]; readonly known: number } => {
  const database = new DatabaseSync(path.join(folder, 'data', 'tidegate.db'), { readOnly: true });
  try {
    const ended = database.prepare(
      'select checked_at as at from drifts where checked_at >= ? order by checked_at',
    );
    const known = database.prepare('select count(*) as many from drifts').get();
    return { ended: ended.all(since).map(({ at }) => Number(at)), known: Number(known?.['many'] ?? 0) };
  } finally {
    database.close();
  }
};

/** From a push to the check of its plan, in milliseconds. */
const planTime = async (
  world: World,
  clock: Clock,
  watch: ReturnType<typeof createWatch>,
  owner: string,
): Promise<number> => {
  await clock.sleep(1_000);
  const began = clock.now();
  const pushing = world.hub.pushFiles(world.repository, 'change', {
    as: 'ada',
    message: `Owned by ${owner}`,
    files: { 'live/service-0/main.tf': `variable "owner" {\n  default = "${owner}"\n}\n` },
  });
  return (await watch.plannedAt(pushing)) - began;
};

/** So many are enough to see how long one takes. */
const few = 24;

/**
 * All projects are due for a look at one moment, on two cores, and two are looked at at a time. `makespan`: how long until the last one
 * was, against as many at the pace of a few in the same repository, without a gap. `delay`: how much longer a pull request waits for its
 * plan meanwhile, in looks. What the bare commands take is told beside it. `DRIFT_PROJECTS` makes it smaller.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const projects = sizeOf('DRIFT_PROJECTS', 500);
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const dirs = [...dirsOf('few', few), ...dirsOf('service', projects)];
  const watch = createWatch(clock);
  // Time enough for the server to start, and for it to hear of every project and of the pull request.
  const fewDue = Math.ceil((clock.now() + 90_000 + projects * 100) / 60_000) * 60_000;
  const due = fewDue + 60_000;
  const crons = { few: cronOf(fewDue), all: cronOf(due) };
  try {
    const script = await buildImage(path.join(folder, 'image'));
    const files = filesOf(dirs, stateFolderOf(folder), crons);
    const byHand = await loop(clock, path.join(folder, 'hand'), files, dirsOf('service', projects), 2);
    const world = await startWorld({
      folder,
      files,
      people: { ada: 'admin' },
      environment: { PATH: process.env['PATH'] },
      operator: 'isolation: none\ndrift: { parallel: 2, jitter: 0m }\n',
      hub: { observe: watch.observe },
      launch: (environment) => startServerProcess({ environment, script }),
    });
    try {
      const ada = personOf(world, 'ada');
      await world.hub.pushFiles(world.repository, 'main', {
        as: 'ada',
        files: { 'README.md': '#\n' },
        message: 'Begin',
      });
      await ada.push('change', { 'live/service-0/owner.tf': '' }, 'Begin');
      await watch.plannedAt(ada.openPull('change', 'Change the owner').then((pull) => pull.head.sha));
      const alone = await planTime(world, clock, watch, 'alone');
      while (looksIn(folder, 0).known < dirs.length) await clock.sleep(500);
      if (clock.now() > fewDue) throw new Error('they were due before the server knew of them');
      while (looksIn(folder, fewDue).ended.length < few) await clock.sleep(200);
      if (clock.now() > due) throw new Error('a few took so long that all were due before');
      const paced = looksIn(folder, fewDue).ended.slice(1);
      const pace = ((paced.at(-1) ?? 0) - (paced[0] ?? 0)) / (paced.length - 1);
      while (looksIn(folder, due).ended.length < 2) await clock.sleep(200);
      const beside = await planTime(world, clock, watch, 'beside');
      while (looksIn(folder, due).ended.length < projects) await clock.sleep(200);
      const taken = (looksIn(folder, due).ended.at(-1) ?? 0) - due;
      const ideal = projects * pace;
      process.stderr.write(
        `drift ${projects}: looks ${taken} ms, at the pace of ${few} ${ideal.toFixed(0)} ms, the bare commands ${byHand.toFixed(0)} ms; a plan ${alone} ms, beside them ${beside} ms\n`,
      );
      yield figure({
        bench: 'drift',
        case: 'makespan',
        value: taken / ideal,
        unit: 'ratio',
        aim: { op: '<=', limit: 1.1 },
      });
      yield figure({
        bench: 'drift',
        case: 'delay',
        // Two are looked at at a time.
        value: (beside - alone) / (pace * 2),
        unit: 'looks',
        aim: { op: '<=', limit: 1 },
      });
    } finally {
      await world.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
