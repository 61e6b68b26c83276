import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf, type World } from '../../src/demo/world.ts';
import type { Isolation } from '../../src/domain/isolation.ts';
import type { HubOptions } from '../../src/hub/hub.ts';
import { type Figure, figure, median } from './figure.ts';
import { buildImage } from './image.ts';
import { startServerProcess } from './server-process.ts';

type Files = Readonly<Record<string, string>>;
type Exchange = Parameters<NonNullable<HubOptions['observe']>>[0];

/** Longer than any plan here takes on a busy machine, in milliseconds. */
const patience = 300_000;
const project = 'project';

/** How the resources are written down. */
type Style = 'blocks' | 'count';

const perFile = 100;

const block = (name: string): string =>
  `resource "terraform_data" "${name}" {\n  input = { name = "${name}", owner = var.owner }\n}\n`;

const resourceFiles = (style: Style, resources: number): Files => {
  if (style === 'count')
    return {
      [`${project}/all.tf`]: `resource "terraform_data" "all" {\n  count = ${resources}\n  input = { name = "r-\${count.index}", owner = var.owner }\n}\n`,
    };
  return Object.fromEntries(
    Array.from({ length: Math.ceil(resources / perFile) }, (_, file) => {
      const inFile = Math.min(perFile, resources - file * perFile);
      const names = Array.from({ length: inFile }, (_unused, index) => `r-${file}-${index}`);
      return [`${project}/part-${file}.tf`, names.map(block).join('\n')];
    }),
  );
};

/** What a round changes; every resource takes it. */
const ownerFile = (owner: string): Files => ({
  [`${project}/owner.tf`]: `variable "owner" {\n  default = "${owner}"\n}\n`,
});

const startingFiles = (stateFolder: string, style: Style, resources: number): Files => ({
  'tidegate.yaml': `version: 1\nprojects:\n  - dir: ${project}\n`,
  [`${project}/backend.tf`]: `terraform {\n  backend "local" {\n    path = "${stateFolder}/${project}.tfstate"\n  }\n}\n`,
  ...resourceFiles(style, resources),
  ...ownerFile('platform'),
});

/** By hand, as a person would: three commands in a fresh folder, in an environment made like Tidegate's. */
const raw = async (clock: Clock, folder: string, files: Files): Promise<number> => {
  const cwd = path.join(folder, project);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  writeFileSync(path.join(folder, 'terraform.tfrc'), 'disable_checkpoint = true\n');
  mkdirSync(path.join(folder, 'tmp'));
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TMPDIR: path.join(folder, 'tmp'),
    LANG: 'C.UTF-8',
    TF_CLI_CONFIG_FILE: path.join(folder, 'terraform.tfrc'),
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    CHECKPOINT_DISABLE: '1',
  };
  const terraform = (args: readonly string[], log: string) =>
    execa('terraform', args, {
      cwd,
      env,
      extendEnv: false,
      stdin: 'ignore',
      stdout: { file: path.join(folder, log) },
      stderr: 'inherit',
    });
  const start = clock.monotonic();
  await terraform(['init', '-input=false', '-no-color'], 'init.log');
  await terraform(['plan', '-input=false', '-no-color', `-out=${folder}/plan.bin`], 'plan.log');
  await terraform(['show', '-json', '-no-color', `${folder}/plan.bin`], 'plan.json');
  const taken = clock.monotonic() - start;
  rmSync(folder, { recursive: true });
  return taken;
};

const bodyOf = ({ body }: Exchange): string =>
  typeof body === 'object' && body !== null && 'body' in body && typeof body.body === 'string'
    ? body.body
    : '';

/** Tells when the hub has the comment that shows a commit's plan. */
const createWatch = (clock: Clock) => {
  let seen = (_text: string, _at: number): void => undefined;
  return {
    observe: (exchange: Exchange): void => {
      const body = bodyOf(exchange);
      if (exchange.status < 300 && exchange.method !== 'GET' && body.includes('tidegate:board:'))
        seen(body, clock.now());
    },
    plannedAt: (commit: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const late = new AbortController();
        seen = (text, at) => {
          if (!text.includes(commit.slice(0, 12)) || !/^#+ Plan: /m.test(text)) return;
          late.abort();
          resolve(at);
        };
        void clock
          .sleep(patience, late.signal)
          .then(() => reject(new Error('no plan was commented in time')));
      }),
  };
};

