import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What programs of the operator said of a plan. They go with its other texts. */
export const policyAnswers: Migration = {
  name: '0014-policy-answers',
  up: async (db) => {
    await sql`alter table run_texts add column policies_json text`.execute(db);
  },
};
