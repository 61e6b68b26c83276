import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Correction } from '../../domain/drift/correction.ts';
import type { Tables } from '../schema.ts';
import { integer, json, readRow, repoRefSchema, storedProjectKey, storedRunId } from '../stored-json.ts';
import type { Corrections } from './port.ts';

const taken = z.object({ fingerprint: z.string(), at: integer, failed: z.string().exactOptional() });

const correction = z
  .object({
    project_key: storedProjectKey,
    facts_json: json(
      z.object({
        repo: repoRefSchema,
        found: z.object({ look: storedRunId, fingerprint: z.string(), at: integer }).nullable(),
        taken: storedRunId.nullable(),
        underWay: z.boolean(),
        begun: z.array(taken),
        stopped: taken.nullable(),
        because: z.string().nullable(),
      }),
    ),
    wake_at: integer.nullable(),
  })
  .transform((row): Correction => ({ project: row.project_key, ...row.facts_json, wakeAt: row.wake_at }));

const read = (row: unknown): Correction => readRow(correction, 'corrections', row);

export const createCorrections = (db: Kysely<Tables>): Corrections => ({
  get: async (project) => {
    const row = await db
      .selectFrom('corrections')
      .selectAll()
      .where('project_key', '=', project)
      .executeTakeFirst();
    return row === undefined ? null : read(row);
  },
  waking: async (now) => {
    const rows = await db
      .selectFrom('corrections')
      .selectAll()
      .where('wake_at', '<=', now)
      .orderBy('wake_at')
      .execute();
    return rows.map(read);
  },
  put: async ({ project, wakeAt, ...facts }) => {
    const row = { repository_id: facts.repo.id, facts_json: JSON.stringify(facts), wake_at: wakeAt };
    await db
      .insertInto('corrections')
      .values({ project_key: project, ...row })
      .onConflict((conflict) => conflict.column('project_key').doUpdateSet(row))
      .execute();
  },
});
