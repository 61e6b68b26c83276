import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Rebuild } from '../domain/rebuild.ts';
import type { Rebuilds } from './port.ts';
import type { Tables } from './schema.ts';
import { actorSchema, integer, json, readRow, storedSha } from './stored-json.ts';

const rebuild = z
  .object({
    repository_id: integer,
    pull_number: integer,
    environment: z.string(),
    head_sha: storedSha,
    actor_json: json(actorSchema),
    comment_id: integer,
    asked_at: integer,
  })
  .transform(
    (row): Rebuild => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      environment: row.environment,
      headSha: row.head_sha,
      actor: row.actor_json,
      commentId: row.comment_id,
      at: row.asked_at,
    }),
  );

export const createRebuilds = (db: Kysely<Tables>): Rebuilds => ({
  put: async ({ repositoryId, pullNumber, environment, headSha, actor, commentId, at }) => {
    const asked = {
      environment,
      head_sha: headSha,
      actor_json: JSON.stringify(actor),
      comment_id: commentId,
      asked_at: at,
    };
    await db
      .insertInto('rebuilds')
      .values({ repository_id: repositoryId, pull_number: pullNumber, ...asked })
      .onConflict((conflict) => conflict.columns(['repository_id', 'pull_number']).doUpdateSet(asked))
      .execute();
  },
  get: async ({ repositoryId, pullNumber }) => {
    const row = await db
      .selectFrom('rebuilds')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .executeTakeFirst();
    return row === undefined ? null : readRow(rebuild, 'rebuilds', row);
  },
  end: async ({ repositoryId, pullNumber }) => {
    await db
      .deleteFrom('rebuilds')
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .execute();
  },
});
