import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

const nothing = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']);

/**
 * A file below `folder` (absolute) that a tool is said to have written; null where there is none. A link is nothing that the
 * tool wrote, and may lead to any file of the server; a pipe would be waited for for ever.
 */
export const readPlainFile = (folder: string, ...names: readonly string[]): Promise<Buffer | null> =>
  inPlainFile(folder, names, (file) => file.readFile());

/** The same for who does not need all of the file. */
export const inPlainFile = async <T>(
  folder: string,
  names: readonly string[],
  use: (file: FileHandle, size: number) => Promise<T>,
): Promise<T | null> => {
  let path = folder;
  try {
    for (const name of names.slice(0, -1)) {
      path = join(path, name);
      if (!(await lstat(path)).isDirectory()) return null;
    }
    path = join(path, names.at(-1) ?? '');
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      return stat.isFile() ? await use(file, stat.size) : null;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && nothing.has(String(error.code))) return null;
    throw error;
  }
};
