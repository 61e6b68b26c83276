import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Who let which plan pass a policy that says no. */
export const overrides: Migration = {
  name: '0011-overrides',
  up: async (db) => {
    await sql`create table policy_overrides (
      repository_id bigint not null,
      pull_number bigint not null,
      project_key text not null,
      policy text not null,
      plan_digest text not null,
      actor_json text not null,
      reason text not null,
      comment_id bigint not null,
      written_at bigint not null,
      given_at bigint not null,
      primary key (repository_id, pull_number, project_key, policy, plan_digest)
    )`.execute(db);
  },
};
