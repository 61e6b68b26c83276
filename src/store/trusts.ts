import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Trust } from '../domain/trust/trust.ts';
import type { Trusts } from './port.ts';
import type { Tables } from './schema.ts';
import { actorSchema, integer, json, readRow, storedSha } from './stored-json.ts';

const trust = z
  .object({
    repository_id: integer,
    pull_number: integer,
    head_sha: storedSha,
    actor_json: json(actorSchema),
    comment_id: integer,
    given_at: integer,
  })
  .transform(
    (row): Trust => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      headSha: row.head_sha,
      actor: row.actor_json,
      commentId: row.comment_id,
      at: row.given_at,
    }),
  );

export const createTrusts = (db: Kysely<Tables>): Trusts => ({
  give: async ({ repositoryId, pullNumber, headSha, actor, commentId, at }) => {
    const given = {
      head_sha: headSha,
      actor_json: JSON.stringify(actor),
      comment_id: commentId,
      given_at: at,
    };
    await db
      .insertInto('trusts')
      .values({ repository_id: repositoryId, pull_number: pullNumber, ...given })
      .onConflict((conflict) => conflict.columns(['repository_id', 'pull_number']).doUpdateSet(given))
      .execute();
  },
  get: async ({ repositoryId, pullNumber }) => {
    const row = await db
      .selectFrom('trusts')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .executeTakeFirst();
    return row === undefined ? null : readRow(trust, 'trusts', row);
  },
  end: async ({ repositoryId, pullNumber }) => {
    await db
      .deleteFrom('trusts')
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .execute();
  },
});
