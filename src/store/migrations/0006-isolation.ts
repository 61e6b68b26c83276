import type { Migration } from '../migration.ts';

/** What a run's tools were kept apart by; nobody wrote it down before. */
export const isolation: Migration = {
  name: '0006-isolation',
  up: async (db) => {
    await db.schema.alterTable('runs').addColumn('isolation', 'text').execute();
  },
};
