import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What Tidegate puts back by itself, project by project, and why it does not just now. */
export const corrections: Migration = {
  name: '0043-corrections',
  up: async (db) => {
    await sql`
      create table corrections (
        project_key text not null primary key,
        repository_id bigint not null,
        facts_json text not null,
        wake_at bigint
      )`.execute(db);
    await sql`create index corrections_by_wake on corrections (wake_at)`.execute(db);
  },
};
