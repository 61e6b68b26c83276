import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { constants, inflateRawSync } from 'node:zlib';
import type { StateVersion } from '../../domain/plan-summary.ts';
import { inPlainFile } from '../plain-file.ts';

/*
 * A saved plan is a ZIP file, in which `tfstate` is the state that the plan was made from, refreshed, under the serial and lineage
 * that it had: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/plans/planfile/writer.go
 * The plan's JSON has neither. Strangers' code may have written the file: a few kilobytes of it are read, and none is believed
 * to be as long as it says.
 */

/** Without the comment, which Go's writer does not make. https://pkware.cachefly.net/webdocs/APPNOTE/APPNOTE-6.3.9.TXT 4.3.16 */
const endBytes = 22;
const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** A plan holds every file of the configuration: an entry of about a hundred bytes each. */
const directoryUpTo = 8_000_000;
/** Of the packed state; DEFLATE makes at most a thousand times as much of it. */
const readUpTo = 2_048;
const entryName = 'tfstate';

/** Terraform and OpenTofu write these first, in this order. */
const head =
  /^\s*\{\s*"version":\s*4,\s*"terraform_version":\s*"[^"]*",\s*"serial":\s*(\d{1,16}),\s*"lineage":\s*"([\w-]{0,100})"/;

/** What `planFile` (absolute) was made from; null where that cannot be read, as from a plan that is encrypted. */
export const readPlannedState = async (planFile: string): Promise<StateVersion | null> => {
  const text = await inPlainFile(dirname(planFile), [basename(planFile)], headOfState).catch(() => null);
  const [, serial, lineage = ''] = head.exec(text ?? '') ?? [];
  return serial === undefined ? null : { serial: Number(serial), lineage: lineage === '' ? null : lineage };
};

const bytesAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
};

const headOfState = async (file: FileHandle, size: number): Promise<string | null> => {
  if (size < endBytes) return null;
  const end = await bytesAt(file, size - endBytes, endBytes);
  if (end.readUInt32LE(0) !== endSignature) return null;
  const directoryBytes = end.readUInt32LE(12);
  if (directoryBytes > Math.min(size, directoryUpTo)) return null;
  const entry = entryIn(await bytesAt(file, end.readUInt32LE(16), directoryBytes));
  if (entry === null) return null;
  const local = await bytesAt(file, entry.at, 30);
  if (local.readUInt32LE(0) !== localSignature) return null;
  const from = entry.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = await bytesAt(file, from, Math.min(entry.bytes, readUpTo));
  // Of a file that ends in the middle, as it does here, this makes what it can.
  return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8', 0, readUpTo);
};

/** Where the state lies, and how long it is packed. */
const entryIn = (directory: Buffer): { readonly at: number; readonly bytes: number } | null => {
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === entrySignature; ) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    const isDeflated = directory.readUInt16LE(at + 10) === 8;
    if (name === entryName && isDeflated)
      return { at: directory.readUInt32LE(at + 42), bytes: directory.readUInt32LE(at + 20) };
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return null;
};
