import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Who trusted which commit, one word per pull request; and what of a batch was not planned for want of one. */
export const trust: Migration = {
  name: '0008-trust',
  up: async (db) => {
    await sql`create table trusts (
      repository_id bigint not null,
      pull_number bigint not null,
      head_sha text not null,
      actor_json text not null,
      comment_id bigint not null,
      given_at bigint not null,
      primary key (repository_id, pull_number)
    )`.execute(db);
    await sql`alter table batches add column held_json text not null default '[]'`.execute(db);
  },
};
