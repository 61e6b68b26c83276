import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/**
 * What retention asks for, and lines that go by who came first instead of by the clock on the wall, which may be set back.
 * Additive: an older server works on it as before.
 */
export const retention: Migration = {
  name: '0004-retention',
  up: async (db) => {
    await db.schema.alterTable('run_texts').addColumn('ended_at', 'bigint').execute();
    await sql`update run_texts set ended_at = (select runs.ended_at from runs where runs.id = run_texts.run_id)`.execute(
      db,
    );
    await db.schema.createIndex('run_texts_by_end').on('run_texts').columns(['ended_at', 'run_id']).execute();
    await db.schema.dropIndex('deliveries_by_state').execute();
    await db.schema
      .createIndex('deliveries_in_line')
      .on('deliveries')
      .columns(['state', 'seq', 'received_at'])
      .execute();
    await db.schema.dropIndex('batches_by_pull').execute();
    await db.schema
      .createIndex('batches_in_line')
      .on('batches')
      .columns(['repository_id', 'pull_number', 'verb', 'seq'])
      .execute();
    // Rescued state files are few, and their blobs are told from orphans by these rows.
    await sql`create index audit_events_of_rescues on audit_events (seq) where kind = 'state.rescued'`.execute(
      db,
    );
  },
};
