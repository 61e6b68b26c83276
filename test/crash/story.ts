import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../src/clock/port.ts';
import { type Person, personOf } from '../../src/demo/person.ts';
import { startWorld, stateFolderOf, type World } from '../../src/demo/world.ts';
import { type ServerProcess, startServerProcess } from '../bench/server-process.ts';
import { oneAppKey } from '../support/app-key.ts';
import { compileCache } from '../support/main-process.ts';

/** What is the same however often the server died on the way. */
export interface Ending {
  /** Tool invocations that change the world. */
  readonly applies: number;
  readonly facts: readonly string[];
  /** Points that were reached, in order. */
  readonly points: readonly string[];
  readonly died: boolean;
}

const patienceMs = 60_000;
const script = fileURLToPath(new URL('server.ts', import.meta.url));

const resource = (input: string) => `resource "terraform_data" "it" {\n  input = "${input}"\n}\n`;

const filesOn = (state: string) => ({
  'tidegate.yaml': 'version: 1\nprojects:\n  - dir: network\n    requirements: [approved]\n',
  'network/backend.tf': `terraform {\n  backend "local" {\n    path = "${state}/network.tfstate"\n  }\n}\n`,
  'network/main.tf': resource('small'),
});

/** terraform with a line in a file for every invocation that may change something. */
const journaledTool = (folder: string): { readonly path: string; readonly journal: string } => {
  const bin = path.join(folder, 'bin');
  const journal = path.join(folder, 'tool.journal');
  const real = process.env['PATH'] ?? '';
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    path.join(bin, 'terraform'),
    `#!/bin/sh\nPATH='${real}'\ncase "$1" in plan|apply) echo "$1" >> '${journal}';; esac\nexec terraform "$@"\n`,
  );
  chmodSync(path.join(bin, 'terraform'), 0o755);
  return { path: `${bin}:${real}`, journal };
};

const alike = (text: string): string =>
  text
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'ID')
    .replaceAll(/\b[0-9a-f]{7,40}\b/g, 'SHA')
    // What the tool measured.
    .replaceAll(/ complete after \d+s/g, ' complete after TIME')
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z| UTC)?/g, 'TIME');

/**
 * One pull request from its opening to its merge, a second one in line behind it, and a server that
 * dies at one point and is started again. People do as people would: they wait, and ask again when they are told to.
 */
export const tell = async (folder: string, dieAt: string | null, clock: Clock): Promise<Ending> => {
  const points = path.join(folder, 'points');
  appendFileSync(points, '');
  const tool = journaledTool(folder);
  let server: ServerProcess | null = null;
  let launches = 0;
  const world: World = await startWorld({
    folder,
    files: filesOn(stateFolderOf(folder)),
    people: { margaret: 'admin', ada: 'write', grace: 'write' },
    environment: { PATH: tool.path, TMPDIR: process.env['TMPDIR'] },
    hub: { newKey: oneAppKey },
    launch: async (environment) => {
      launches += 1;
      server = await startServerProcess({
        script,
        environment: {
          ...environment,
          NODE_COMPILE_CACHE: compileCache,
          CRASH_JOURNAL: points,
          ...(launches === 1 && dieAt !== null ? { CRASH_AT: dieAt } : {}),
        },
      });
      return server;
    },
  });
  try {
    const ada = personOf(world, 'ada');
    const isDead = (): boolean => server !== null && !existsSync(`/proc/${server.pid}`);
    const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      const started = clock.monotonic();
      while (!(await holds())) {
        if (isDead()) await world.restart();
        if (clock.monotonic() - started > patienceMs) throw new Error(`it does not come: ${what}`);
        await clock.sleep(30);
      }
      if (isDead()) await world.restart();
    };
    await act(world, ada, until);
    await until('quiet', async () => isQuiet(folder));
    const died = launches > 1;
    const facts = [...(await factsOf(world, ada)), ...rowsOf(folder)];
    const journal = existsSync(tool.journal) ? readFileSync(tool.journal, 'utf8').trim().split('\n') : [];
    const applies = journal.filter((line) => line === 'apply').length;
    return { applies, facts, points: readFileSync(points, 'utf8').trim().split('\n'), died };
  } finally {
    await world.close();
  }
};

