import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';

const checksumBytes = 20;

/**
 * Removes an index that is not what git wrote: cut off, it is read as one in which no file has changed. Git itself does not look at
 * the checksum in its end. https://git-scm.com/docs/index-format
 */
export const removeBrokenIndex = async (index: string): Promise<void> => {
  const bytes = await readFile(index).catch(() => null);
  if (bytes === null) return;
  const content = bytes.subarray(0, -checksumBytes);
  const isWhole = createHash('sha1').update(content).digest().equals(bytes.subarray(-checksumBytes));
  if (!isWhole) await rm(index, { force: true });
};
