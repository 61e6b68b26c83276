import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { MergeAsk } from '../domain/merging.ts';
import type { MergeAsks } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, json, readRow, repoRefSchema, storedSha } from './stored-json.ts';

const ask = z
  .object({
    repo_json: json(repoRefSchema),
    pull_number: integer,
    head_sha: storedSha,
    outcome: z.enum(['waiting', 'refused', 'queued', 'left']),
    reason: z.string().nullable(),
    since: integer,
    asked_at: integer,
  })
  .transform(
    (row): MergeAsk => ({
      repo: row.repo_json,
      pullNumber: row.pull_number,
      headSha: row.head_sha,
      outcome: row.outcome,
      reason: row.reason,
      since: row.since,
      at: row.asked_at,
    }),
  );

export const createMergeAsks = (db: Kysely<Tables>): MergeAsks => ({
  put: async ({ repo, pullNumber, headSha, outcome, reason, since, at }) => {
    const rest = {
      repo_json: JSON.stringify(repo),
      head_sha: headSha,
      outcome,
      reason,
      since,
      asked_at: at,
    };
    await db
      .insertInto('merge_asks')
      .values({ repository_id: repo.id, pull_number: pullNumber, ...rest })
      .onConflict((conflict) => conflict.columns(['repository_id', 'pull_number']).doUpdateSet(rest))
      .execute();
  },
  get: async ({ repositoryId, pullNumber }) => {
    const row = await db
      .selectFrom('merge_asks')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .executeTakeFirst();
    return row === undefined ? null : readRow(ask, 'merge_asks', row);
  },
  all: async () => {
    const rows = await db.selectFrom('merge_asks').selectAll().orderBy('asked_at').execute();
    return rows.map((row) => readRow(ask, 'merge_asks', row));
  },
  end: async ({ repositoryId, pullNumber }) => {
    await db
      .deleteFrom('merge_asks')
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .execute();
  },
});
