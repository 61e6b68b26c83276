import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { inPlainFile } from './plain-file.ts';
import type { Written } from './port.ts';

/** A larger one is waited for: it would be read twice. In bytes. */
const largest = 64 * 1024 * 1024;

/** The end of a zip archive without a comment: it says where the list before it begins, and how long that is. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16 */
const endBytes = 22;
const endSignature = 0x06_05_4b_50;

const isWhole = (bytes: Buffer): boolean => {
  const at = bytes.length - endBytes;
  if (at < 0 || bytes.readUInt32LE(at) !== endSignature) return false;
  return bytes.readUInt32LE(at + 12) + bytes.readUInt32LE(at + 16) === at;
};

/** Of a whole archive; null for anything else, and where it cannot be read. */
const digestOf = async (file: string): Promise<string | null> => {
  try {
    return await inPlainFile(dirname(file), [basename(file)], async (handle, size) => {
      if (size > largest) return null;
      const bytes = await handle.readFile();
      return isWhole(bytes) ? createHash('sha256').update(bytes).digest('hex') : null;
    });
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
        const digest = await digestOf(file);
        if (digest !== null) return end({ isUnchanged: async () => (await digestOf(file)) === digest });
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
