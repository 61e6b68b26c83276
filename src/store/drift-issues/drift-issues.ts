import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { DriftIssue } from '../../domain/drift/issue.ts';
import type { Tables } from '../schema.ts';
import { integer, json, readRow, repoRefSchema, storedProjectKey } from '../stored-json.ts';
import type { DriftIssues } from './port.ts';

const driftIssue = z
  .object({
    project_key: storedProjectKey,
    repository_id: integer,
    repo_json: json(repoRefSchema),
    number: integer.nullable(),
    state: z.enum(['open', 'closed']),
    told: z.string().nullable(),
    at: integer,
  })
  .transform(
    (row): DriftIssue => ({
      project: row.project_key,
      repo: row.repo_json,
      number: row.number,
      state: row.state,
      told: row.told,
      at: row.at,
    }),
  );

const read = (row: unknown): DriftIssue | null =>
  row === undefined ? null : readRow(driftIssue, 'drift_issues', row);

export const createDriftIssues = (db: Kysely<Tables>): DriftIssues => {
  const rows = () => db.selectFrom('drift_issues').selectAll();
  return {
    get: async (project) => read(await rows().where('project_key', '=', project).executeTakeFirst()),
    ofNumber: async ({ repositoryId, pullNumber }) =>
      read(
        await rows()
          .where('repository_id', '=', repositoryId)
          .where('number', '=', pullNumber)
          .executeTakeFirst(),
      ),
    ofRepository: async (repositoryId) =>
      (await rows().where('repository_id', '=', repositoryId).orderBy('project_key').execute()).flatMap(
        (row) => read(row) ?? [],
      ),
    put: async ({ project, repo, number, state, told, at }) => {
      const rest = { repository_id: repo.id, repo_json: JSON.stringify(repo), number, state, told, at };
      await db
        .insertInto('drift_issues')
        .values({ project_key: project, ...rest })
        .onConflict((conflict) => conflict.column('project_key').doUpdateSet(rest))
        .execute();
    },
  };
};
