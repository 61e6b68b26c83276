import { readFile, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { secretsInFile } from './given-values.ts';

/** Larger ones hold something else. */
const largest = 64 * 1024;

/** What a mask has to know of the files that variables name and tools read. One that cannot be read is no secret of ours. */
export const secretsInFiles = async (values: readonly string[]): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const file of values.filter((value) => isAbsolute(value))) {
    const facts = await stat(file).catch(() => null);
    if (facts === null || !facts.isFile() || facts.size > largest) continue;
    found.push(...secretsInFile(await readFile(file, 'utf8').catch(() => '')));
  }
  return found;
};
