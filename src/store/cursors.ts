import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Cursors } from './port.ts';
import type { Tables } from './schema.ts';
import { json, readRow } from './stored-json.ts';

const cursor = z.object({ value_json: json(z.unknown()) });

export const createCursors = (db: Kysely<Tables>): Cursors => ({
  get: async (name) => {
    const row = await db
      .selectFrom('cursors')
      .select('value_json')
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? null : readRow(cursor, 'cursors', row).value_json;
  },
  set: async (name, value) => {
    const value_json = JSON.stringify(value);
    await db
      .insertInto('cursors')
      .values({ name, value_json })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value_json }))
      .execute();
  },
});
