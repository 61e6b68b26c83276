import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What differs behind an apply is taken for what never settles when another apply has left it as well. What was known before stays known. */
export const unsettledAgain: Migration = {
  name: '0045-unsettled-again',
  up: async (db) => {
    await sql`alter table unsettled add column again_run_id text`.execute(db);
    await sql`update unsettled set again_run_id = run_id`.execute(db);
  },
};
