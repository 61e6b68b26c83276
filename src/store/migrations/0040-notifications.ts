import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What others are told of, by channel, and under which ids the channels keep it. */
export const notifications: Migration = {
  name: '0040-notifications',
  up: async (db) => {
    await sql`create table notifications (
      seq integer primary key autoincrement not null,
      id text not null,
      channel text not null,
      repository_id bigint not null,
      thing text not null,
      conversation text,
      type text not null,
      level text not null,
      about text not null,
      body_json text not null,
      state text not null,
      attempts integer not null,
      because text,
      created_at bigint not null,
      ended_at bigint
    )`.execute(db);
    await sql`create unique index notifications_by_id on notifications (channel, id)`.execute(db);
    await sql`create index notifications_by_state on notifications (state, channel, seq)`.execute(db);
    await sql`create index notifications_by_thing on notifications (channel, thing, seq)`.execute(db);
    await sql`create index notifications_by_end on notifications (ended_at)`.execute(db);
    await sql`create table notification_messages (
      channel text not null,
      thing text not null,
      message text not null,
      primary key (channel, thing)
    )`.execute(db);
  },
};
