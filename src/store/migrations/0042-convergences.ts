import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Whether applies brought the world to where it was to be, what differs after each of them, and how much of that looks pass over. */
export const convergences: Migration = {
  name: '0042-convergences',
  up: async (db) => {
    await sql`
      create table convergences (
        run_id text not null primary key,
        project_key text not null,
        repo_json text not null,
        pull_number integer not null,
        since bigint not null,
        until_at bigint not null,
        due_at bigint not null,
        looks integer not null,
        first_json text,
        ends_lock integer not null,
        outcome text,
        remaining_json text not null,
        unsettled integer not null,
        because text,
        ended_at bigint
      )`.execute(db);
    // The open ones are few, and looked for often.
    await sql`create index convergences_open on convergences (project_key) where outcome is null`.execute(db);
    await sql`
      create table unsettled (
        project_key text not null,
        address text not null,
        paths_json text not null,
        provider text not null,
        version text not null,
        run_id text not null,
        since bigint not null,
        primary key (project_key, address)
      )`.execute(db);
    await sql`alter table drifts add column unsettled integer not null default 0`.execute(db);
  },
};
