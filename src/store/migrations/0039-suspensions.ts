import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Projects to which nothing is applied for a time, and the word with which an apply goes past that and past other rules. */
export const suspensions: Migration = {
  name: '0039-suspensions',
  up: async (db) => {
    await sql`
      create table suspensions (
        project_key text not null,
        comment_id bigint not null,
        project_json text not null,
        repo_json text not null,
        pull_number integer not null,
        by_json text not null,
        reason text not null,
        since bigint not null,
        until_at bigint not null,
        reminded integer not null,
        primary key (project_key, comment_id)
      )`.execute(db);
    await sql`alter table batches add column break_glass_json text`.execute(db);
  },
};
