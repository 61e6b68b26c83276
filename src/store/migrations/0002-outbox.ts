import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

/** What the sender of reports needs to put what is urgent first, to send nothing twice, and to keep its pace across a restart. */
export const outbox: Migration = {
  name: '0002-outbox',
  up: async (db) => {
    const add = (column: string, definition: string) =>
      sql.raw(`alter table reports add column ${column} ${definition}`).execute(db);
    // 2 is `plan` in domain/report-priority.ts.
    await add('priority', 'bigint not null default 2');
    await add('since', 'bigint not null default 0');
    await add('taken', 'bigint not null default 0');
    await add('told_at', 'bigint');
    await add('early', 'integer not null default 0');
    await add('digest', 'text');
    await add('refused_bytes', 'bigint');
    await db.updateTable('reports').set({ since: sql<number>`due_at` }).execute();

    await db.schema
      .createTable('forge_writes')
      .addColumn('installation_id', 'bigint', (c) => c.notNull())
      .addColumn('minute_at', 'bigint', (c) => c.notNull())
      .addColumn('writes', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('forge_writes_key', ['installation_id', 'minute_at'])
      .execute();
  },
};
