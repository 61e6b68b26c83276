import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/**
 * What differs behind an apply is taken for what never settles when another apply has left it as well; what was known before stays known.
 * And what flaps is held back from channels for a time.
 */
export const leftAndHeld: Migration = {
  name: '0045-left-and-held',
  up: async (db) => {
    await sql`alter table unsettled add column again_run_id text`.execute(db);
    await sql`update unsettled set again_run_id = run_id`.execute(db);
    await sql`alter table notifications add column held_until bigint`.execute(db);
  },
};
