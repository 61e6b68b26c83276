import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file that has no name, and never had one while anything was in it: what it holds can be read through its descriptor
 * alone, as often as one likes. A pipe would be empty once the first of git's processes has read it.
 * Synchronous, so that nothing comes between its name and the end of that; in memory it takes microseconds.
 * @param folder absolute; made when missing. What a crash leaves in it is an empty file
 */
export const openHidden = (folder: string, text: string): number => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${randomUUID()}.fresh`);
  const file = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
    writeSync(file, text);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
};
