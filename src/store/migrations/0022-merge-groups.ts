import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Commits of merge queues that we were asked about, and what was found. */
export const mergeGroups: Migration = {
  name: '0022-merge-groups',
  up: async (db) => {
    await sql`
      create table merge_groups (
        seq integer primary key autoincrement,
        repository_id integer not null,
        repo_json text not null,
        pull_number integer not null,
        commit_sha text not null,
        branch text not null,
        head_sha text,
        state text not null,
        answers_json text not null,
        unique (repository_id, commit_sha)
      )`.execute(db);
    await sql`create index merge_groups_of_pull on merge_groups (repository_id, pull_number, seq)`.execute(
      db,
    );
  },
};
