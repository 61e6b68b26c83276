import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

const isProgram = async (file: string): Promise<boolean> => {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
};

/**
 * Absolute path of a program in one of the folders of `path`, or null. Entries that are not absolute do not count. A name with a
 * slash is a path already, seen from `cwd`.
 */
export const findProgram = async (name: string, path: string, cwd: string): Promise<string | null> => {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : path
        .split(delimiter)
        .filter((folder) => folder.startsWith('/'))
        .map((folder) => join(folder, name));
  for (const file of candidates) if (await isProgram(file)) return file;
  return null;
};
