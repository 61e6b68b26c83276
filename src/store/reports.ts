import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { PullKey, Report, Reports } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, json, readRow } from './stored-json.ts';

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
    }),
  );

const readReport = (row: unknown): Report => readRow(report, 'reports', row);

export const createReports = (db: Kysely<Tables>): Reports => {
  const update = (pull: PullKey, thing: string) =>
    db
      .updateTable('reports')
      .where('repository_id', '=', pull.repositoryId)
      .where('pull_number', '=', pull.pullNumber)
      .where('thing', '=', thing);

  // Written in the words of the index `reports_waiting`, or it is not used.
  const waiting = () => db.selectFrom('reports').where('parked', 'is', null).whereRef('wanted', '>', 'sent');

  return {
    want: async (pull, thing, dueAt, content) => {
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
        })
        .onConflict((conflict) =>
          conflict.columns(['repository_id', 'pull_number', 'thing']).doUpdateSet((eb) => ({
            // Owner, name and installation may have changed since; the numeric id is the same repository.
            repository_owner: eb.ref('excluded.repository_owner'),
            repository_name: eb.ref('excluded.repository_name'),
            installation_id: eb.ref('excluded.installation_id'),
            wanted: sql<number>`reports.wanted + 1`,
            // Every reference is to the row as it was before. A parked or sent thing does not wait: the wish's own time counts.
            due_at: sql<number>`case when reports.parked is null and reports.wanted > reports.sent and reports.due_at < excluded.due_at then reports.due_at else excluded.due_at end`,
            attempts: sql<number>`case when reports.parked is null then reports.attempts else 0 end`,
            parked: null,
            ...(content === undefined ? {} : { content_json: eb.ref('excluded.content_json') }),
          })),
        )
        .execute();
    },
    due: async (at, limit) => {
      const rows = await waiting()
        .selectAll()
        .where('due_at', '<=', at)
        .orderBy('due_at')
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map(readReport);
    },
    nextDue: async () => {
      const row = await waiting()
        .select('due_at')
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
    sent: async (pull, thing, wanted, externalId) => {
      await update(pull, thing)
        .set({
          // Never back: an answer that comes late must not open again what a newer one closed.
          sent: sql<number>`case when sent > ${wanted} then sent else ${wanted} end`,
          attempts: 0,
          ...(externalId === null ? {} : { external_id: externalId }),
        })
        .execute();
    },
    postponed: async (pull, thing, dueAt) => {
      await update(pull, thing).set({ due_at: dueAt, attempts: sql<number>`attempts + 1` }).execute();
    },
    held: async (pull, thing, dueAt) => {
      await update(pull, thing).set({ due_at: dueAt }).execute();
    },
    backlog: async () => {
      const open = await waiting()
        .select((eb) => [eb.fn.countAll().as('waiting'), eb.fn.min('due_at').as('next')])
        .executeTakeFirstOrThrow();
      const given = await db
        .selectFrom('reports')
        .select((eb) => eb.fn.countAll().as('parked'))
        .where('parked', 'is not', null)
        .executeTakeFirstOrThrow();
      return {
        waiting: integer.parse(open.waiting),
        nextDue: integer.nullable().parse(open.next),
        parked: integer.parse(given.parked),
      };
    },
    park: async (pull, thing, reason) => {
      await update(pull, thing).set({ parked: reason }).execute();
    },
  };
};
