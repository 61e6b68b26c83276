import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type DriftPull, driftPullEnds, driftWays } from '../../domain/drift/pull.ts';
import type { Tables } from '../schema.ts';
import {
  actorSchema,
  integer,
  json,
  readRow,
  repoRefSchema,
  storedProjectKey,
  storedSha,
} from '../stored-json.ts';
import type { DriftPulls } from './port.ts';

const driftPull = z
  .object({
    project_key: storedProjectKey,
    attempt: integer,
    head_sha: storedSha.nullable(),
    number: integer.nullable(),
    facts_json: json(
      z.object({
        repo: repoRefSchema,
        name: z.string(),
        way: z.enum(driftWays),
        issue: integer,
        // Rows of before have none.
        files: z.array(z.string()).default([]),
        fingerprint: z.string().nullable(),
        asker: actorSchema,
        reason: z.string(),
        branch: z.string(),
        ended: z.enum(driftPullEnds).nullable(),
        endedAt: integer.nullable(),
        cleanAt: integer.nullable(),
        at: integer,
      }),
    ),
  })
  .transform(
    ({ project_key, attempt, head_sha, number, facts_json }): DriftPull => ({
      ...{ ...facts_json, project: project_key, attempt, head: head_sha, number },
    }),
  );

const read = (row: unknown): DriftPull => readRow(driftPull, 'drift_pulls', row);

export const createDriftPulls = (db: Kysely<Tables>): DriftPulls => ({
  put: async ({ project, attempt, head, number, ...facts }) => {
    const rest = {
      repository_id: facts.repo.id,
      head_sha: head,
      number,
      facts_json: JSON.stringify(facts),
    };
    await db
      .insertInto('drift_pulls')
      .values({ project_key: project, attempt, ...rest })
      .onConflict((conflict) => conflict.columns(['project_key', 'attempt']).doUpdateSet(rest))
      .execute();
  },
  ofProject: async (project) => {
    const rows = await db
      .selectFrom('drift_pulls')
      .selectAll()
      .where('project_key', '=', project)
      .orderBy('attempt', 'desc')
      .execute();
    return rows.map(read);
  },
  of: async ({ repositoryId, pullNumber }, head) => {
    const row = await db
      .selectFrom('drift_pulls')
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
      .executeTakeFirst();
    return row === undefined ? null : read(row);
  },
  drop: async (project, attempt) => {
    await db
      .deleteFrom('drift_pulls')
      .where('project_key', '=', project)
      .where('attempt', '=', attempt)
      .execute();
  },
});
