import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { inPlainFile } from './plain-file.ts';
import type { Written } from './port.ts';

/** A larger one is waited for. In bytes. */
const largest = 64 * 1024 * 1024;
const biteBytes = 1024 * 1024;

/** The end of a zip archive without a comment: it says where the list before it begins, and how long that is. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16 */
const endBytes = 22;
const endSignature = 0x06_05_4b_50;

/** All of `bytes`, from `at` on. A stranger's code may be writing the file: no more is read than there is room for. */
const filled = async (file: FileHandle, bytes: Buffer, at: number): Promise<boolean> =>
  (await file.read(bytes, 0, bytes.length, at)).bytesRead === bytes.length;

const isWhole = async (file: FileHandle, size: number): Promise<boolean> => {
  const end = Buffer.alloc(endBytes);
  const at = size - endBytes;
  if (at < 0 || size > largest || !(await filled(file, end, at))) return false;
  return end.readUInt32LE(0) === endSignature && end.readUInt32LE(12) + end.readUInt32LE(16) === at;
};

const digestOf = async (file: FileHandle, size: number): Promise<string | null> => {
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += biteBytes) {
    const bite = Buffer.allocUnsafe(Math.min(biteBytes, size - at));
    if (!(await filled(file, bite, at))) return null;
    hash.update(bite);
  }
  return hash.digest('hex');
};

/** Of a whole archive. `changing`: it was one, and is another file by now. Null: anything else, and what cannot be read. */
const lookAt = async (path: string): Promise<string | 'changing' | null> => {
  try {
    return await inPlainFile(dirname(path), [basename(path)], async (file, size) =>
      (await isWhole(file, size)) ? ((await digestOf(file, size)) ?? 'changing') : null,
    );
  } catch {
    return null;
  }
};

/**
 * Resolves as soon as somebody has written a whole zip archive to `file`, whose folder is there; null: `signal` fired before. What
 * lies there already is passed over until it is written anew. Never rejects.
 */
export const whenWritten = (file: string, signal: AbortSignal): Promise<Written | null> =>
  new Promise((resolve) => {
    const over = new AbortController();
    const end = (written: Written | null): void => {
      signal.removeEventListener('abort', onAbort);
      over.abort();
      resolve(written);
    };
    const onAbort = (): void => end(null);
    if (signal.aborted) return resolve(null);
    signal.addEventListener('abort', onAbort);
    let looking = false;
    let again = false;
    const look = async (): Promise<void> => {
      again = true;
      if (looking) return;
      looking = true;
      while (again && !over.signal.aborted) {
        again = false;
        const digest = await lookAt(file);
        // Whoever does so to a plan could have all of it read again and again.
        if (digest === 'changing') return end(null);
        if (digest !== null) return end({ isUnchanged: async () => (await lookAt(file)) === digest });
      }
      looking = false;
    };
    try {
      watch(dirname(file), { signal: over.signal, persistent: false }, (_event, name) => {
        if (name === null || name === basename(file)) void look();
      }).on('error', () => undefined);
    } catch {
      // No more of them to be had from the system: it is waited for the writer.
    }
  });
