import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Pull requests that are to be merged by themselves, and what came of it. */
export const mergeAsks: Migration = {
  name: '0018-merge-asks',
  up: async (db) => {
    await sql`create table merge_asks (
      repository_id bigint not null,
      pull_number bigint not null,
      repo_json text not null,
      head_sha text not null,
      outcome text not null,
      reason text,
      since bigint not null,
      asked_at bigint not null,
      primary key (repository_id, pull_number)
    )`.execute(db);
  },
};
