import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** From which commit of its base branch an apply of each project was begun last. What was applied was begun. */
export const begunCommits: Migration = {
  name: '0025-begun-commits',
  up: async (db) => {
    await sql`
      create table begun_commits (
        project_key text not null primary key,
        commit_sha text not null,
        pull_number integer not null,
        applied_at integer not null
      )`.execute(db);
    await sql`insert into begun_commits select * from applied_commits`.execute(db);
  },
};
