import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Applies that merges ask for, and from which commit of its base branch each project was applied last. */
export const dues: Migration = {
  name: '0016-dues',
  up: async (db) => {
    await sql`
      create table dues (
        repository_id integer not null,
        pull_number integer not null,
        project_key text not null,
        commit_sha text not null,
        approved_digest text,
        merged_by_json text,
        merged_at integer not null,
        ending text,
        ended_at integer,
        primary key (repository_id, pull_number, project_key)
      )`.execute(db);
    await sql`create index dues_open on dues (project_key, merged_at) where ending is null`.execute(db);
    await sql`
      create table applied_commits (
        project_key text not null primary key,
        commit_sha text not null,
        pull_number integer not null,
        applied_at integer not null
      )`.execute(db);
  },
};
