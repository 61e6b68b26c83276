import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Pull requests of our own that take merged ones back: one for each. */
export const rollbacks: Migration = {
  name: '0041-rollbacks',
  up: async (db) => {
    await sql`
      create table rollbacks (
        repository_id integer not null,
        pull_number integer not null,
        commit_sha text not null,
        asker_json text not null,
        authors_json text not null,
        complete integer not null,
        branch text not null,
        head_sha text,
        number integer,
        lasting_json text not null,
        asked_at bigint not null,
        primary key (repository_id, pull_number)
      )`.execute(db);
    await sql`create unique index rollbacks_by_number on rollbacks (repository_id, number) where number is not null`.execute(
      db,
    );
    await sql`create index rollbacks_unopened on rollbacks (repository_id, head_sha) where number is null`.execute(
      db,
    );
  },
};
