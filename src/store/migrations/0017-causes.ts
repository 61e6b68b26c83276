import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Why an apply begins. Those of before were all commanded. */
export const causes: Migration = {
  name: '0017-causes',
  up: async (db) => {
    await sql`alter table batches add column cause text not null default 'command'`.execute(db);
  },
};
