import type { Store, StoreTables } from '../../src/store/port.ts';

type Call = (...args: unknown[]) => Promise<unknown>;
type Table = Readonly<Record<string, Call>>;

/** Methods that only read what their own table holds. Everything else is a write to it; of a table that is not here, to all. */
const reads: Readonly<Record<string, ReadonlySet<string>>> = {
  deliveries: new Set(['pending']),
  batches: new Set(['get', 'latest']),
  runs: new Set(['get', 'latest', 'inState', 'ofPull', 'ofBatch', 'counts']),
  locks: new Set(['get', 'ofPull', 'all', 'waiters', 'waitsOf', 'counts']),
  reports: new Set(['get', 'nextDue', 'due', 'heads', 'waitingOf', 'parkedOf']),
  audit: new Set(['ofPull']),
  sightings: new Set(['get', 'open']),
  cursors: new Set(['get']),
};

const tablesOf = (store: object): readonly (readonly [string, Table])[] =>
  Object.entries(store).filter((entry): entry is [string, Table] => typeof entry[1] === 'object');

const keyOf = (method: string, args: readonly unknown[]): string =>
  `${method} ${JSON.stringify(args, (_, value: unknown) => (value instanceof Set ? [...value] : value))}`;

/**
 * A store that remembers what it read until something is written to the same table: a story asks the
 * same thing twenty times between two writes, and each answer costs a statement.
 */
export const createQuickStore = (store: Store): Store => {
  const known = new Map<string, Map<string, Promise<unknown>>>();
  const forget = (table: string): void => {
    if (reads[table] === undefined) known.clear();
    else known.delete(table);
  };

  const quick = (table: string, of: Table): Table =>
    Object.fromEntries(
      Object.entries(of).map(([method, call]) => [
        method,
        reads[table]?.has(method) !== true
          ? async (...args: unknown[]) => {
              try {
                return await call(...args);
              } finally {
                forget(table);
              }
            }
          : (...args: unknown[]) => {
              const kept = known.get(table) ?? new Map<string, Promise<unknown>>();
              known.set(table, kept);
              const key = keyOf(method, args);
              const before = kept.get(key);
              if (before !== undefined) return before;
              const answer = call(...args);
              kept.set(key, answer);
              return answer;
            },
      ]),
    );

  return {
    ...store,
    ...(Object.fromEntries(
      tablesOf(store).map(([name, table]) => [name, quick(name, table)]),
    ) as unknown as StoreTables),
    transact: async (work) => {
      const touched = new Set<string>();
      // Inside, nothing is remembered: it may be rolled back.
      const watched = (tables: StoreTables): StoreTables =>
        Object.fromEntries(
          tablesOf(tables).map(([name, table]) => [
            name,
            Object.fromEntries(
              Object.entries(table).map(([method, call]) => [
                method,
                (...args: unknown[]) => {
                  if (reads[name]?.has(method) !== true) touched.add(name);
                  return call(...args);
                },
              ]),
            ),
          ]),
        ) as unknown as StoreTables;
      try {
        return await store.transact((tables) => work(watched(tables)));
      } finally {
        for (const table of touched) forget(table);
      }
    },
  };
};
