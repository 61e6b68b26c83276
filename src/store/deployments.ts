import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type RunId, runId } from '../domain/ids.ts';
import type { Deployments } from './port.ts';
import type { Tables } from './schema.ts';
import { readRow } from './stored-json.ts';

const storedRunId = z.string().transform((text): RunId => runId(text));
const deployment = z.object({ run_id: storedRunId, replaced_by: storedRunId.nullable() });

export const createDeployments = (db: Kysely<Tables>): Deployments => ({
  begin: async (run, project) => {
    await db
      .insertInto('deployments')
      .values({ run_id: run, project_key: project, replaced_by: null })
      .onConflict((conflict) => conflict.column('run_id').doNothing())
      .execute();
  },
  replacedBy: async (run) => {
    const row = await db
      .selectFrom('deployments')
      .select(['run_id', 'replaced_by'])
      .where('run_id', '=', run)
      .executeTakeFirst();
    return row === undefined ? null : readRow(deployment, 'deployments', row).replaced_by;
  },
  has: async (run) =>
    (await db.selectFrom('deployments').select('run_id').where('run_id', '=', run).executeTakeFirst()) !==
    undefined,
  replace: async (project, by) => {
    const rows = await db
      .updateTable('deployments')
      .set({ replaced_by: by })
      .where('project_key', '=', project)
      .where('replaced_by', 'is', null)
      .where('run_id', '!=', by)
      .returning(['run_id', 'replaced_by'])
      .execute();
    return rows.map((row) => readRow(deployment, 'deployments', row).run_id).sort();
  },
});
