import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Projects that follow tags, and where each tag led when it was chosen. */
export const tags: Migration = {
  name: '0044-tags',
  up: async (db) => {
    await sql`
      create table kept_tags (
        repository_id integer not null,
        tag text not null,
        commit_sha text not null,
        at bigint not null,
        primary key (repository_id, tag)
      )`.execute(db);
    await sql`
      create table tagged (
        project_key text not null primary key,
        repository_id integer not null,
        repo_json text not null,
        source_json text not null,
        chosen_json text,
        refused_json text,
        at bigint not null
      )`.execute(db);
    await sql`create index tagged_of on tagged (repository_id)`.execute(db);
  },
};
