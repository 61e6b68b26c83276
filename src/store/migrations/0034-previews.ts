import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What tools make of projects that wait for trust. */
export const previews: Migration = {
  name: '0034-previews',
  up: async (db) => {
    await sql`
      create table previews (
        repository_id integer not null,
        pull_number integer not null,
        project_key text not null,
        batch_id text not null,
        head_sha text not null,
        tree_id text not null,
        state text not null,
        summary_json text,
        problem_json text,
        output text,
        primary key (repository_id, pull_number, project_key)
      )`.execute(db);
    await sql`create index previews_waiting on previews (repository_id) where state = 'waiting'`.execute(db);
  },
};
