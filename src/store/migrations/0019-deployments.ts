import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Which applies are shown as deployments, and what took their place. */
export const deployments: Migration = {
  name: '0019-deployments',
  up: async (db) => {
    await sql`create table deployments (
      run_id text primary key not null references runs(id),
      project_key text not null,
      replaced_by text references runs(id)
    )`.execute(db);
    await sql`create index deployments_standing on deployments (project_key) where replaced_by is null`.execute(
      db,
    );
  },
};
