import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

const nothing = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']);

/**
 * A file below `folder` (absolute) that a tool is said to have written; null where there is none. A link is nothing that the
 * tool wrote, and may lead to any file of the server; a pipe would be waited for for ever.
 */
export const readPlainFile = async (folder: string, ...names: readonly string[]): Promise<Buffer | null> => {
  let path = folder;
  try {
    for (const name of names.slice(0, -1)) {
      path = join(path, name);
      if (!(await lstat(path)).isDirectory()) return null;
    }
    path = join(path, names.at(-1) ?? '');
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return (await file.stat()).isFile() ? await file.readFile() : null;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && nothing.has(String(error.code))) return null;
    throw error;
  }
};
