import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type Followup, leftReasons } from '../../domain/followup.ts';
import type { Tables } from '../schema.ts';
import { actorSchema, integer, json, readRow, storedProjectKey, storedSha } from '../stored-json.ts';
import type { Followups } from './port.ts';

const followup = z
  .object({
    repository_id: integer,
    pull_number: integer,
    attempt: integer,
    commit_sha: storedSha,
    projects_json: json(
      z.array(z.object({ key: storedProjectKey, name: z.string(), because: z.enum(leftReasons) })),
    ),
    asker_json: json(actorSchema),
    authors_json: json(z.array(actorSchema)),
    complete: integer,
    branch: z.string(),
    head_sha: storedSha.nullable(),
    number: integer.nullable(),
    asked_at: integer,
  })
  .transform(
    (row): Followup => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      attempt: row.attempt,
      commit: row.commit_sha,
      projects: row.projects_json,
      asker: row.asker_json,
      authors: row.authors_json,
      complete: row.complete === 1,
      branch: row.branch,
      head: row.head_sha,
      number: row.number,
      at: row.asked_at,
    }),
  );

const read = (row: unknown): Followup | null =>
  row === undefined ? null : readRow(followup, 'followups', row);

export const createFollowups = (db: Kysely<Tables>): Followups => ({
  put: async (one) => {
    const rest = {
      commit_sha: one.commit,
      projects_json: JSON.stringify(one.projects),
      asker_json: JSON.stringify(one.asker),
      authors_json: JSON.stringify(one.authors),
      complete: one.complete ? 1 : 0,
      branch: one.branch,
      head_sha: one.head,
      number: one.number,
      asked_at: one.at,
    };
    const { repositoryId: repository_id, pullNumber: pull_number, attempt } = one;
    await db
      .insertInto('followups')
      .values({ repository_id, pull_number, attempt, ...rest })
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'pull_number', 'attempt']).doUpdateSet(rest),
      )
      .execute();
  },
  latest: async ({ repositoryId, pullNumber }) =>
    read(
      await db
        .selectFrom('followups')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where('pull_number', '=', pullNumber)
        .orderBy('attempt', 'desc')
        .limit(1)
        .executeTakeFirst(),
    ),
  of: async ({ repositoryId, pullNumber }, head) =>
    read(
      await db
        .selectFrom('followups')
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
  drop: async ({ repositoryId, pullNumber }, attempt) => {
    await db
      .deleteFrom('followups')
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .where('attempt', '=', attempt)
      .execute();
  },
});
