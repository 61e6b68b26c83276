import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BytePath, type Listing, toText } from './listing.ts';

/** Two paths of a tree that a disk which folds names takes for one; null where all are apart. */
export const twinsOf = (wanted: Listing): readonly [BytePath, BytePath] | null => {
  const seen = new Map<string, BytePath>();
  for (const path of wanted.keys()) {
    const folded = toText(path).normalize('NFC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined) return [other, path];
    seen.set(folded, path);
  }
  return null;
};

/** Does the disk take names for one that differ in case, or in how they write the same letter? */
const probe = async (folder: string): Promise<boolean> => {
  const place = await mkdtemp(join(folder, '.folding-'));
  try {
    await writeFile(join(place, 'caf\u00e9-a'), '');
    const others = ['CAF\u00c9-A', 'cafe\u0301-a'].map((name) =>
      stat(join(place, name)).then(
        () => true,
        () => false,
      ),
    );
    return (await Promise.all(others)).includes(true);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
};

/** Asks once for each disk. */
export const createFolding = (): ((folder: string) => Promise<boolean>) => {
  const known = new Map<number, Promise<boolean>>();
  return async (folder) => {
    const above = dirname(folder);
    await mkdir(above, { recursive: true });
    const { dev } = await stat(above);
    const asked = known.get(dev) ?? probe(above);
    known.set(dev, asked);
    asked.catch(() => known.delete(dev));
    return asked;
  };
};
