import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** How the world stands to what was applied, project by project. */
export const drifts: Migration = {
  name: '0037-drifts',
  up: async (db) => {
    await sql`
      create table drifts (
        project_key text not null primary key,
        repository_id integer not null,
        repo_json text not null,
        project_name text not null,
        ref text not null,
        status text not null,
        since integer not null,
        fingerprint text,
        consecutive integer not null,
        checked_at integer,
        tick_at integer,
        due_at integer not null,
        asked_at integer,
        look_id text,
        look_since integer,
        put_off_json text,
        commit_sha text,
        counts_json text not null,
        ignored integer not null,
        outputs integer not null,
        summary_json text,
        because text
      )`.execute(db);
    await sql`create index drifts_of_repository on drifts (repository_id)`.execute(db);
  },
};
