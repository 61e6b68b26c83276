import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { farAheadMs, reportPriority } from '../../domain/report-priority.ts';
import { atomically } from '../atomically.ts';
import type { PullKey } from '../port.ts';
import type { Tables } from '../schema.ts';
import { integer, json, readRow } from '../stored-json.ts';
import type { Report, ReportHead, Reports } from './port.ts';

const report = z
  .object({
    repository_id: integer,
    pull_number: integer,
    thing: z.string(),
    repository_owner: z.string(),
    repository_name: z.string(),
    installation_id: integer,
    wanted: integer,
    sent: integer,
    external_id: integer.nullable(),
    content_json: json(z.unknown()).nullable(),
    attempts: integer,
    due_at: integer,
    parked: z.string().nullable(),
    priority: integer,
    since: integer,
    told_at: integer.nullable(),
    early: integer,
    digest: z.string().nullable(),
    refused_bytes: integer.nullable(),
  })
  .transform(
    (row): Report => ({
      thing: row.thing,
      pull: {
        repo: {
          id: row.repository_id,
          owner: row.repository_owner,
          name: row.repository_name,
          installationId: row.installation_id,
        },
        number: row.pull_number,
      },
      wanted: row.wanted,
      sent: row.sent,
      externalId: row.external_id,
      content: row.content_json,
      attempts: row.attempts,
      dueAt: row.due_at,
      parked: row.parked,
      priority: row.priority,
      since: row.since,
      toldAt: row.told_at,
      early: row.early !== 0,
      digest: row.digest,
      refusedBytes: row.refused_bytes,
    }),
  );

const head = z
  .object({
    repository_id: integer,
    pull_number: integer,
    installation_id: integer,
    priority: integer,
    since: integer,
    version: integer,
  })
  .transform(
    (row): ReportHead => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      installationId: row.installation_id,
      priority: row.priority,
      since: row.since,
      version: row.version,
    }),
  );

const writes = z
  .object({ installation_id: integer, minute_at: integer, writes: integer })
  .transform((row) => ({ installationId: row.installation_id, minuteAt: row.minute_at, writes: row.writes }));

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const readReport = (row: unknown): Report => readRow(report, 'reports', row);

const unsent = sql`reports.parked is null and reports.wanted > reports.sent and reports.wanted > reports.taken`;

const count = async (db: Kysely<Tables>, installationId: number, at: number): Promise<void> => {
  const minuteAt = Math.floor(at / minuteMs) * minuteMs;
  await db
    .deleteFrom('forge_writes')
    .where('installation_id', '=', installationId)
    .where('minute_at', '<', minuteAt - hourMs)
    .execute();
  await db
    .insertInto('forge_writes')
    .values({ installation_id: installationId, minute_at: minuteAt, writes: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['installation_id', 'minute_at'])
        .doUpdateSet({ writes: sql<number>`forge_writes.writes + 1` }),
    )
    .execute();
};

