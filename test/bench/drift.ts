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

/** That minute of that day. */
const cronOf = (at: number): string => {
  const time = new Date(at);
  return `${time.getUTCMinutes()} ${time.getUTCHours()} * * *`;
};

/** Nothing of it was ever applied, and there is nothing to apply: every look has the same to do, and finds nothing. */
const filesOf = (dirs: readonly string[], stateFolder: string, cron: string): Files => ({
  'tidegate.yaml': [
    'version: 1',
    'rules:',
    `  - { match: live/**, drift: { mode: detect, schedule: { cron: "${cron}" } } }`,
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

/** One that ended. Unix milliseconds. */
interface Look {
  readonly began: number;
  readonly ended: number;
}

/** Those that ended since then, in that order, and how many projects there are to look at. */
const looksIn = (
  folder: string,
  since: number,
): { readonly looks: readonly Look[]; readonly known: number } => {
  const database = new DatabaseSync(path.join(folder, 'data', 'tidegate.db'), { readOnly: true });
  try {
    const ended = database.prepare(
      'select tick_at as began, checked_at as ended from drifts where checked_at >= ? order by checked_at',
    );
    const known = database.prepare('select count(*) as many from drifts').get();
    return {
      looks: ended.all(since).map((row) => ({ began: Number(row['began']), ended: Number(row['ended']) })),
      known: Number(known?.['many'] ?? 0),
    };
  } finally {
    database.close();
  }
};

const middle = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

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

const parallel = 2;
/** One push may meet anything. */
const pushes = ['one', 'two', 'three'];

/**
 * All projects are due for a look at one moment, on two cores, and two are looked at at a time. `makespan`: how long until the last one
 * was, against looks that took as long and were two at a time without a gap. `delay`: how much longer a pull request waits for its plan
 * meanwhile, in looks. What the bare commands take is told beside it. `DRIFT_PROJECTS` makes it smaller.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const projects = sizeOf('DRIFT_PROJECTS', 500);
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const dirs = dirsOf('service', projects);
  const watch = createWatch(clock);
  try {
    const script = await buildImage(path.join(folder, 'image'));
    const stateFolder = stateFolderOf(folder);
    const byHand = await loop(
      clock,
      path.join(folder, 'hand'),
      filesOf(dirs, stateFolder, '0 0 1 1 *'),
      dirs,
      parallel,
    );
    // Time enough for the server to start, and for it to hear of every project and of the pull request.
    const due = Math.ceil((clock.now() + 60_000 + projects * 100) / 60_000) * 60_000;
    const world = await startWorld({
      folder,
      files: filesOf(dirs, stateFolder, cronOf(due)),
      people: { ada: 'admin' },
      environment: { PATH: process.env['PATH'] },
      operator: `isolation: none\ndrift: { parallel: ${parallel}, jitter: 0m }\n`,
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
      const planTimes = async (when: string): Promise<number> => {
        const times: number[] = [];
        for (const push of pushes) times.push(await planTime(world, clock, watch, `${when}-${push}`));
        return middle(times);
      };
      const alone = await planTimes('alone');
      while (looksIn(folder, 0).known < dirs.length) await clock.sleep(500);
      if (clock.now() > due) throw new Error('they were due before the server knew of them');
      while (looksIn(folder, due).looks.length < parallel) await clock.sleep(200);
      const beside = await planTimes('beside');
      if (looksIn(folder, due).looks.length === projects)
        throw new Error('they were over before the plans were');
      while (looksIn(folder, due).looks.length < projects) await clock.sleep(200);
      const { looks } = looksIn(folder, due);
      const taken = (looks.at(-1)?.ended ?? 0) - due;
      const work = looks.reduce((sum, { began, ended }) => sum + ended - began, 0);
      const one = middle(looks.map(({ began, ended }) => ended - began));
      process.stderr.write(
        `drift ${projects}: looks ${taken} ms, without a gap ${(work / parallel).toFixed(0)} ms, the bare commands ${byHand.toFixed(0)} ms; one look ${one} ms; a plan ${alone} ms, beside them ${beside} ms\n`,
      );
      yield figure({
        bench: 'drift',
        case: 'makespan',
        value: taken / (work / parallel),
        unit: 'ratio',
        aim: { op: '<=', limit: 1.1 },
      });
      yield figure({
        bench: 'drift',
        case: 'delay',
        value: (beside - alone) / one,
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
