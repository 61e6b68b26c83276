import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What pushes to base branches left undone, by commit and project. */
export const pendings: Migration = {
  name: '0024-pendings',
  up: async (db) => {
    await sql`
      create table pendings (
        seq integer primary key autoincrement,
        repository_id integer not null,
        repo_json text not null,
        project_key text not null,
        project_name text not null,
        branch text not null,
        commit_sha text not null,
        before_sha text not null,
        commits integer not null,
        forced integer not null,
        pushed_by_json text,
        pushed_at integer not null,
        ending text,
        ended_at integer,
        unique (repository_id, commit_sha, project_key)
      )`.execute(db);
    await sql`create index pendings_open on pendings (project_key) where ending is null`.execute(db);
  },
};
