import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** The page of a run looks for its own events among all of its pull request's. */
export const eventsOfARun: Migration = {
  name: '0013-events-of-a-run',
  up: async (db) => {
    await sql`create index audit_events_run on audit_events (run_id) where run_id is not null`.execute(db);
  },
};
