import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What is kept of each project after its applies, and the last things that happened to it. */
export const tracked: Migration = {
  name: '0036-tracked',
  up: async (db) => {
    await sql`
      create table tracked (
        project_key text not null primary key,
        repository_id integer not null,
        repo_json text not null,
        name text not null,
        environment text,
        project_json text not null,
        desired_json text,
        applied_json text,
        attempted_json text,
        proven_json text,
        merged_json text,
        pending_since integer,
        gone_at integer
      )`.execute(db);
    await sql`create index tracked_of_repository on tracked (repository_id)`.execute(db);
    await sql`create index tracked_merged on tracked (project_key) where merged_json is not null`.execute(db);
    await sql`
      create table tracked_history (
        seq integer primary key autoincrement,
        project_key text not null,
        at integer not null,
        kind text not null,
        facts_json text not null
      )`.execute(db);
    await sql`create index tracked_history_of on tracked_history (project_key, seq)`.execute(db);
  },
};
