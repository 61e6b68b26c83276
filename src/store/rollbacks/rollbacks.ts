import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Rollback } from '../../domain/rollback.ts';
import type { Tables } from '../schema.ts';
import { actorSchema, integer, json, readRow, storedSha } from '../stored-json.ts';
import { action } from '../stored-summary.ts';
import type { Rollbacks } from './port.ts';

const lasting = z.object({
  losses: z.array(
    z.object({
      project: z.string(),
      address: z.string(),
      type: z.string(),
      action,
      says: z.array(z.string()),
    }),
  ),
  more: integer,
  unknown: z.array(z.string()),
});

const rollback = z
  .object({
    repository_id: integer,
    pull_number: integer,
    commit_sha: storedSha,
    asker_json: json(actorSchema),
    authors_json: json(z.array(actorSchema)),
    complete: integer,
    branch: z.string(),
    head_sha: storedSha.nullable(),
    number: integer.nullable(),
    lasting_json: json(lasting),
    asked_at: integer,
  })
  .transform(
    (row): Rollback => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      commit: row.commit_sha,
      asker: row.asker_json,
      authors: row.authors_json,
      complete: row.complete === 1,
      branch: row.branch,
      head: row.head_sha,
      number: row.number,
      lasting: row.lasting_json,
      at: row.asked_at,
    }),
  );

const read = (row: unknown): Rollback | null =>
  row === undefined ? null : readRow(rollback, 'rollbacks', row);

export const createRollbacks = (db: Kysely<Tables>): Rollbacks => ({
  put: async (one) => {
    const rest = {
      commit_sha: one.commit,
      asker_json: JSON.stringify(one.asker),
      authors_json: JSON.stringify(one.authors),
      complete: one.complete ? 1 : 0,
      branch: one.branch,
      head_sha: one.head,
      number: one.number,
      lasting_json: JSON.stringify(one.lasting),
      asked_at: one.at,
    };
    await db
      .insertInto('rollbacks')
      .values({ repository_id: one.repositoryId, pull_number: one.pullNumber, ...rest })
      .onConflict((conflict) => conflict.columns(['repository_id', 'pull_number']).doUpdateSet(rest))
      .execute();
  },
  get: async ({ repositoryId, pullNumber }) =>
    read(
      await db
        .selectFrom('rollbacks')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where('pull_number', '=', pullNumber)
        .executeTakeFirst(),
    ),
  of: async ({ repositoryId, pullNumber }, head) =>
    read(
      await db
        .selectFrom('rollbacks')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where((either) =>
          either.or([
            either('number', '=', pullNumber),
            either.and([either('number', 'is', null), either('head_sha', '=', head ?? '')]),
          ]),
        )
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst(),
    ),
  drop: async ({ repositoryId, pullNumber }) => {
    await db
      .deleteFrom('rollbacks')
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .execute();
  },
});
