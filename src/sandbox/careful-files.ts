import { constants } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../domain/problem.ts';

/** What is said of something that a plan left behind and that no artifact can hold. */
export const unpackable = (path: string, why: string): UserError =>
  new UserError({
    code: 'tool-failed',
    sentence: `The plan left ${JSON.stringify(path)} in the checkout, which can not be kept for the apply: ${why}.`,
    advice: 'Change the configuration so that planning does not leave it there, and plan again.',
  });

/** Of the link itself where it is one; null where nothing is. */
export const statOf = async (path: string) => {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null;
    throw error;
  }
};

/**
 * Reads without following a link that took the file's place, or waiting for a pipe: whatever wrote it may be a stranger's, and
 * could have the server read its own key. Throws UserError `tool-failed`.
 */
export const readNoFollow = async (path: string, limit = Number.POSITIVE_INFINITY): Promise<Buffer> => {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ELOOP' || error.code === 'ENXIO'))
      throw unpackable(basename(path), 'it is neither a file nor a link');
    throw error;
  });
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw unpackable(basename(path), 'it is neither a file nor a link');
    if (facts.size > limit) throw unpackable(basename(path), `it is larger than ${limit} bytes`);
    // So much and no more: what a tool left behind may be writing to it still, for ever.
    const bytes = Buffer.alloc(facts.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
};

const notThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Works with a file by a name that nobody can give another meaning: each folder on the way is opened by itself and never looked
 * up again, so that whatever still runs in the checkout gains nothing by putting a link in its place. Null where there is no
 * such folder.
 */
export const inRealFolder = async <T>(
  checkout: string,
  path: string,
  work: (file: string | null) => Promise<T>,
): Promise<T> => {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  let folder = await open(checkout, flags);
  try {
    for (const name of path.split('/').slice(0, -1)) {
      const next = await open(`/proc/self/fd/${folder.fd}/${name}`, flags).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && notThere.has(String(error.code))) return null;
        throw error;
      });
      if (next === null) return await work(null);
      await folder.close();
      folder = next;
    }
    return await work(`/proc/self/fd/${folder.fd}/${basename(path)}`);
  } finally {
    await folder.close();
  }
};

/** True where every folder on the way to `path` is a real folder, or where `make` made it one. */
export const hasRealFolders = async (checkout: string, path: string, make: boolean): Promise<boolean> => {
  let folder = checkout;
  for (const name of path.split('/').slice(0, -1)) {
    folder = join(folder, name);
    const found = await statOf(folder);
    if (found === null && make) await mkdir(folder);
    else if (found?.isDirectory() !== true) return false;
  }
  return true;
};
