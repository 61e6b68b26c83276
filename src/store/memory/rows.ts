/** A table: rows by key, in the order in which they were added. A row that is changed keeps its place. */
export interface Rows<Key, Row> {
  get(key: Key): Row | undefined;
  has(key: Key): boolean;
  set(key: Key, row: Row): void;
  delete(key: Key): boolean;
  values(): Iterable<Row>;
  size(): number;
}

export interface Database {
  table<Key, Row>(): Rows<Key, Row>;
  /** From now on changes are kept so that they can be taken back. */
  begin(): void;
  commit(): void;
  rollback(): void;
}

/** Tables that change together or not at all. Rows are never changed in place, so a copy of a table is one of its rows' names. */
export const createDatabase = (): Database => {
  /** What puts each table that was changed since `begin` back as it was; null outside of a transaction. */
  let restores: Map<object, () => void> | null = null;
  return {
    table: <Key, Row>(): Rows<Key, Row> => {
      let rows = new Map<Key, Row>();
      const itself = {};
      const changing = (): void => {
        if (restores === null || restores.has(itself)) return;
        const before = new Map(rows);
        restores.set(itself, () => {
          rows = before;
        });
      };
      return {
        get: (key) => rows.get(key),
        has: (key) => rows.has(key),
        set: (key, row) => {
          changing();
          rows.set(key, row);
        },
        delete: (key) => {
          changing();
          return rows.delete(key);
        },
        values: () => rows.values(),
        size: () => rows.size,
      };
    },
    begin: () => {
      restores = new Map();
    },
    commit: () => {
      restores = null;
    },
    rollback: () => {
      for (const restore of restores?.values() ?? []) restore();
      restores = null;
    },
  };
};
