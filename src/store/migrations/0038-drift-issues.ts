import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** The issues that tell of drift: one for each project, for as long as it lives. */
export const driftIssues: Migration = {
  name: '0038-drift-issues',
  up: async (db) => {
    await sql`
      create table drift_issues (
        project_key text not null primary key,
        repository_id integer not null,
        repo_json text not null,
        number integer,
        state text not null,
        told text,
        at integer not null
      )`.execute(db);
    await sql`create index drift_issues_of on drift_issues (repository_id, number)`.execute(db);
  },
};
