import { lstat, mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TreeId } from '../../domain/ids.ts';
import type { Log } from '../../observe/log.ts';
import { indexOf } from './checkout.ts';

/**
 * A laid-out tree kept ready for the next new folder of a repository. Laying out ten thousand files
 * is nearly all creating them; a folder that is there already is renamed into place, and only what
 * differs is written. Costs the disk space of one more checkout per repository.
 */
export interface Spares {
  /** Moves the spare, if there is one, to where nothing is yet. It still has to be checked out. */
  take(repository: string, folder: string): Promise<void>;
  /** Makes a spare in the background, unless there is one. */
  make(repository: string, tree: TreeId): void;
  /** Removes the spare, and what an ended process left of one. False, with nothing done, while one is made. */
  drop(repository: string): Promise<boolean>;
  /** When all background work has ended. */
  settled(): Promise<void>;
}

export const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Removes what a checkout would be made of. */
const discard = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await rm(indexOf(folder), { force: true });
};

/** @param layOut writes a tree into a new folder, with its index beside it */
export const createSpares = (
  layOut: (repository: string, tree: TreeId, folder: string) => Promise<void>,
  log: Log,
): Spares => {
  const making = new Map<string, Promise<void>>();

  const build = async (repository: string, tree: TreeId): Promise<void> => {
    const spare = `${repository}.spare`;
    if (await exists(spare)) return;
    const fresh = `${spare}.fresh`;
    try {
      await discard(fresh);
      await layOut(repository, tree, fresh);
      // Git compares the bytes of every file that is as young as the index ("racy"), as an edit in the
      // same second could not be seen otherwise. Nobody edits a spare, and whoever takes it writes the
      // index anew before a tool runs, so here it may look older than its index.
      const later = (await stat(indexOf(fresh))).mtimeMs / 1000 + 2;
      await utimes(indexOf(fresh), later, later);
      await rename(indexOf(fresh), indexOf(spare));
      await rename(fresh, spare);
    } catch (error) {
      log.warn('no spare checkout could be made; the next one takes longer', { repository, error });
      await discard(fresh);
    }
  };

  return {
    take: async (repository, folder) => {
      const spare = `${repository}.spare`;
      if (making.has(repository) || (await exists(folder))) return;
      try {
        await mkdir(dirname(folder), { recursive: true });
        // The folder first: two that come at once can not both have it.
        await rename(spare, folder);
        await rename(indexOf(spare), indexOf(folder));
      } catch {
        // None there, or on another file system: everything is written then.
      }
    },
    make: (repository, tree) => {
      if (making.has(repository)) return;
      const work = build(repository, tree).finally(() => {
        making.delete(repository);
      });
      making.set(repository, work);
    },
    drop: async (repository) => {
      if (making.has(repository)) return false;
      await discard(`${repository}.spare`);
      await discard(`${repository}.spare.fresh`);
      return true;
    },
    settled: async () => {
      await Promise.all(making.values());
    },
  };
};
