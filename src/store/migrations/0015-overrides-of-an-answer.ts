import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What the policy was and said when it was let pass. A word from before says so of none, and has to be given again. */
export const overridesOfAnAnswer: Migration = {
  name: '0015-overrides-of-an-answer',
  up: async (db) => {
    await sql`alter table policy_overrides add column about_json text`.execute(db);
  },
};
