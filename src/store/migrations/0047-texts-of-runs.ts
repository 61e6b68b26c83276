import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What was written last of a run's long texts. In `runs`: behind the texts themselves it could not be read without them. */
export const textsOfRuns: Migration = {
  name: '0047-texts-of-runs',
  up: async (db) => {
    await sql`alter table runs add column texts_id text`.execute(db);
    // There was one write of those.
    await sql`update runs set texts_id = id where id in (select run_id from run_texts)`.execute(db);
  },
};
