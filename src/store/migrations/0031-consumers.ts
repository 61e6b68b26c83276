import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What repositories use of others, and what was found of the projects that use what a pull request changes. */
export const consumers: Migration = {
  name: '0031-consumers',
  up: async (db) => {
    await sql`
      create table used_modules (
        repository_id integer not null primary key,
        repo_json text not null,
        branch text not null,
        commit_sha text not null,
        projects_json text not null
      )`.execute(db);
    await sql`
      create table consumer_looks (
        seq integer primary key autoincrement,
        repository_id integer not null,
        repo_json text not null,
        pull_number integer not null,
        comment_id integer not null,
        actor_json text not null,
        state text not null,
        found_json text not null,
        asked_at integer not null,
        unique (repository_id, comment_id)
      )`.execute(db);
    await sql`create index consumer_looks_of_pull on consumer_looks (repository_id, pull_number, seq)`.execute(
      db,
    );
  },
};
