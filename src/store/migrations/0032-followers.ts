import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Projects that a pull request may have planned because of outputs that it changes. */
export const followers: Migration = {
  name: '0032-followers',
  up: async (db) => {
    await sql`alter table batches add column followers_json text`.execute(db);
  },
};