const sentAt = (world: World): number => {
  const sent = world.hub
    .deliveries()
    .findLast(({ event, action }) => event === 'pull_request' && action === 'synchronize');
  if (sent === undefined) throw new Error('the hub sent no webhook');
  return sent.deliveredAt;
};

interface Times {
  readonly raw: readonly number[];
  readonly bot: readonly number[];
}

/** Both ways in turns, milliseconds each; every round plans another commit of one pull request. */
const measure = async (
  style: Style,
  resources: number,
  rounds: number,
  isolation: Isolation = 'none',
): Promise<Times> => {
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const watch = createWatch(clock);
  const files = startingFiles(stateFolderOf(folder), style, resources);
  try {
    // As in the image: compiled. Else Node strips the types of each process that a run has of its own.
    const script = await buildImage(path.join(folder, 'image'));
    const world = await startWorld({
      folder,
      files,
      people: { ada: 'admin' },
      environment: { PATH: process.env['PATH'] },
      operator: `isolation: ${isolation}\n`,
      hub: { observe: watch.observe },
      launch: (environment) => startServerProcess({ environment, script }),
    });
    try {
      const ada = personOf(world, 'ada');
      const push = (owner: string) =>
        world.hub.pushFiles(world.repository, 'change', {
          as: 'ada',
          message: `Owned by ${owner}`,
          files: ownerFile(owner),
        });
      await ada.push('change', ownerFile('first'), 'Owned by first');
      const opened = watch.plannedAt((await ada.openPull('change', 'Change the owner')).head.sha);
      await opened;
      const times = { raw: [] as number[], bot: [] as number[] };
      const bot = async (owner: string): Promise<void> => {
        // What the last round left to say must not run into this one.
        await clock.sleep(500);
        await world.hub.settled();
        const commit = await push(owner);
        const planned = await watch.plannedAt(commit);
        times.bot.push(planned - sentAt(world));
      };
      const hand = async (owner: string): Promise<void> => {
        const changed = { ...files, ...ownerFile(owner) };
        await clock.sleep(500);
        times.raw.push(await raw(clock, path.join(folder, `raw-${owner}`), changed));
      };
      // Not counted: the first of everything is slower.
      await hand('warm');
      await bot('warm');
      times.bot.length = 0;
      times.raw.length = 0;
      for (let round = 0; round < rounds; round += 1) {
        // Who goes first changes, so that whatever drifts hits both.
        for (const way of round % 2 === 0 ? [hand, bot] : [bot, hand]) await way(`round-${round}`);
        process.stderr.write(
          `overhead ${resources} ${style} ${isolation}: raw ${times.raw.at(-1)?.toFixed(0)} ms, tidegate ${times.bot.at(-1)?.toFixed(0)} ms\n`,
        );
      }
      return times;
    } finally {
      await world.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/**
 * From the moment the hub sends the webhook of a push to the moment it has the comment with the plan,
 * against init, plan and show of the same files by hand. The server is a process of its own; the hub
 * is in this one.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const small = await measure('blocks', 50, 15);
  yield figure({
    bench: 'overhead',
    case: '50',
    value: (median(small.bot) - median(small.raw)) / 1000,
    unit: 'seconds',
    aim: { op: '<=', limit: 0.5 },
  });
  const ratio = (name: string, { bot, raw }: Times): Figure =>
    figure({
      bench: 'overhead',
      case: name,
      value: median(bot) / median(raw),
      unit: 'ratio',
      aim: { op: '<=', limit: 1.07 },
    });
  yield ratio('5000', await measure('blocks', 5000, 7));
  // One block for all is what Terraform is fastest with, and so the hardest on us; nobody writes such a project.
  yield ratio('5000-count', await measure('count', 5000, 7));
  // Needs bubblewrap, and fails without it.
  const walled = await measure('blocks', 50, 15, 'bubblewrap');
  yield figure({
    bench: 'overhead',
    case: 'walls',
    value: (median(walled.bot) - median(walled.raw) - (median(small.bot) - median(small.raw))) / 1000,
    unit: 'seconds',
    aim: { op: '<=', limit: 0.05 },
  });
};
