import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Lock, Waiter } from '../domain/lock.ts';
import type { Locks } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, readRow, storedProjectKey } from './stored-json.ts';

const lock = z
  .object({
    project_key: storedProjectKey,
    repository_id: integer,
    pull_number: integer,
    since: integer,
    release_at_end: z.union([z.literal(0), z.literal(1)]),
  })
  .transform(
    (row): Lock => ({
      project: row.project_key,
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      since: row.since,
      releaseAtEnd: row.release_at_end === 1,
    }),
  );

const waiter = z
  .object({ project_key: storedProjectKey, repository_id: integer, pull_number: integer, since: integer })
  .transform(
    (row): Waiter => ({
      project: row.project_key,
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      since: row.since,
    }),
  );

const readLock = (row: unknown): Lock => readRow(lock, 'locks', row);
const readWaiter = (row: unknown): Waiter => readRow(waiter, 'lock_waiters', row);

export const createLocks = (db: Kysely<Tables>): Locks => ({
  get: async (project) => {
    const row = await db
      .selectFrom('locks')
      .selectAll()
      .where('project_key', '=', project)
      .executeTakeFirst();
    return row === undefined ? null : readLock(row);
  },
  ofPull: async (pull) => {
    const rows = await db
      .selectFrom('locks')
      .selectAll()
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .orderBy('project_key')
      .execute();
    return rows.map(readLock);
  },
  all: async () => {
    const rows = await db.selectFrom('locks').selectAll().orderBy('project_key').execute();
    return rows.map(readLock);
  },
  acquire: async (project, pull, at) =>
    readLock(
      await db
        .insertInto('locks')
        .values({
          project_key: project,
          repository_id: pull.repositoryId,
          pull_number: pull.pullNumber,
          since: at,
          release_at_end: 0,
        })
        // Changes nothing, but makes one statement both take the lock and tell who has it: nobody can come in between.
        .onConflict((conflict) =>
          conflict.column('project_key').doUpdateSet((eb) => ({ project_key: eb.ref('locks.project_key') })),
        )
        .returningAll()
        .executeTakeFirstOrThrow(),
    ),
  release: async (project, pull) => {
    const released = await db
      .deleteFrom('locks')
      .where('project_key', '=', project)
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .returning('project_key')
      .executeTakeFirst();
    return released !== undefined;
  },
  releaseAtEnd: async (project, pull) => {
    await db
      .updateTable('locks')
      .set({ release_at_end: 1 })
      .where('project_key', '=', project)
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .execute();
  },
  wait: async (project, pull, at) => {
    await db
      .insertInto('lock_waiters')
      .values({
        project_key: project,
        repository_id: pull.repositoryId,
        pull_number: pull.pullNumber,
        since: at,
      })
      .onConflict((conflict) => conflict.columns(['project_key', 'repository_id', 'pull_number']).doNothing())
      .execute();
  },
  waiters: async (project) => {
    const rows = await db
      .selectFrom('lock_waiters')
      .selectAll()
      .where('project_key', '=', project)
      .orderBy('since')
      .orderBy('seq')
      .execute();
    return rows.map(readWaiter);
  },
  waitsOf: async (pull) => {
    const rows = await db
      .selectFrom('lock_waiters')
      .selectAll()
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .orderBy('since')
      .orderBy('seq')
      .execute();
    return rows.map(readWaiter);
  },
  counts: async () => {
    const count = (table: 'locks' | 'lock_waiters') =>
      db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll().as('rows'))
        .executeTakeFirstOrThrow();
    return {
      held: integer.parse((await count('locks')).rows),
      waiting: integer.parse((await count('lock_waiters')).rows),
    };
  },
  leave: async (project, pull) => {
    await db
      .deleteFrom('lock_waiters')
      .where('project_key', '=', project)
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .execute();
  },
});
