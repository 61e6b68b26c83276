import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../src/clock/port.ts';
import { createSystemClock } from '../../src/clock/system.ts';
import { type Person, personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf, type World } from '../../src/demo/world.ts';
import { type Figure, figure } from './figure.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { createLoad, type Load, offer } from './webhook-load.ts';

const kills = 20;
const projects = ['network', 'database', 'web'] as const;
const rate = 50;
const patienceMs = 180_000;

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;

const filesOn = (state: string) =>
  Object.fromEntries(
    projects.flatMap((name) => [
      [
        `${name}/backend.tf`,
        `terraform {\n  backend "local" {\n    path = "${state}/${name}.tfstate"\n  }\n}\n`,
      ],
      [`${name}/main.tf`, resource('first')],
    ]),
  );

/** terraform that puts the digest of the plan on record before each apply: a plan may be there once. */
const journaledTool = (folder: string): { readonly path: string; readonly journal: string } => {
  const bin = path.join(folder, 'bin');
  const journal = path.join(folder, 'applies');
  const real = process.env['PATH'] ?? '';
  mkdirSync(bin);
  writeFileSync(journal, '');
  writeFileSync(
    path.join(bin, 'terraform'),
    `#!/bin/sh\nPATH='${real}'\nif [ "$1" = apply ]; then for last; do :; done; sha256sum < "$last" >> '${journal}'; sleep 0.3; fi\nexec terraform "$@"\n`,
  );
  chmodSync(path.join(bin, 'terraform'), 0o755);
  return { path: `${bin}:${real}`, journal };
};

/** The same on every run: the kills fall where they fall, but not by anybody's choice. */
const createDice = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
};

/** One pull request per project; ever newer commits, and everybody asks for everything. */
const bustle = async (world: World, person: Person, round: number): Promise<void> => {
  const name = projects[round % projects.length] ?? projects[0];
  const number = (round % projects.length) + 1;
  await world.hub.pushFiles(world.repository, name, {
    as: 'ada',
    files: { [`${name}/main.tf`]: resource(`round ${round}`) },
  });
  for (const other of projects.keys()) if (other + 1 !== number) await person.comment(other + 1, '/apply');
};

const rows = (folder: string, sql: string): readonly string[] => {
  const db = new DatabaseSync(path.join(folder, 'data/tidegate.db'), { readOnly: true });
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => String(Object.values(row)[0]));
  } finally {
    db.close();
  }
};

const untilQuiet = async (clock: Clock, folder: string): Promise<void> => {
  const started = clock.monotonic();
  for (;;) {
    const [waiting] = rows(
      folder,
      `select (select count(*) from deliveries where state = 'pending')
            + (select count(*) from runs where state in ('queued', 'running'))
            + (select count(*) from reports where parked is null and wanted > sent)`,
    );
    if (waiting === '0') return;
    if (clock.monotonic() - started > patienceMs) throw new Error(`${waiting} things are left to do`);
    await clock.sleep(200);
  }
};

const repeated = (of: readonly string[]): number => of.length - new Set(of).size;

/** Marker of a thing that may be there once in a thread. */
const marks = async (person: Person): Promise<readonly string[]> => {
  const all: string[] = [];
  for (const number of projects.keys())
    for (const { body } of await person.comments(number + 1))
      all.push(...(/tidegate:(?:board|reply):[\d:]+/.exec(body) ?? []));
  return all;
};

/**
 * A server that is killed twenty times while webhooks come in, people push and apply. Lost: acknowledged and not
 * stored, or a last push without a plan. Doubled: a plan applied twice, a comment written twice.
 */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'));
  const tool = journaledTool(folder);
  const dice = createDice(7);
  let server: ServerProcess | null = null;
  try {
    const world = await startWorld({
      folder,
      files: filesOn(stateFolderOf(folder)),
      people: { ada: 'admin' },
      environment: { PATH: tool.path, TMPDIR: process.env['TMPDIR'] },
      launch: async (environment) => {
        server = await startServerProcess({ environment });
        return server;
      },
    });
    try {
      const ada = personOf(world, 'ada');
      for (const name of projects) {
        await ada.push(name, { [`${name}/main.tf`]: resource('second') }, `About ${name}`);
        await ada.openPull(name, `About ${name}`);
      }
      await ada.comment(1, 'This is no command.');
      await world.hub.settled();
      const loads: Load[] = [];
      for (let round = 0; round < kills; round += 1) {
        const url = world.hub.deliveries().at(-1)?.url;
        if (url === undefined) throw new Error('the hub sent nothing');
        // Each server listens on a port of its own.
        const load = createLoad(world, new URL(new URL(url).pathname, world.app.url).href);
        loads.push(load);
        const offered = offer(clock, load, rate, 2_000);
        await bustle(world, ada, round);
        await clock.sleep(200 + dice(1_800));
        await (server as ServerProcess | null)?.kill();
        await offered;
        load.close();
        await world.restart();
        process.stderr.write(`soak: killed ${round + 1} of ${kills}\n`);
      }
      await world.hub.settled();
      await untilQuiet(clock, folder);
      const stored = new Set(rows(folder, 'select id from deliveries'));
      const taken = loads.flatMap((load) => [...load.acknowledged]);
      const heads = await Promise.all(
        projects.map(async (_name, index) => (await ada.pull(index + 1)).head.sha),
      );
      const planned = new Set(
        rows(folder, "select head_sha from runs where verb = 'plan' and state in ('planned', 'superseded')"),
      );
      const unplanned = heads.filter((head) => !planned.has(head));
      const applies = existsSync(tool.journal)
        ? readFileSync(tool.journal, 'utf8').split('\n').filter(Boolean)
        : [];
      process.stderr.write(
        `soak: ${taken.length} webhooks acknowledged, ${applies.length} applies started\n`,
      );
      yield figure({
        bench: 'soak',
        case: 'lost',
        value: taken.filter((id) => !stored.has(id)).length + unplanned.length,
        unit: 'things',
        aim: { op: '=', limit: 0 },
      });
      yield figure({
        bench: 'soak',
        case: 'doubled',
        value: repeated(applies) + repeated(await marks(ada)),
        unit: 'things',
        aim: { op: '=', limit: 0 },
      });
    } finally {
      await world.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
};
