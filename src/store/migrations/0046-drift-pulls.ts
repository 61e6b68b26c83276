import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Pull requests of our own about drift, counted for each project. */
export const driftPulls: Migration = {
  name: '0046-drift-pulls',
  up: async (db) => {
    await sql`
      create table drift_pulls (
        project_key text not null,
        attempt integer not null,
        repository_id bigint not null,
        head_sha text,
        number integer,
        facts_json text not null,
        primary key (project_key, attempt)
      )`.execute(db);
    await sql`create unique index drift_pulls_by_number on drift_pulls (repository_id, number) where number is not null`.execute(
      db,
    );
    await sql`create index drift_pulls_unopened on drift_pulls (repository_id, head_sha) where number is null`.execute(
      db,
    );
  },
};
