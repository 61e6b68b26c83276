import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf } from '../../src/demo/world.ts';
import type { HubOptions } from '../../src/hub/hub.ts';
import { type Figure, figure, median } from './figure.ts';
import { buildImage } from './image.ts';
import { startServerProcess } from './server-process.ts';

type Files = Readonly<Record<string, string>>;
type Exchange = Parameters<NonNullable<HubOptions['observe']>>[0];

const sizeOf = (variable: string, usual: number): number => {
  const given = Number(process.env[variable] ?? usual);
  if (!Number.isSafeInteger(given) || given < 1) throw new Error(`${variable} is no number of anything`);
  return given;
};

/** Longer than all plans together take on a busy machine, in milliseconds. */
const patience = 1_800_000;
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

/** By hand: a loop over the folders, three commands in each, in an environment made like Tidegate's. */
const loop = async (clock: Clock, folder: string, files: Files, dirs: readonly string[]): Promise<number> => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  writeFileSync(path.join(folder, 'terraform.tfrc'), 'disable_checkpoint = true\n');
  mkdirSync(path.join(folder, 'tmp'));
  const script = `set -e
    for dir in "$@"; do
      cd "$HOME/$dir"
      terraform init -input=false -no-color > init.log
      terraform plan -input=false -no-color -out=plan.bin > plan.log
      terraform show -json -no-color plan.bin > plan.json
    done`;
  const start = clock.monotonic();
  await execa('sh', ['-c', script, 'loop', ...dirs], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TMPDIR: path.join(folder, 'tmp'),
      LANG: 'C.UTF-8',
      TF_CLI_CONFIG_FILE: path.join(folder, 'terraform.tfrc'),
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      CHECKPOINT_DISABLE: '1',
    },
    extendEnv: false,
    stdin: 'ignore',
  });
  const taken = clock.monotonic() - start;
  rmSync(folder, { recursive: true });
  return taken;
};

const field = (body: unknown, name: string): unknown =>
  typeof body === 'object' && body !== null
    ? Object.entries(body).find(([key]) => key === name)?.[1]
    : undefined;

/** Tells when the hub has the plan check of a commit as completed. */
const createWatch = (clock: Clock) => {
  let seen = (_exchange: Exchange): void => undefined;
  return {
    observe: (exchange: Exchange): void => seen(exchange),
    plannedAt: (commit: Promise<string>): Promise<number> =>
      new Promise((resolve, reject) => {
        const late = new AbortController();
        const ended = new Map<string, number>();
        let wanted: string | null = null;
        const settle = (): void => {
          const at = wanted === null ? undefined : ended.get(wanted);
          if (at === undefined) return;
          late.abort();
          resolve(at);
        };
        seen = ({ method, status, body }) => {
          if (method === 'GET' || status >= 300 || field(body, 'name') !== 'tidegate/plan') return;
          if (field(body, 'status') !== 'completed' || field(body, 'conclusion') === 'cancelled') return;
          if (field(body, 'conclusion') !== 'success') reject(new Error('the projects were not planned'));
          ended.set(String(field(body, 'head_sha')), clock.now());
          settle();
        };
        commit.then((sha) => {
          wanted = sha;
          settle();
        }, reject);
        void clock
          .sleep(patience, late.signal)
          .then(() => (late.signal.aborted ? undefined : reject(new Error('no plan in time'))));
      }),
  };
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
