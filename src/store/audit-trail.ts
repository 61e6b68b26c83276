import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { AuditHead } from '../domain/audit-head.ts';
import type { AuditTrail, FoundRow } from '../domain/audit-verify.ts';
import { startRefused } from './start-refused.ts';

/*
 * The audit trail as it lies in the file, for whoever does not take our word for it. Every column is read with its type and byte
 * by byte: what a look through the store would mend or refuse is what is looked for here.
 */

const columns = [
  'seq',
  'at',
  'kind',
  'actor',
  'repository_id',
  'pull_number',
  'run_id',
  'facts_json',
  'hash',
] as const;
type Column = (typeof columns)[number];
type Raw = Readonly<Record<string, SQLOutputValue>>;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A column holds what is never written there. */
class Foreign extends Error {}

const textOf = (raw: Raw, column: Column, type: 'integer' | 'text'): string => {
  const bytes = raw[column];
  if (raw[`${column}_type`] !== type || !(bytes instanceof Uint8Array)) throw new Foreign(column);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Foreign(column);
  }
};

const numberOf = (raw: Raw, column: Column): number => {
  const number = Number(textOf(raw, column, 'integer'));
  if (!Number.isSafeInteger(number)) throw new Foreign(column);
  return number;
};

const orNull = <T>(raw: Raw, column: Column, read: (raw: Raw, column: Column) => T): T | null =>
  raw[`${column}_type`] === 'null' ? null : read(raw, column);

const text = (raw: Raw, column: Column): string => textOf(raw, column, 'text');

const found = (raw: Raw): FoundRow => {
  // It is the key of the table: always an integer, and of what size it is says only the text.
  const seq = Number(textOf(raw, 'seq', 'integer'));
  try {
    const row = {
      seq: numberOf(raw, 'seq'),
      at: numberOf(raw, 'at'),
      kind: text(raw, 'kind'),
      actor: orNull(raw, 'actor', text),
      repositoryId: numberOf(raw, 'repository_id'),
      pullNumber: orNull(raw, 'pull_number', numberOf),
      runId: orNull(raw, 'run_id', text),
      facts: text(raw, 'facts_json'),
    };
    return { seq, hash: text(raw, 'hash'), row };
  } catch (error) {
    if (error instanceof Foreign) return { seq, hash: '', row: null };
    throw error;
  }
};

const selected = columns.map((one) => `cast(${one} as blob) as ${one}, typeof(${one}) as ${one}_type`);
// With the table's name: `seq` alone would be the bytes, which sort as text.
const everyRow = `select ${selected.join(', ')} from audit_events order by audit_events.seq`;

const headOf = (database: DatabaseSync): AuditHead | null => {
  const row = database
    .prepare('select cast(seq as text) as seq, hash, signature from audit_head where one = 1')
    .get();
  if (row === undefined) return null;
  const { hash, signature } = row;
  return {
    seq: Number(row['seq']),
    hash: typeof hash === 'string' ? hash : '',
    signature: typeof signature === 'string' ? signature : null,
  };
};

const hasChain = (database: DatabaseSync): boolean =>
  database.prepare("select 1 from sqlite_schema where type = 'table' and name = 'audit_head'").get() !==
  undefined;

/**
 * Reads the trail as it stands at one moment, beside a server or without one: no row is locked for it, and none changed.
 * Throws UserError `cannot-start` where there is no database, or one of a version that had no chain.
 *
 * @param path of the database file
 */
export const withAuditTrail = async <T>(
  path: string,
  work: (trail: AuditTrail) => Promise<T>,
): Promise<T> => {
  if (!existsSync(path))
    throw startRefused(
      `There is no database \`${path}\`.`,
      'Name the data folder of the server with `TIDEGATE_DATA_DIR`.',
    );
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    if (!hasChain(database))
      throw startRefused(
        `The audit trail in \`${path}\` was written by a version that did not chain it.`,
        'Start this version of the server on it once: it chains what is there.',
      );
    // Head and rows of the same moment: a server may be at work.
    database.exec('begin');
    const head = headOf(database);
    const rows = function* (): Generator<FoundRow> {
      for (const raw of database.prepare(everyRow).iterate()) yield found(raw);
    };
    return await work({ head, rows });
  } finally {
    database.close();
  }
};
