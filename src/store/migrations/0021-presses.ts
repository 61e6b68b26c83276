import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Buttons of checks: of one press there is one delivery and one command, as of one comment. */
export const presses: Migration = {
  name: '0021-presses',
  up: async (db) => {
    for (const table of ['deliveries', 'batches']) {
      await sql`alter table ${sql.table(table)} add column press_id text`.execute(db);
      await sql`create unique index ${sql.ref(`${table}_one_per_press`)} on ${sql.table(table)} (repository_id, press_id) where press_id is not null`.execute(
        db,
      );
    }
    // The newest of a pull request is asked for whenever its checks are written.
    await sql`create index deliveries_presses_of_pull on deliveries (repository_id, pull_number, seq) where press_id is not null`.execute(
      db,
    );
  },
};
