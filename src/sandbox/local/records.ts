import { createHmac, timingSafeEqual } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepResult } from '../port.ts';
import { isIdentity, type ProcessIdentity } from './identity.ts';

/** Who hosts the run. */
export interface HostRecord {
  readonly runId: string;
  readonly host: ProcessIdentity;
}

/** The step that mutates: written before its tool starts, and again when the tool's identity is known. */
export interface StepRecord {
  readonly runId: string;
  /** Counts the run's steps from 1. */
  readonly number: number;
  readonly step: string;
  /** Null from the intent to the start. */
  readonly tool: ProcessIdentity | null;
  /** It got its one SIGINT already; another would make terraform drop what it began. */
  readonly interrupted: boolean;
  /** Values that only this run knows, sealed: what the tool says after its host died has to be masked as well. */
  readonly secrets: string;
}

/** How the tool ended. */
export interface ExitRecord {
  readonly runId: string;
  readonly number: number;
  readonly step: string;
  readonly ended: StepResult['ended'];
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface Records {
  readonly host: HostRecord;
  readonly step: StepRecord;
  readonly exit: ExitRecord;
}

export type RecordName = keyof Records;

const endings: readonly unknown[] = [
  'exit',
  'signal',
  'timeout',
  'cancelled',
  'not-found',
] satisfies readonly StepResult['ended'][];

type Fields = Readonly<Record<string, unknown>>;

const isWhole = (value: unknown): boolean => Number.isInteger(value);
const isText = (value: unknown): boolean => typeof value === 'string';

const checks: { readonly [Name in RecordName]: (fields: Fields) => boolean } = {
  host: (fields) => isIdentity(fields['host']),
  step: (fields) =>
    isWhole(fields['number']) &&
    isText(fields['step']) &&
    (fields['tool'] === null || isIdentity(fields['tool'])) &&
    typeof fields['interrupted'] === 'boolean' &&
    isText(fields['secrets']),
  exit: (fields) =>
    isWhole(fields['number']) &&
    isText(fields['step']) &&
    endings.includes(fields['ended']) &&
    (fields['exitCode'] === null || isWhole(fields['exitCode'])) &&
    (fields['signal'] === null || isText(fields['signal'])) &&
    isWhole(fields['at']),
};

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const macOf = (key: Uint8Array, name: RecordName, body: string): Buffer =>
  createHmac('sha256', key).update(`tidegate ${name} record 1\n${body}`).digest();

/** The record's text; its mark says which record it is, so that none can stand for another. */
export const seal = <Name extends RecordName>(key: Uint8Array, name: Name, record: Records[Name]): string => {
  const body = JSON.stringify(record);
  return `${JSON.stringify({ body, mac: macOf(key, name, body).toString('hex') })}\n`;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Null for what is torn, does not carry our mark, or is of another run. */
const unseal = <Name extends RecordName>(
  key: Uint8Array,
  name: Name,
  runId: string,
  text: string,
): Records[Name] | null => {
  const outer = parse(text);
  if (!isFields(outer)) return null;
  const { body, mac } = outer;
  if (typeof body !== 'string' || typeof mac !== 'string') return null;
  const given = Buffer.from(mac, 'hex');
  const right = macOf(key, name, body);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  const fields = parse(body);
  const isRecord = (value: unknown): value is Records[Name] =>
    isFields(value) && value['runId'] === runId && checks[name](value);
  return isRecord(fields) ? fields : null;
};

/** Null as well when there is none. */
export const readRecord = async <Name extends RecordName>(
  folder: string,
  name: Name,
  by: { readonly key: Uint8Array; readonly runId: string },
): Promise<Records[Name] | null> => {
  const text = await readFile(join(folder, `${name}.json`), 'utf8').catch(() => null);
  return text === null ? null : unseal(by.key, name, by.runId, text);
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Larger than any exit record. */
const reserved = 4096;

export interface ReservedRecord {
  /** The record is there whole when this resolves, and not at all before. May be tried again when it throws. */
  write(text: string): Promise<void>;
}

/** Takes the room for a record before it is needed: a disk that fills up later can not lose it. */
export const reserveRecord = async (folder: string, name: RecordName): Promise<ReservedRecord> => {
  const temporary = join(folder, `${name}.json.new`);
  const put = async (text: string): Promise<void> => {
    const file = await open(temporary, 'r+').catch(() => open(temporary, 'w', 0o600));
    try {
      // Spaces after the JSON are still JSON, and what is overwritten in place needs no new room.
      await file.write(text.padEnd(reserved), 0);
      await file.sync();
    } finally {
      await file.close();
    }
  };
  await put('');
  return {
    write: async (text) => {
      await put(text);
      await rename(temporary, join(folder, `${name}.json`));
      await syncFolder(folder);
    },
  };
};

/** The old record or the new one is there, whole, whatever happens meanwhile. */
export const writeRecord = async <Name extends RecordName>(
  folder: string,
  name: Name,
  key: Uint8Array,
  record: Records[Name],
): Promise<void> => {
  const temporary = join(folder, `${name}.json.new`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(seal(key, name, record));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, `${name}.json`));
  await syncFolder(folder);
};
