import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What is not there any more, or may not be looked into, counts for nothing. */
const none = () => null;

/** Bytes that a folder takes on the disk, with all that is in it. Links are not followed. */
export const bytesOf = async (folder: string): Promise<number> => {
  let total = 0;
  const open = [folder];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const here = at;
    const entries = (await readdir(here, { withFileTypes: true }).catch(none)) ?? [];
    for (const entry of entries) if (entry.isDirectory()) open.push(join(here, entry.name));
    const files = entries.filter((entry) => !entry.isDirectory());
    const sizes = await Promise.all(files.map((entry) => lstat(join(here, entry.name)).catch(none)));
    for (const size of sizes) total += (size?.blocks ?? 0) * 512;
  }
  return total;
};
