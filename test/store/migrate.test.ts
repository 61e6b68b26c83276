import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { migrate, migrations } from '../../src/store/migrate.ts';
import type { Migration } from '../../src/store/migration.ts';
import { createNodeSqliteDialect } from '../../src/store/node-sqlite-dialect.ts';
import { runToRow } from '../../src/store/run-rows.ts';
import type { Tables } from '../../src/store/schema.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { run } from './samples.ts';

const { clock } = createVirtualClock();
const newFile = () => join(temporaryFolder('migrate'), 'tidegate.db');

const appliedIn = (path: string): readonly unknown[] => {
  const database = new DatabaseSync(path);
  const rows = database.prepare('select name from applied_migrations order by name').all();
  database.close();
  return rows.map((row) => row['name']);
};

const withDatabase = async (path: string, work: (db: Kysely<Tables>) => Promise<void>): Promise<void> => {
  const db = new Kysely<Tables>({ dialect: createNodeSqliteDialect({ path, beforeAcquire: () => {} }) });
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
};

const adding = (name: string): Migration => ({
  name,
  up: async (db) => {
    await db.schema
      .createTable(`t${name.slice(0, 4)}`)
      .addColumn('id', 'integer')
      .execute();
  },
});

test('every file of the folder is in the list, in the order of the numbers', () => {
  const folder = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));
  const files = readdirSync(folder).map((name) => name.replace(/\.ts$/, ''));
  expect(migrations.map((migration) => migration.name)).toEqual(files.sort());
  expect(files.every((name) => /^\d{4}-[a-z-]+$/.test(name))).toBe(true);
});

test('from nothing, and again: what was stored stays', async () => {
  const path = newFile();
  const one = run();
  const first = await openSqliteStore({ path, clock });
  await first.runs.add(one);
  await first.close();
  const second = await openSqliteStore({ path, clock });
  expect(await second.runs.get(one.id)).toEqual(one);
  await second.close();
  expect(appliedIn(path)).toEqual(migrations.map((migration) => migration.name));
});

test('the file and those beside it are for the owner only', async () => {
  const path = newFile();
  const store = await openSqliteStore({ path, clock });
  await store.runs.add(run());
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
  await store.close();
});

test('WAL, full synchronisation and foreign keys are on', async () => {
  await withDatabase(newFile(), async (db) => {
    for (const [pragma, value] of [
      ['journal_mode', 'wal'],
      ['synchronous', 2],
      ['foreign_keys', 1],
    ] as const) {
      const { rows } = await sql.raw(`pragma ${pragma}`).execute(db);
      expect(rows).toEqual([{ [pragma]: value }]);
    }
  });
});

test('a database of a newer version is refused with its name, and left alone', async () => {
  const path = newFile();
  await (await openSqliteStore({ path, clock })).close();
  const database = new DatabaseSync(path);
  database.exec("insert into applied_migrations values ('9999-later', 1)");
  database.close();
  const refusal = openSqliteStore({ path, clock });
  await expect(refusal).rejects.toMatchObject({ problem: { code: 'cannot-start' } });
  await expect(refusal).rejects.toThrow(
    `\`${path}\` was written by a newer Tidegate: it holds \`9999-later\``,
  );
  expect(appliedIn(path)).toContain('9999-later');
});

test('only what is missing runs; one that fails leaves nothing of itself or its neighbours', async () => {
  const path = newFile();
  const failing: Migration = {
    name: '0003-fails',
    up: async (db, seal) => {
      await adding('0003-fails').up(db, seal);
      throw new Error('half way');
    },
  };
  await withDatabase(path, async (db) => {
    await migrate(db, path, 1, [adding('0001-a')]);
    const all = [adding('0001-a'), adding('0002-b'), failing];
    await expect(migrate(db, path, 2, all)).rejects.toThrow('half way');
  });
  expect(appliedIn(path)).toEqual(['0001-a']);
  await withDatabase(path, (db) =>
    migrate(db, path, 3, [adding('0001-a'), adding('0002-b'), adding('0003-fails')]),
  );
  expect(appliedIn(path)).toEqual(['0001-a', '0002-b', '0003-fails']);
});

test('what the first version stored is read by this one', async () => {
  const path = newFile();
  const [first] = migrations;
  if (first === undefined) throw new Error('there is no first version');
  await withDatabase(path, (db) => migrate(db, path, 1, [first]));
  const { isolation: _unknown, ...before } = run();
  await withDatabase(path, async (db) => {
    const { isolation: _new, ...row } = runToRow({ ...before, isolation: null });
    await db.insertInto('runs').values(row).execute();
  });
  const store = await openSqliteStore({ path, clock });
  expect(await store.runs.get(before.id)).toEqual({ ...before, isolation: null });
  await store.close();
});
