import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Override } from '../domain/rules/override.ts';
import type { SaidThen } from '../domain/rules/policy-answer.ts';
import type { Overrides } from './port.ts';
import type { Tables } from './schema.ts';
import { actorSchema, integer, json, readRow, storedPlanDigest, storedProjectKey } from './stored-json.ts';

const about: z.ZodType<SaidThen> = z.object({
  definition: z.string(),
  outcome: z.enum(['passed', 'failed', 'unknown']),
});

const override = z
  .object({
    repository_id: integer,
    pull_number: integer,
    project_key: storedProjectKey,
    policy: z.string(),
    plan_digest: storedPlanDigest,
    about_json: json(about).nullable(),
    actor_json: json(actorSchema),
    reason: z.string(),
    comment_id: integer,
    written_at: integer,
    given_at: integer,
  })
  .transform(
    (row): Override => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      project: row.project_key,
      policy: row.policy,
      plan: row.plan_digest,
      about: row.about_json,
      actor: row.actor_json,
      reason: row.reason,
      commentId: row.comment_id,
      writtenAt: row.written_at,
      at: row.given_at,
    }),
  );

export const createOverrides = (db: Kysely<Tables>): Overrides => ({
  give: async (given) => {
    const word = {
      about_json: given.about === null ? null : JSON.stringify(given.about),
      actor_json: JSON.stringify(given.actor),
      reason: given.reason,
      comment_id: given.commentId,
      written_at: given.writtenAt,
      given_at: given.at,
    };
    await db
      .insertInto('policy_overrides')
      .values({
        repository_id: given.repositoryId,
        pull_number: given.pullNumber,
        project_key: given.project,
        policy: given.policy,
        plan_digest: given.plan,
        ...word,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'pull_number', 'project_key', 'policy', 'plan_digest'])
          .doUpdateSet(word),
      )
      .execute();
  },
  ofPull: async ({ repositoryId, pullNumber }) => {
    const rows = await db
      .selectFrom('policy_overrides')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .orderBy('given_at')
      .execute();
    return rows.map((row) => readRow(override, 'policy_overrides', row));
  },
});