export const createReports = (db: Kysely<Tables>): Reports => {
  const update = (pull: PullKey, thing: string, handle = db) =>
    handle
      .updateTable('reports')
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .where('thing', '=', thing);

  // Written in the words of the index `reports_waiting`, or it is not used.
  const waiting = () => db.selectFrom('reports').where('parked', 'is', null).whereRef('wanted', '>', 'sent');

  return {
    want: async (pull, thing, dueAt, content, priority = reportPriority.plan) => {
      await db
        .insertInto('reports')
        .values({
          repository_id: pull.repo.id,
          pull_number: pull.number,
          thing,
          repository_owner: pull.repo.owner,
          repository_name: pull.repo.name,
          installation_id: pull.repo.installationId,
          wanted: 1,
          sent: 0,
          content_json: content === undefined ? null : JSON.stringify(content),
          attempts: 0,
          due_at: dueAt,
          priority,
          since: dueAt,
        })
        .onConflict((conflict) =>
          conflict.columns(['repository_id', 'pull_number', 'thing']).doUpdateSet((eb) => ({
            // Owner, name and installation may have changed since; the numeric id is the same repository.
            repository_owner: eb.ref('excluded.repository_owner'),
            repository_name: eb.ref('excluded.repository_name'),
            installation_id: eb.ref('excluded.installation_id'),
            wanted: sql<number>`reports.wanted + 1`,
            // Every reference is to the row as it was before. What is parked, sent or being sent does not wait: the wish's own time counts.
            due_at: sql<number>`case when ${unsent} and reports.due_at < excluded.due_at then reports.due_at else excluded.due_at end`,
            priority: sql<number>`case when ${unsent} and reports.priority > excluded.priority then reports.priority else excluded.priority end`,
            since: sql<number>`case when reports.parked is null and reports.wanted > reports.sent then reports.since else excluded.since end`,
            attempts: sql<number>`case when reports.parked is null then reports.attempts else 0 end`,
            parked: null,
            ...(content === undefined ? {} : { content_json: eb.ref('excluded.content_json') }),
          })),
        )
        .execute();
    },
    heads: async (at) => {
      const rows = await waiting()
        .select(['repository_id', 'pull_number'])
        .select((eb) => [
          eb.fn.max('installation_id').as('installation_id'),
          eb.fn.max('priority').as('priority'),
          eb.fn.min('since').as('since'),
          eb.fn.sum('wanted').as('version'),
        ])
        .where((eb) => eb.or([eb('due_at', '<=', at), eb('due_at', '>', at + farAheadMs)]))
        // The plus keeps SQLite from walking along the unique key, through everything that ever was sent.
        .groupBy([sql`+repository_id`, sql`+pull_number`])
        .execute();
      return rows.map((row) => readRow(head, 'reports', row));
    },
    waitingOf: async (pull) => {
      const rows = await waiting()
        .selectAll()
        .where('repository_id', '=', pull.repositoryId)
        .where('pull_number', '=', pull.pullNumber)
        .orderBy('seq')
        .execute();
      return rows.map(readReport);
    },
    parkedOf: async (pull) => {
      const rows = await db
        .selectFrom('reports')
        .selectAll()
        .where('repository_id', '=', pull.repositoryId)
        .where('pull_number', '=', pull.pullNumber)
        .where('parked', 'is not', null)
        .orderBy('seq')
        .execute();
      return rows.map(readReport);
    },
    nextDue: async (after) => {
      const row = await waiting()
        .select('due_at')
        .$if(after !== undefined, (rows) => rows.where('due_at', '>', after ?? 0))
        .orderBy('due_at')
        .orderBy('seq')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : integer.parse(row.due_at);
    },
    get: async (pull, thing) => {
      const row = await db
        .selectFrom('reports')
        .selectAll()
        .where('repository_id', '=', pull.repositoryId)
        .where('pull_number', '=', pull.pullNumber)
        .where('thing', '=', thing)
        .executeTakeFirst();
      return row === undefined ? null : readReport(row);
    },
    take: async (pull, thing, wanted) => {
      const row = await update(pull, thing)
        .set({ taken: wanted, digest: null })
        .where('wanted', '=', wanted)
        .where('parked', 'is', null)
        .returning('seq')
        .executeTakeFirst();
      return row !== undefined;
    },
    sent: (pull, thing, wanted, externalId, told) =>
      atomically(db, async (trx) => {
        const row = await update(pull, thing, trx)
          .set({
            // Never back: an answer that comes late must not open again what a newer one closed.
            sent: sql<number>`case when sent > ${wanted} then sent else ${wanted} end`,
            since: sql<number>`case when wanted > ${wanted} then due_at else since end`,
            attempts: 0,
            ...(externalId === null ? {} : { external_id: externalId }),
            ...(told === undefined
              ? {}
              : { told_at: told.at, early: told.early ? 1 : 0, digest: told.digest }),
          })
          .returning('installation_id')
          .executeTakeFirst();
        const wroteAt = told?.wroteAt ?? null;
        if (row !== undefined && wroteAt !== null)
          await count(trx, integer.parse(row.installation_id), wroteAt);
      }),
    postponed: async (pull, thing, dueAt, { priority = 0, refusedBytes, uncounted = false } = {}) => {
      await update(pull, thing)
        .set({
          due_at: dueAt,
          attempts: uncounted ? sql<number>`attempts` : sql<number>`attempts + 1`,
          taken: 0,
          // A wish that came meanwhile may be for less.
          priority: sql<number>`case when priority > ${priority} then priority else ${priority} end`,
          ...(refusedBytes === undefined ? {} : { refused_bytes: refusedBytes }),
        })
        .execute();
    },
    release: async () => {
      await db
        .updateTable('reports')
        .set({ taken: 0 })
        .where('parked', 'is', null)
        .whereRef('wanted', '>', 'sent')
        .whereRef('taken', '>', 'sent')
        .execute();
    },
    wrote: (installationId, at) => count(db, installationId, at),
    writesSince: async (at) => {
      const rows = await db
        .selectFrom('forge_writes')
        .selectAll()
        .where('minute_at', '>', at - minuteMs)
        .orderBy('minute_at')
        .execute();
      return rows.map((row) => readRow(writes, 'forge_writes', row));
    },
    backlog: async () => {
      const open = await waiting()
        .select((eb) => [eb.fn.countAll().as('waiting'), eb.fn.min('since').as('oldest')])
        .executeTakeFirstOrThrow();
      const given = await db
        .selectFrom('reports')
        .select((eb) => eb.fn.countAll().as('parked'))
        .where('parked', 'is not', null)
        .executeTakeFirstOrThrow();
      return {
        waiting: integer.parse(open.waiting),
        oldest: integer.nullable().parse(open.oldest),
        parked: integer.parse(given.parked),
      };
    },
    park: async (pull, thing, reason) => {
      await update(pull, thing).set({ parked: reason, taken: 0 }).execute();
    },
  };
};
