import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What the comment of a pull request showed, and when. */
export const boardHistory: Migration = {
  name: '0010-board-history',
  up: async (db) => {
    await sql`create table board_histories (
      repository_id bigint not null,
      pull_number bigint not null,
      history_json text not null,
      primary key (repository_id, pull_number)
    )`.execute(db);
  },
};
