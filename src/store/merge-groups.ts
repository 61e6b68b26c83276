import type { Kysely } from 'kysely';
import { z } from 'zod';
import { groupStates, type MergeGroup } from '../domain/merge-group.ts';
import type { MergeGroups } from './port.ts';
import type { Tables } from './schema.ts';
import { integer, json, readRow, repoRefSchema, storedSha } from './stored-json.ts';

const group = z
  .object({
    repo_json: json(repoRefSchema),
    pull_number: integer,
    commit_sha: storedSha,
    branch: z.string(),
    head_sha: storedSha.nullable(),
    state: z.enum(groupStates),
    answers_json: json(
      z.array(
        z.object({ project: z.string(), planned: z.boolean(), holds: z.boolean(), because: z.string() }),
      ),
    ),
  })
  .transform(
    (row): MergeGroup => ({
      repo: row.repo_json,
      pullNumber: row.pull_number,
      commit: row.commit_sha,
      branch: row.branch,
      headSha: row.head_sha,
      state: row.state,
      answers: row.answers_json,
    }),
  );

const read = (row: unknown): MergeGroup => readRow(group, 'merge_groups', row);

export const createMergeGroups = (db: Kysely<Tables>): MergeGroups => ({
  add: async (one) => {
    const added = await db
      .insertInto('merge_groups')
      .values({
        repository_id: one.repo.id,
        repo_json: JSON.stringify(one.repo),
        pull_number: one.pullNumber,
        commit_sha: one.commit,
        branch: one.branch,
        head_sha: one.headSha,
        state: one.state,
        answers_json: JSON.stringify(one.answers),
      })
      .onConflict((conflict) => conflict.columns(['repository_id', 'commit_sha']).doNothing())
      .returning('seq')
      .execute();
    return added.length > 0 ? 'new' : 'known';
  },
  get: async (repositoryId, commit) => {
    const row = await db
      .selectFrom('merge_groups')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('commit_sha', '=', commit)
      .executeTakeFirst();
    return row === undefined ? null : read(row);
  },
  latest: async ({ repositoryId, pullNumber }) => {
    const row = await db
      .selectFrom('merge_groups')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('pull_number', '=', pullNumber)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : read(row);
  },
  checking: async () => {
    const rows = await db
      .selectFrom('merge_groups')
      .selectAll()
      .where('state', '=', 'checking')
      .orderBy('seq')
      .execute();
    return rows.map(read);
  },
  answer: async (repositoryId, commit, { state, headSha, answers }) => {
    const moved = await db
      .updateTable('merge_groups')
      .set({ state, head_sha: headSha, answers_json: JSON.stringify(answers) })
      .where('repository_id', '=', repositoryId)
      .where('commit_sha', '=', commit)
      .where('state', '=', 'checking')
      .returning('seq')
      .execute();
    return moved.length > 0;
  },
});
