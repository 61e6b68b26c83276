import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type AppliedCommit, type Due, dueEndings } from '../domain/due.ts';
import type { AppliedCommits, Dues } from './port.ts';
import type { Tables } from './schema.ts';
import {
  actorSchema,
  integer,
  json,
  readRow,
  storedPlanDigest,
  storedProjectKey,
  storedSha,
} from './stored-json.ts';

const due = z
  .object({
    repository_id: integer,
    pull_number: integer,
    project_key: storedProjectKey,
    commit_sha: storedSha,
    approved_digest: storedPlanDigest.nullable(),
    merged_by_json: json(actorSchema).nullable(),
    merged_at: integer,
    ending: z.enum(dueEndings).nullable(),
  })
  .transform(
    (row): Due => ({
      repositoryId: row.repository_id,
      pullNumber: row.pull_number,
      project: row.project_key,
      commit: row.commit_sha,
      approved: row.approved_digest,
      by: row.merged_by_json,
      mergedAt: row.merged_at,
      ended: row.ending,
    }),
  );

export const createDues = (db: Kysely<Tables>): Dues => ({
  add: async (one) => {
    const added = await db
      .insertInto('dues')
      .values({
        repository_id: one.repositoryId,
        pull_number: one.pullNumber,
        project_key: one.project,
        commit_sha: one.commit,
        approved_digest: one.approved,
        merged_by_json: one.by === null ? null : JSON.stringify(one.by),
        merged_at: one.mergedAt,
        ending: one.ended,
        ended_at: null,
      })
      .onConflict((conflict) => conflict.columns(['repository_id', 'pull_number', 'project_key']).doNothing())
      .returning('commit_sha')
      .execute();
    return added.length > 0 ? 'new' : 'known';
  },
  ofPull: async ({ repositoryId, pullNumber }) => {
    const rows = await db
      .selectFrom('dues')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .orderBy('project_key')
      .execute();
    return rows.map((row) => readRow(due, 'dues', row));
  },
  open: async (project) => {
    const rows = await db
      .selectFrom('dues')
      .selectAll()
      .$if(project !== null, (dues) => dues.where('project_key', '=', project))
      .where('ending', 'is', null)
      .orderBy('merged_at')
      .orderBy('pull_number')
      .execute();
    return rows.map((row) => readRow(due, 'dues', row));
  },
  end: async ({ repositoryId, pullNumber }, project, ending, at) => {
    const ended = await db
      .updateTable('dues')
      .set({ ending, ended_at: at })
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .where('project_key', '=', project)
      .where('ending', 'is', null)
      .returning('project_key')
      .execute();
    return ended.length > 0;
  },
});

const appliedCommit = z
  .object({
    project_key: storedProjectKey,
    commit_sha: storedSha,
    pull_number: integer,
    applied_at: integer,
  })
  .transform(
    (row): AppliedCommit => ({
      project: row.project_key,
      commit: row.commit_sha,
      pullNumber: row.pull_number,
      at: row.applied_at,
    }),
  );

/** Both tables hold the same: what was applied, and what was begun. */
export const createAppliedCommits = (
  db: Kysely<Tables>,
  table: 'applied_commits' | 'begun_commits',
): AppliedCommits => ({
  get: async (project) => {
    const row = await db.selectFrom(table).selectAll().where('project_key', '=', project).executeTakeFirst();
    return row === undefined ? null : readRow(appliedCommit, table, row);
  },
  put: async ({ project, commit, pullNumber, at }) => {
    const applied = { commit_sha: commit, pull_number: pullNumber, applied_at: at };
    await db
      .insertInto(table)
      .values({ project_key: project, ...applied })
      .onConflict((conflict) => conflict.column('project_key').doUpdateSet(applied))
      .execute();
  },
});
