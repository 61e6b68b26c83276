import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Suspension } from '../../domain/suspension.ts';
import type { Tables } from '../schema.ts';
import { actorSchema, integer, json, projectSchema, readRow, repoRefSchema } from '../stored-json.ts';
import type { Suspensions } from './port.ts';

const suspension = z
  .object({
    project_json: json(projectSchema),
    repo_json: json(repoRefSchema),
    pull_number: integer,
    comment_id: integer,
    by_json: json(actorSchema),
    reason: z.string(),
    since: integer,
    until_at: integer,
    reminded: integer,
  })
  .transform(
    (row): Suspension => ({
      project: row.project_json,
      repo: row.repo_json,
      pullNumber: row.pull_number,
      commentId: row.comment_id,
      by: row.by_json,
      reason: row.reason,
      since: row.since,
      until: row.until_at,
      reminded: row.reminded === 1,
    }),
  );

export const createSuspensions = (db: Kysely<Tables>): Suspensions => {
  const ordered = () =>
    db.selectFrom('suspensions').selectAll().orderBy('until_at').orderBy('project_key').orderBy('comment_id');
  const read = (rows: readonly unknown[]) => rows.map((row) => readRow(suspension, 'suspensions', row));
  return {
    add: async (one) => {
      const added = await db
        .insertInto('suspensions')
        .values({
          project_key: one.project.key,
          comment_id: one.commentId,
          project_json: JSON.stringify(one.project),
          repo_json: JSON.stringify(one.repo),
          pull_number: one.pullNumber,
          by_json: JSON.stringify(one.by),
          reason: one.reason,
          since: one.since,
          until_at: one.until,
          reminded: one.reminded ? 1 : 0,
        })
        .onConflict((conflict) => conflict.columns(['project_key', 'comment_id']).doNothing())
        .returning('comment_id')
        .executeTakeFirst();
      return added === undefined ? 'known' : 'new';
    },
    of: async (project) => read(await ordered().where('project_key', '=', project).execute()),
    all: async () => read(await ordered().execute()),
    remind: async (project, commentId) => {
      await db
        .updateTable('suspensions')
        .set({ reminded: 1 })
        .where('project_key', '=', project)
        .where('comment_id', '=', commentId)
        .execute();
    },
    end: async (project, commentId) => {
      const ended = await db
        .deleteFrom('suspensions')
        .where('project_key', '=', project)
        .where('comment_id', '=', commentId)
        .returning('comment_id')
        .executeTakeFirst();
      return ended !== undefined;
    },
  };
};
