import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What a pull request does beyond its own projects, as it was when it was planned. */
export const notesOfBatches: Migration = {
  name: '0033-notes-of-batches',
  up: async (db) => {
    await sql`alter table batches add column notes_json text`.execute(db);
  },
};
