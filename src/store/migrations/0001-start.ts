import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** Times are `bigint`: SQLite takes it for its one integer type, PostgreSQL's `integer` is too small for milliseconds. */
export const start: Migration = {
  name: '0001-start',
  up: async (db) => {
    await db.schema
      .createTable('deliveries')
      .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('event', 'text', (c) => c.notNull())
      .addColumn('action', 'text')
      .addColumn('repository', 'text')
      .addColumn('trigger_json', 'text')
      .addColumn('received_at', 'bigint', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('reason', 'text')
      .addColumn('finished_at', 'bigint')
      .execute();
    await db.schema
      .createIndex('deliveries_by_state')
      .on('deliveries')
      .columns(['state', 'received_at', 'seq'])
      .execute();

    await db.schema
      .createTable('batches')
      .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('repo_json', 'text', (c) => c.notNull())
      .addColumn('pull_number', 'bigint', (c) => c.notNull())
      .addColumn('verb', 'text', (c) => c.notNull())
      .addColumn('head_sha', 'text', (c) => c.notNull())
      .addColumn('base_sha', 'text', (c) => c.notNull())
      .addColumn('tree', 'text')
      .addColumn('actor_json', 'text')
      .addColumn('comment_id', 'bigint')
      .addColumn('affected_json', 'text', (c) => c.notNull())
      .addColumn('selected_json', 'text', (c) => c.notNull())
      .addColumn('skipped_json', 'text', (c) => c.notNull())
      .addColumn('not_taken_json', 'text', (c) => c.notNull())
      .addColumn('left_json', 'text', (c) => c.notNull())
      .addColumn('problem_json', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addUniqueConstraint('batches_one_per_comment', ['repository_id', 'comment_id'])
      .execute();
    await db.schema
      .createIndex('batches_by_pull')
      .on('batches')
      .columns(['repository_id', 'pull_number', 'verb', 'created_at', 'seq'])
      .execute();

    await db.schema
      .createTable('runs')
      .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('batch_id', 'text', (c) => c.notNull())
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('pull_number', 'bigint', (c) => c.notNull())
      .addColumn('project_key', 'text', (c) => c.notNull())
      .addColumn('project_json', 'text', (c) => c.notNull())
      .addColumn('verb', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('head_sha', 'text', (c) => c.notNull())
      .addColumn('base_sha', 'text', (c) => c.notNull())
      .addColumn('tree', 'text', (c) => c.notNull())
      .addColumn('actor_json', 'text')
      .addColumn('extra_json', 'text', (c) => c.notNull())
      .addColumn('plan_run_id', 'text')
      .addColumn('artifact_digest', 'text')
      .addColumn('inputs_digest', 'text')
      .addColumn('plan_digest', 'text')
      .addColumn('tool_version', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('started_at', 'bigint')
      .addColumn('ended_at', 'bigint')
      .addColumn('problem_json', 'text')
      .execute();
    await db.schema.createIndex('runs_by_state').on('runs').columns(['state', 'created_at', 'seq']).execute();
    await db.schema.createIndex('runs_by_batch').on('runs').columns(['batch_id', 'seq']).execute();
    await db.schema
      .createIndex('runs_by_pull')
      .on('runs')
      .columns(['repository_id', 'pull_number', 'state', 'created_at', 'seq'])
      .execute();

    await db.schema
      .createTable('run_texts')
      .addColumn('run_id', 'text', (c) => c.primaryKey().notNull().references('runs.id'))
      .addColumn('output', 'text')
      .addColumn('summary_json', 'text')
      .execute();

    await db.schema
      .createTable('latest_runs')
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('pull_number', 'bigint', (c) => c.notNull())
      .addColumn('project_key', 'text', (c) => c.notNull())
      .addColumn('verb', 'text', (c) => c.notNull())
      .addColumn('run_id', 'text', (c) => c.notNull().references('runs.id'))
      .addColumn('run_created_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('latest_runs_key', ['repository_id', 'pull_number', 'project_key', 'verb'])
      .execute();

    await db.schema
      .createTable('spent_plans')
      .addColumn('plan_run_id', 'text', (c) => c.primaryKey().notNull().references('runs.id'))
      .addColumn('apply_run_id', 'text', (c) => c.unique())
      .addColumn('spent_at', 'bigint', (c) => c.notNull())
      .execute();

    await db.schema
      .createTable('locks')
      .addColumn('project_key', 'text', (c) => c.primaryKey().notNull())
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('pull_number', 'bigint', (c) => c.notNull())
      .addColumn('since', 'bigint', (c) => c.notNull())
      .addColumn('release_at_end', 'integer', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('locks_by_pull')
      .on('locks')
      .columns(['repository_id', 'pull_number'])
      .execute();

    await db.schema
      .createTable('lock_waiters')
      .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('project_key', 'text', (c) => c.notNull())
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('pull_number', 'bigint', (c) => c.notNull())
      .addColumn('since', 'bigint', (c) => c.notNull())
      .addUniqueConstraint('lock_waiters_once', ['project_key', 'repository_id', 'pull_number'])
      .execute();
    await db.schema
      .createIndex('lock_waiters_by_pull')
      .on('lock_waiters')
      .columns(['repository_id', 'pull_number'])
      .execute();

    await db.schema
      .createTable('reports')
      .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('pull_number', 'bigint', (c) => c.notNull())
      .addColumn('thing', 'text', (c) => c.notNull())
      .addColumn('repository_owner', 'text', (c) => c.notNull())
      .addColumn('repository_name', 'text', (c) => c.notNull())
      .addColumn('installation_id', 'bigint', (c) => c.notNull())
      .addColumn('wanted', 'bigint', (c) => c.notNull())
      .addColumn('sent', 'bigint', (c) => c.notNull())
      .addColumn('external_id', 'bigint')
      .addColumn('attempts', 'bigint', (c) => c.notNull())
      .addColumn('due_at', 'bigint', (c) => c.notNull())
      .addColumn('parked', 'text')
      .addColumn('content_json', 'text')
      .addUniqueConstraint('reports_one_per_thing', ['repository_id', 'pull_number', 'thing'])
      .execute();
    // Holds only what waits: thousands of sent things cost the sender nothing.
    await sql`create index reports_waiting on reports (due_at, seq) where parked is null and wanted > sent`.execute(
      db,
    );

    await db.schema
      .createTable('audit_events')
      .addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('actor', 'text')
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('pull_number', 'bigint')
      .addColumn('run_id', 'text')
      .addColumn('facts_json', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('audit_events_by_pull')
      .on('audit_events')
      .columns(['repository_id', 'pull_number', 'seq'])
      .execute();
  },
};
