import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { saysDiskFull } from '../domain/disk-full.ts';
import type { Tables } from './schema.ts';
import { startRefused } from './start-refused.ts';
import { integer } from './stored-json.ts';

const checkpoint = z.tuple([z.object({ busy: z.literal(0) })]);
const sizes = z.tuple([z.object({ pages: integer, size: integer })]);

/** https://sqlite.org/rescode.html: CORRUPT and NOTADB, in the low byte of every extended code. */
const saysDamaged = (error: unknown): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  [11, 26].includes(error.errcode & 0xff);

const damaged = (path: string, why: string, cause?: unknown) =>
  startRefused(
    `The database \`${path}\` is damaged: ${why}.`,
    'Stop, and keep a copy of the data folder as it is. Then restore the database from a backup, or move it and the files beside it away: the server starts with an empty one, and knows nothing of earlier plans, locks and applies. Look at every lock and every apply that was under way by hand.',
    cause,
  );

/** Does a piece of opening a database; for one that is damaged throws UserError `cannot-start`. */
export const orDamaged = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (saysDamaged(error))
      throw damaged(path, error instanceof Error ? error.message : String(error), error);
    throw error;
  }
};

/**
 * Finds a database that lost its end, for the price of a checkpoint: SQLite would only notice when it comes to a page
 * that is not there. A full check reads every page, which takes longer with every past run.
 * @param bytes size of the file, asked for after the log was written back to it
 */
export const refuseCutOff = async (
  db: Kysely<Tables>,
  path: string,
  bytes: () => Promise<number>,
): Promise<void> => {
  const written = await sql`pragma wal_checkpoint(truncate)`.execute(db).catch((error: unknown) => {
    // Without room it stays in the log, and the server may start and wait.
    if (saysDiskFull(error)) return { rows: [] };
    throw error;
  });
  // What is still in the log, for somebody else reads it, is missing in the file and not lost.
  if (!checkpoint.safeParse(written.rows).success) return;
  const { rows } =
    await sql`select page_count as pages, page_size as size from pragma_page_count, pragma_page_size`.execute(
      db,
    );
  const [{ pages, size }] = sizes.parse(rows);
  const there = await bytes();
  if (there < pages * size) throw damaged(path, `it holds ${there} of ${pages * size} bytes`);
};
