import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Who asked for all of an environment, one word per pull request. */
export const rebuilds: Migration = {
  name: '0028-rebuilds',
  up: async (db) => {
    await sql`
      create table rebuilds (
        repository_id integer not null,
        pull_number integer not null,
        environment text not null,
        head_sha text not null,
        actor_json text not null,
        comment_id integer not null,
        asked_at integer not null,
        primary key (repository_id, pull_number)
      )`.execute(db);
  },
};