type Until = (what: string, holds: () => Promise<boolean>) => Promise<void>;

const boardOf = async (ada: Person, number: number): Promise<string> =>
  (await ada.comments(number)).find(({ body }) => body.includes('tidegate:board:'))?.body ?? '';

const act = async (world: World, ada: Person, until: Until): Promise<void> => {
  const [grace, margaret] = [personOf(world, 'grace'), personOf(world, 'margaret')];
  const says = (number: number, words: string | RegExp) => async () => {
    const board = await boardOf(ada, number);
    return typeof words === 'string' ? board.includes(words) : words.test(board);
  };
  await ada.push('first', { 'network/main.tf': resource('large') }, 'Grow');
  await ada.openPull('first', 'Grow');
  await until('the first plan', says(1, '/apply -p network'));
  await ada.push('second', { 'network/more.tf': resource('small').replace('"it"', '"more"') }, 'Grow more');
  await ada.openPull('second', 'Grow more');
  await until('the second in line', says(2, 'to be merged or closed'));
  await grace.approve(1);
  // Applies are never begun unasked: after a crash people are told, and ask again.
  for (let asked = 1; asked <= 3; asked += 1) {
    await grace.comment(1, '/apply');
    const before = asked;
    const answered = async () =>
      (await says(1, /✓ applied|unresolved/)()) ||
      (await ada.comments(1)).filter(({ body }) => body.includes('tidegate:reply:')).length >= before;
    await until('an answer to /apply', answered);
    if (await says(1, /✓ applied|unresolved/)()) break;
    await until('a plan to apply', says(1, '/apply -p network'));
  }
  await until('applied', says(1, '✓ applied'));
  await margaret.merge(1);
  await until('the second plan', says(2, '/apply -p network'));
};

/** Nothing waits any more, read beside the server. */
const isQuiet = (folder: string): boolean => {
  const waiting = query(
    folder,
    `select (select count(*) from deliveries where state = 'pending')
          + (select count(*) from runs where state in ('queued', 'running'))
          + (select count(*) from reports where parked is null and wanted > sent) as n`,
  );
  return waiting[0] === '0';
};

const query = (folder: string, sql: string): readonly string[] => {
  const db = new DatabaseSync(path.join(folder, 'data', 'tidegate.db'), { readOnly: true });
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => Object.values(row).join(' '));
  } finally {
    db.close();
  }
};

const rowsOf = (folder: string): readonly string[] => [
  ...query(folder, "select 'lock', pull_number from locks order by 2"),
  ...query(folder, "select 'delivery', state from deliveries where state not in ('done', 'ignored')"),
  ...query(folder, "select 'parked', thing, parked from reports where parked is not null"),
  ...query(
    folder,
    `select 'run', pull_number, verb, state from runs r where seq =
       (select max(seq) from runs s where s.pull_number = r.pull_number and s.verb = r.verb) order by 2, 3`,
  ),
  ...query(folder, "select 'unresolved', id from runs where state = 'unresolved'"),
  ...query(folder, "select 'applied', count(*) from runs where verb = 'apply' and state = 'applied'"),
];

const factsOf = async (world: World, ada: Person): Promise<readonly string[]> => {
  const facts: string[] = [];
  for (const number of [1, 2]) {
    const comments = await ada.comments(number);
    const boards = comments.filter(({ body }) => body.includes('tidegate:board:'));
    facts.push(`#${number} boards ${boards.length}`, alike(boards[0]?.body ?? ''));
    facts.push(`#${number} merged ${(await ada.pull(number)).merged}`);
    for (const check of await ada.checks(number))
      facts.push(`#${number} ${check.name} ${check.conclusion ?? check.status} ${check.output.title ?? ''}`);
  }
  const state = readFileSync(path.join(world.stateFolder, 'network.tfstate'), 'utf8');
  facts.push(`state ${state.includes('"large"') ? 'large' : 'other'}`);
  return [...new Set(facts)].sort();
};
