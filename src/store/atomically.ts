import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

/** Several statements that hold together: in the transaction that is open, or in one of their own. */
export const atomically = <T>(db: Kysely<Tables>, work: (db: Kysely<Tables>) => Promise<T>): Promise<T> =>
  db.isTransaction ? work(db) : db.transaction().execute(work);
