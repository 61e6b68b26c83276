import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Holds only what was given up: who watches asks for their number every few seconds. */
export const parkedReports: Migration = {
  name: '0005-parked-reports',
  up: async (db) => {
    await sql`create index reports_parked on reports (seq) where parked is not null`.execute(db);
  },
};
