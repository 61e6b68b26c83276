import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';

interface Waiting {
  /** Resolves to what tells the caller, once the whole group is committed. */
  readonly work: (db: Kysely<Tables>) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/** One transaction never holds more than this, so that others get their turn. */
const groupLimit = 256;

export interface GroupCommit {
  /** Resolves after the COMMIT that holds the work; rejects with the whole group when that fails. */
  add<Out>(work: (db: Kysely<Tables>) => Promise<Out>): Promise<Out>;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
}

/**
 * Writes what arrived during one turn of the event loop in one transaction: under load a hundred rows share one wait for the
 * disk, and a single one waits no longer than alone.
 */
export const createGroupCommit = (db: Kysely<Tables>): GroupCommit => {
  let waiting: Waiting[] = [];
  let flushing: Promise<void> | null = null;

  const commit = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const outcomes = await db.transaction().execute(async (trx) => {
        const done: (() => void)[] = [];
        for (const { work } of group) done.push(await work(trx));
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
    add: <Out>(work: (db: Kysely<Tables>) => Promise<Out>) =>
      new Promise<Out>((resolve, reject) => {
        waiting.push({
          work: async (trx) => {
            const out = await work(trx);
            return () => resolve(out);
          },
          reject,
        });
        flushing ??= flush();
      }),
    idle: async () => {
      while (flushing !== null) await flushing;
    },
  };
};
