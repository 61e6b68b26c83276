import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Pull requests of our own for what is left to apply of merged ones. */
export const followups: Migration = {
  name: '0023-followups',
  up: async (db) => {
    await sql`
      create table followups (
        repository_id integer not null,
        pull_number integer not null,
        attempt integer not null,
        commit_sha text not null,
        projects_json text not null,
        asker_json text not null,
        authors_json text not null,
        complete integer not null,
        branch text not null,
        head_sha text,
        number integer,
        asked_at integer not null,
        primary key (repository_id, pull_number, attempt)
      )`.execute(db);
    await sql`create unique index followups_by_number on followups (repository_id, number) where number is not null`.execute(
      db,
    );
    await sql`create index followups_unopened on followups (repository_id, head_sha) where number is null`.execute(
      db,
    );
  },
};
