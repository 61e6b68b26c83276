import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** How many rules a pull request edits, which count after the merge. */
export const rulesAfterMerge: Migration = {
  name: '0012-rules-after-merge',
  up: async (db) => {
    await sql`alter table batches add column rules_after_merge bigint not null default 0`.execute(db);
  },
};
