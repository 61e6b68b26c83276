import { chmodSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { createMutex } from './mutex.ts';

export interface NodeSqliteOptions {
  /** File, or `:memory:`. */
  readonly path: string;
  /** Called before a connection is taken; throws where that would wait for ever. */
  readonly beforeAcquire: () => void;
}

/**
 * How long SQLite itself waits for a lock of another connection, in milliseconds. It blocks the event loop
 * meanwhile, and the holder may need that loop to go on, so it is short and `whenFree` asks again.
 */
const busyTimeoutMs = 25;
const busyAttempts = 200;

/** Enough for every statement of this room; lists of differing lengths make a few more. */
const keptStatements = 200;

/** https://sqlite.org/rescode.html#busy, in the low byte of every extended code. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  (error.errcode & 0xff) === 5;

/** Asks again, for about five seconds, while another connection writes. A refused statement has changed nothing. */
const whenFree = async <T>(work: () => T): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || attempt === busyAttempts) throw error;
      await nextTurn();
    }
  }
};

const openDatabase = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    // Before the first page is written: the log files beside it get the same mode. Never by a handle of our own, for closing
    // that would drop SQLite's locks on the file (https://sqlite.org/howtocorrupt.html, 2.2).
    if (path !== ':memory:') chmodSync(path, 0o600);
    // FULL: a commit is on the disk before it is acknowledged (promise 2); NORMAL would lose the last ones on power loss.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
};

interface Prepared {
  readonly statement: StatementSync;
  readonly reads: boolean;
}

/** Preparing costs more than running most of our statements; the least recently used one goes first. */
const createStatements = (database: DatabaseSync) => {
  const kept = new Map<string, Prepared>();
  return (sql: string): Prepared => {
    const found = kept.get(sql);
    if (found !== undefined) {
      kept.delete(sql);
      kept.set(sql, found);
      return found;
    }
    const statement = database.prepare(sql);
    const prepared = { statement, reads: statement.columns().length > 0 };
    kept.set(sql, prepared);
    const oldest = kept.keys().next();
    if (kept.size > keptStatements && !oldest.done) kept.delete(oldest.value);
    return prepared;
  };
};

const toInput = (value: unknown): SQLInputValue => {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint') {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`a ${typeof value} cannot be bound to a statement`);
};

/** One turn with the database: from taking the mutex to giving it back. */
class Turn implements DatabaseConnection {
  readonly #prepare: (sql: string) => Prepared;
  readonly release: () => void;
  #inTransaction = false;

  constructor(prepare: (sql: string) => Prepared, release: () => void) {
    this.#prepare = prepare;
    this.release = release;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const run = (): QueryResult<R> => {
      const { statement, reads } = this.#prepare(sql);
      const inputs = parameters.map(toInput);
      // The row type is kysely's promise to its caller; every row is checked by the files that read them.
      if (reads) return { rows: statement.all(...inputs) as R[] };
      const { changes, lastInsertRowid } = statement.run(...inputs);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    };
    return this.#inTransaction ? run() : await whenFree(run);
  }

  // biome-ignore lint/correctness/useYield: there is nothing to yield, kysely asks for the method
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not supported');
  }

  async begin(): Promise<void> {
    // IMMEDIATE takes the write lock at once: a transaction that read first and wrote later could be refused
    // half way, and no waiting would help (SQLITE_BUSY_SNAPSHOT).
    await whenFree(() => this.#prepare('BEGIN IMMEDIATE').statement.run());
    this.#inTransaction = true;
  }

  end(how: 'COMMIT' | 'ROLLBACK'): void {
    this.#prepare(how).statement.run();
    this.#inTransaction = false;
  }
}

class NodeSqliteDriver implements Driver {
  readonly #options: NodeSqliteOptions;
  readonly #mutex = createMutex();
  readonly #turns = new WeakMap<DatabaseConnection, Turn>();
  #database: DatabaseSync | null = null;
  #prepare: ((sql: string) => Prepared) | null = null;

  constructor(options: NodeSqliteOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    const database = await whenFree(() => openDatabase(this.#options.path));
    this.#database = database;
    this.#prepare = createStatements(database);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    this.#options.beforeAcquire();
    const release = await this.#mutex.take();
    if (this.#prepare === null) {
      release();
      throw new Error('the database is closed');
    }
    const turn = new Turn(this.#prepare, release);
    this.#turns.set(turn, turn);
    return turn;
  }

  #turn(connection: DatabaseConnection): Turn {
    const turn = this.#turns.get(connection);
    if (turn === undefined) throw new Error('a connection of another database');
    return turn;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#turn(connection).begin();
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    this.#turn(connection).end('COMMIT');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Some errors (disk full, for one) roll back by themselves; a second ROLLBACK would hide the first error.
    if (this.#database?.isTransaction) this.#turn(connection).end('ROLLBACK');
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#turn(connection).release();
  }

  async destroy(): Promise<void> {
    const release = await this.#mutex.take();
    this.#prepare = null;
    this.#database?.close();
    this.#database = null;
    release();
  }
}

/** Kysely serialises single-connection databases itself, but wakes every waiter for each free turn; ours is a line. */
class NodeSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/**
 * Kysely over `node:sqlite`: one connection, WAL, `synchronous=FULL`, foreign keys. Statements outside a
 * transaction wait while one is open, in the order in which they came.
 */
export const createNodeSqliteDialect = (options: NodeSqliteOptions): Dialect => ({
  createAdapter: () => new NodeSqliteAdapter(),
  createDriver: () => new NodeSqliteDriver(options),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});
