import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type Preview, previewStates } from '../../domain/preview.ts';
import type { PullKey } from '../port.ts';
import type { Tables } from '../schema.ts';
import { integer, json, problemSchema, readRow, storedBatchId, storedProjectKey } from '../stored-json.ts';
import { summarySchema, summaryToJson } from '../stored-summary.ts';
import type { Previews } from './port.ts';

const preview = z
  .object({
    repository_id: integer,
    pull_number: integer,
    project_key: storedProjectKey,
    batch_id: storedBatchId,
    state: z.enum(previewStates),
    summary_json: json(summarySchema).nullable(),
    problem_json: json(problemSchema).nullable(),
    output: z.string().nullable(),
  })
  .transform(
    (row): Preview => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      project: row.project_key,
      batchId: row.batch_id,
      state: row.state,
      summary: row.summary_json,
      problem: row.problem_json,
      output: row.output,
    }),
  );

const readPreview = (row: unknown): Preview => readRow(preview, 'previews', row);

const nothingYet = { state: 'waiting', summary_json: null, problem_json: null, output: null } as const;

export const createPreviews = (db: Kysely<Tables>): Previews => {
  const removing = ({ repositoryId, pullNumber }: PullKey) =>
    db.deleteFrom('previews').where('repository_id', '=', repositoryId).where('pull_number', '=', pullNumber);
  return {
    settle: async (batch, { make, keep }) => {
      const { id, repositoryId, pullNumber, headSha, tree } = batch;
      await removing(batch)
        .where((eb) =>
          eb.or([
            eb('head_sha', '<>', headSha),
            eb('tree_id', '<>', tree ?? ''),
            eb('project_key', 'not in', [...make, ...keep, '']),
          ]),
        )
        .execute();
      if (tree === null) return;
      const anew = { batch_id: id, head_sha: headSha, tree_id: tree, ...nothingYet };
      for (const project of make)
        await db
          .insertInto('previews')
          .values({ repository_id: repositoryId, pull_number: pullNumber, project_key: project, ...anew })
          .onConflict((conflict) =>
            conflict.columns(['repository_id', 'pull_number', 'project_key']).doUpdateSet(anew),
          )
          .execute();
    },
    ofPull: async ({ repositoryId, pullNumber }) => {
      const rows = await db
        .selectFrom('previews')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where('pull_number', '=', pullNumber)
        .orderBy('project_key')
        .execute();
      return rows.map(readPreview);
    },
    waiting: async (pull) => {
      const rows = await db
        .selectFrom('previews')
        .selectAll()
        .where('state', '=', 'waiting')
        .$if(pull !== null, (some) =>
          some
            .where('repository_id', '=', pull?.repositoryId ?? 0)
            .where('pull_number', '=', pull?.pullNumber ?? 0),
        )
        .orderBy('repository_id')
        .orderBy('pull_number')
        .orderBy('project_key')
        .execute();
      return rows.map(readPreview);
    },
    note: async ({ repositoryId, pullNumber, project, batchId, state, summary, problem, output }) => {
      const noted = await db
        .updateTable('previews')
        .set({
          state,
          summary_json: summary === null ? null : summaryToJson(summary),
          problem_json: problem === null ? null : JSON.stringify(problem),
          output,
        })
        .where('repository_id', '=', repositoryId)
        .where('pull_number', '=', pullNumber)
        .where('project_key', '=', project)
        .where('batch_id', '=', batchId)
        .where('state', '=', 'waiting')
        .returning('project_key')
        .execute();
      return noted.length > 0;
    },
    end: async (pull) => {
      await removing(pull).execute();
    },
  };
};
