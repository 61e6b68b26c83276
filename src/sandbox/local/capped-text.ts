import { access, open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import type { LogFiles } from './log-files.ts';

const headBytes = 200_000;
const tailBytes = 800_000;
/** A cut moves to the next line break if one is this near, so that no half of a secret survives the masking. */
const lineReach = 16_384;

const cutAtLastLine = (bytes: Buffer): Buffer => {
  const at = bytes.lastIndexOf(0x0a);
  return at >= bytes.length - lineReach ? bytes.subarray(0, at + 1) : bytes;
};

const cutAtFirstLine = (bytes: Buffer): Buffer => {
  const at = bytes.indexOf(0x0a);
  return at >= 0 && at < lineReach ? bytes.subarray(at + 1) : bytes;
};

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/**
 * Text of a log file without terminal codes, masked; of a long one the first 200 kB and the last 800 kB with the number of bytes
 * left out between them. Holds at most those bytes in memory, however long the file is.
 */
const readCapped = async (path: string, mask: (text: string) => string): Promise<string> => {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (start: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
      return buffer.subarray(0, bytesRead);
    };
    const clean = (bytes: Buffer): string => mask(stripVTControlCharacters(bytes.toString('utf8')));
    if (size <= headBytes + tailBytes) return clean(await read(0, size));
    const head = cutAtLastLine(await read(0, headBytes));
    const tail = cutAtFirstLine(await read(size - tailBytes, tailBytes));
    const left = size - head.length - tail.length;
    return `${clean(head)}… ${grouped(left)} bytes left out …\n${clean(tail)}`;
  } finally {
    await file.close();
  }
};

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};

/**
 * What a step printed, masked and capped: from the log, or from the tool's own files as long as they are there, for then
 * the log is not whole. Empty where nothing is left.
 */
export const readText = async (files: LogFiles, mask: (text: string) => string): Promise<string> => {
  const raw: string[] = [];
  for (const file of [files.out, files.err]) if (await isThere(file)) raw.push(file);
  const from = raw.length > 0 ? raw : [files.log];
  let text = '';
  for (const file of from) text += await readCapped(file, mask).catch(() => '');
  return text;
};
