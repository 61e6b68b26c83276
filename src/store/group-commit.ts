import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

interface Waiting<In, Out> {
  readonly row: In;
  readonly resolve: (out: Out) => void;
  readonly reject: (error: unknown) => void;
}

/** One transaction never holds more than this, so that others get their turn. */
const groupLimit = 256;

export interface GroupCommit<In, Out> {
  /** Resolves after the COMMIT that holds the row; rejects with the whole group when that fails. */
  add(row: In): Promise<Out>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

/**
 * Writes what arrived during one turn of the event loop in one transaction: under load a hundred rows share one wait for the
 * disk, and a single one waits no longer than alone.
 */
export const createGroupCommit = <In, Out>(
  db: Kysely<Tables>,
  write: (db: Kysely<Tables>, row: In) => Promise<Out>,
): GroupCommit<In, Out> => {
  let waiting: Waiting<In, Out>[] = [];
  let flushing: Promise<void> | null = null;

  const commit = async (group: readonly Waiting<In, Out>[]): Promise<void> => {
    try {
      const outcomes = await db.transaction().execute(async (trx) => {
        const done: (() => void)[] = [];
        for (const { row, resolve } of group) {
          const out = await write(trx, row);
          done.push(() => resolve(out));
        }
        return done;
      });
      for (const done of outcomes) done();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      await nextTurn();
      const group = waiting.slice(0, groupLimit);
      waiting = waiting.slice(groupLimit);
      await commit(group);
    }
    flushing = null;
  };

  return {
    add: (row) =>
      new Promise<Out>((resolve, reject) => {
        waiting.push({ row, resolve, reject });
        flushing ??= flush();
      }),
    idle: async () => {
      while (flushing !== null) await flushing;
    },
  };
};
