import { type Kysely, sql } from 'kysely';
import type { Migration } from '../migration.ts';
import type { Tables } from '../schema.ts';

/** What the sweep needs: how far it came, what pull requests looked like when they were followed, and whose a delivery is. */
export const sweep: Migration = {
  name: '0003-sweep',
  up: async (db) => {
    await db.schema
      .createTable('cursors')
      .addColumn('name', 'text', (c) => c.primaryKey().notNull())
      .addColumn('value_json', 'text', (c) => c.notNull())
      .execute();

    await db.schema
      .createTable('sightings')
      .addColumn('repository_id', 'bigint', (c) => c.notNull())
      .addColumn('pull_number', 'bigint', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('head_sha', 'text', (c) => c.notNull())
      .addColumn('base_ref', 'text', (c) => c.notNull())
      .addColumn('draft', 'integer', (c) => c.notNull())
      .addColumn('revision', 'bigint', (c) => c.notNull())
      .addColumn('seen_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('sightings_key', ['repository_id', 'pull_number'])
      .execute();
    await db.schema
      .createIndex('sightings_by_state')
      .on('sightings')
      .columns(['repository_id', 'state'])
      .execute();

    await db.schema
      .createIndex('sightings_by_time')
      .on('sightings')
      .columns(['repository_id', 'seen_at'])
      .execute();

    await db.schema.alterTable('deliveries').addColumn('repository_id', 'bigint').execute();
    await db.schema.alterTable('deliveries').addColumn('pull_number', 'bigint').execute();
    await db.schema.alterTable('deliveries').addColumn('comment_id', 'bigint').execute();
    await nameSubjects(db);
    await sql`create unique index deliveries_one_per_comment on deliveries (repository_id, comment_id) where comment_id is not null`.execute(
      db,
    );
    await db.schema
      .createIndex('deliveries_by_pull')
      .on('deliveries')
      .columns(['repository_id', 'pull_number', 'state', 'received_at'])
      .execute();
  },
};

interface Subject {
  readonly pull?: { readonly repo?: { readonly id?: number }; readonly number?: number };
  readonly commentId?: number;
}

/** Of two old deliveries of one comment only the first keeps its name: the index takes no second. */
const nameSubjects = async (db: Kysely<Tables>): Promise<void> => {
  const rows = await db
    .selectFrom('deliveries')
    .select(['seq', 'trigger_json'])
    .where('trigger_json', 'is not', null)
    .orderBy('seq')
    .execute();
  const named = new Set<string>();
  for (const row of rows) {
    const { pull, commentId }: Subject = JSON.parse(row.trigger_json ?? '{}');
    const comment = `${pull?.repo?.id}/${commentId}`;
    const isFirst = commentId !== undefined && !named.has(comment);
    named.add(comment);
    await db
      .updateTable('deliveries')
      .set({
        repository_id: pull?.repo?.id ?? null,
        pull_number: pull?.number ?? null,
        comment_id: isFirst ? commentId : null,
      })
      .where('seq', '=', row.seq)
      .execute();
  }
};
