import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** The list of a repository's runs, newest first, without walking through all others. */
export const runPages: Migration = {
  name: '0007-run-pages',
  up: async (db) => {
    await sql`create index runs_by_repository on runs (repository_id, seq)`.execute(db);
  },
};
