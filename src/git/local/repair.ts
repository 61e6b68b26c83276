import { lstat } from 'node:fs/promises';
import type { TreeId } from '../../domain/ids.ts';
import type { RunGit } from './command.ts';
import type { BytePath, Listing } from './listing.ts';
import { inFolder } from './walk.ts';

/** How many files of a tree are asked for their age. */
const samples = 8;

/**
 * Is the index as young as the files, so that git would have to compare them byte for byte ("racy")?
 * Then it has to be written anew, or each later look at the folder would be slow too.
 */
const isYoung = async (folder: string, index: string, wanted: Listing): Promise<boolean> => {
  const second = (milliseconds: number): number => Math.floor(milliseconds / 1000);
  const written = second((await lstat(index)).mtimeMs);
  const step = Math.max(1, Math.floor(wanted.size / samples));
  let at = 0;
  let asked = 0;
  let young = 0;
  for (const { path, kind } of wanted.values()) {
    at += 1;
    if (at % step !== 0 || kind !== 'file') continue;
    // A file that is gone is no reason: `planCleaning` sees that not all is there.
    const age = await lstat(inFolder(folder, path)).catch(() => null);
    if (age === null) continue;
    asked += 1;
    if (second(age.mtimeMs) >= written) young += 1;
  }
  // A few files that a tool has just written are compared soon enough.
  return young * 2 > asked;
};

/**
 * The quick way for a folder that already holds the tree and was only worked in, which is most
 * checkouts: git's look at the files runs beside our walk over the folder, and only what was touched
 * is written. Null where the whole tree has to be gone through.
 */
export const createRepair = (run: RunGit) => {
  // What we laid out ourselves, since this process started; anything else goes the long way.
  const laid = new Map<string, TreeId>();
  return {
    /** To be called before anything is changed; a checkout that fails half-way is then not known any more. */
    forget: (folder: string): TreeId | null => {
      const tree = laid.get(folder) ?? null;
      laid.delete(folder);
      return tree;
    },
    remember: (folder: string, tree: TreeId): void => {
      laid.set(folder, tree);
    },
    /** The files whose state is not what was laid out; null when that can not be said. */
    touched: async (
      repository: string,
      workTree: { readonly folder: string; readonly index: string },
      wanted: Listing,
    ): Promise<readonly BytePath[] | null> => {
      try {
        if (await isYoung(workTree.folder, workTree.index, wanted)) return null;
        // Looks at times, sizes and inodes, opens no file; submodules are folders to us.
        const args = ['diff-files', '--name-only', '-z', '--ignore-submodules=all'];
        const { stdout } = await run(args, { repository, workTree });
        return stdout.toString('latin1').split('\0').filter(Boolean);
      } catch {
        // No index, no folder, or one that git can not read: laying out does without.
        return null;
      }
    },
    /** Writes these files of the index anew; false when git could not. */
    restore: async (
      repository: string,
      workTree: { readonly folder: string; readonly index: string },
      paths: readonly BytePath[],
    ): Promise<boolean> => {
      if (paths.length === 0) return true;
      const input = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
      const args = ['checkout-index', '--force', '--index', '-z', '--stdin'];
      return await run(args, { repository, workTree, input }).then(
        () => true,
        () => false,
      );
    },
  };
};
