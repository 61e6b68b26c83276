import type { Kysely } from 'kysely';
import { z } from 'zod';
import { type Pending, pendingEndings } from '../../domain/pending.ts';
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
import type { Pendings } from './port.ts';

const pending = z
  .object({
    repo_json: json(repoRefSchema),
    project_key: storedProjectKey,
    project_name: z.string(),
    branch: z.string(),
    commit_sha: storedSha,
    before_sha: storedSha,
    commits: integer,
    forced: integer,
    pushed_by_json: json(actorSchema).nullable(),
    pushed_at: integer,
    ending: z.enum(pendingEndings).nullable(),
  })
  .transform(
    (row): Pending => ({
      repo: row.repo_json,
      project: row.project_key,
      name: row.project_name,
      branch: row.branch,
      commit: row.commit_sha,
      before: row.before_sha,
      commits: row.commits,
      forced: row.forced === 1,
      by: row.pushed_by_json,
      at: row.pushed_at,
      ended: row.ending,
    }),
  );

const read = (rows: readonly unknown[]): readonly Pending[] =>
  rows.map((row) => readRow(pending, 'pendings', row));

export const createPendings = (db: Kysely<Tables>): Pendings => ({
  add: async (one) => {
    const facts = {
      repo_json: JSON.stringify(one.repo),
      project_name: one.name,
      branch: one.branch,
      before_sha: one.before,
      commits: one.commits,
      forced: one.forced ? 1 : 0,
      pushed_by_json: one.by === null ? null : JSON.stringify(one.by),
      pushed_at: one.at,
      ending: one.ended,
      ended_at: null,
    };
    const added = await db
      .insertInto('pendings')
      .values({
        repository_id: one.repo.id,
        project_key: one.project,
        commit_sha: one.commit,
        ...facts,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'commit_sha', 'project_key'])
          .doUpdateSet(facts)
          .where('pendings.ending', '=', 'gone'),
      )
      .returning('seq')
      .execute();
    return added.length > 0 ? 'new' : 'known';
  },
  ofCommit: async (repositoryId, commit) =>
    read(
      await db
        .selectFrom('pendings')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where('commit_sha', '=', commit)
        .orderBy('seq')
        .execute(),
    ),
  open: async (repositoryId) =>
    read(
      await db
        .selectFrom('pendings')
        .selectAll()
        .where('ending', 'is', null)
        .$if(repositoryId !== null, (of) => of.where('repository_id', '=', repositoryId ?? 0))
        .orderBy('seq')
        .execute(),
    ),
  openOf: async (projects) => {
    if (projects.length === 0) return [];
    const rows = await db
      .selectFrom('pendings')
      .selectAll()
      .where('ending', 'is', null)
      .where('project_key', 'in', projects)
      .orderBy('seq')
      .execute();
    return read(rows);
  },
  end: async (repositoryId, commit, project, ending, at) => {
    const ended = await db
      .updateTable('pendings')
      .set({ ending, ended_at: at })
      .where('repository_id', '=', repositoryId)
      .where('commit_sha', '=', commit)
      .where('project_key', '=', project)
      .where('ending', 'is', null)
      .returning('seq')
      .execute();
    return ended.length > 0;
  },
});
