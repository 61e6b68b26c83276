import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { TreeId } from '../../domain/ids.ts';
import { UserError } from '../../domain/problem.ts';
import { planCleaning, refuseForbidden } from './cleaning.ts';
import { GitFailed, type RunGit } from './command.ts';
import type { Setting } from './environment.ts';
import { twinsOf } from './folding.ts';
import { type BytePath, toText } from './listing.ts';
import { createRepair } from './repair.ts';
import type { ListTree } from './tree-listings.ts';
import { type Found, inFolder, isRefused, openFolders, removeAt, walk } from './walk.ts';
import { removeBrokenIndex } from './whole-index.ts';

export type Rescue = (path: string, bytes: Buffer) => Promise<void>;

/** The index of a checkout lives beside it: nothing in the folder can touch what git believes about it. */
export const indexOf = (folder: string): string => `${folder}.index`;

/**
 * Creating files is mostly waiting: four writers are faster than one even on two cores. A checkout
 * can be laid out again at any time, so nothing of it is forced to disk.
 */
const layoutSettings: readonly Setting[] = [
  ['checkout.workers', String(Math.min(16, Math.max(4, availableParallelism())))],
  ['checkout.thresholdForParallelism', '100'],
  ['core.fsync', 'none'],
];

const blobId = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** O_NOFOLLOW and O_NONBLOCK: neither a link nor a pipe that took the file's place in between is read. */
const readOwn = async (folder: string, path: BytePath): Promise<Buffer | null> => {
  const at = inFolder(folder, path);
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(at, flags).catch(async (error: unknown) => {
    if (!isRefused(error)) throw error;
    await chmod(at, 0o600);
    return await open(at, flags);
  });
  try {
    return (await file.stat()).isFile() ? await file.readFile() : null;
  } finally {
    await file.close();
  }
};

const makeFolder = async (folder: string): Promise<void> => {
  const there = await lstat(folder).catch(() => null);
  if (there !== null && !there.isDirectory()) await rm(folder);
  await mkdir(folder, { recursive: true });
};

/**
 * Writes a tree into a folder with nothing else in it. What stood in the way is gone by now.
 * @param found the folders that may have to be opened
 */
export const createLayOut =
  (run: RunGit) =>
  async (repository: string, tree: TreeId, folder: string, found: readonly Found[] = []): Promise<void> => {
    const index = indexOf(folder);
    // `--reset` looks at every file itself: what does not fit what was laid out is written anew. A file
    // as young as the index is compared byte for byte, see Documentation/technical/racy-git.txt.
    const lay = () =>
      run(['read-tree', '--reset', '-u', '--no-recurse-submodules', tree], {
        repository,
        workTree: { folder, index },
        settings: layoutSettings,
      });
    await makeFolder(folder);
    // One call per folder at a time: a lock is what a killed one left.
    await rm(`${index}.lock`, { force: true, recursive: true });
    try {
      await lay();
    } catch (error) {
      if (!(error instanceof GitFailed) || error.timedOut) throw error;
      // A read-only folder, or an index that was cut off. Without an index everything is written.
      await openFolders(folder, found);
      await rm(index, { force: true, recursive: true });
      await rm(`${index}.lock`, { force: true, recursive: true });
      await lay();
    }
  };

/** Makes a folder hold exactly a tree; the contract is at `Git.checkout`. One call per folder at a time. */
export const createCheckout = (
  run: RunGit,
  listTree: ListTree,
  folds: (folder: string) => Promise<boolean>,
) => {
  const layOut = createLayOut(run);
  const repair = createRepair(run);

  /** Bytes that Git holds as an object are not lost with the file, so a committed state is no alarm. */
  const rescueStates = async (
    repository: string,
    folder: string,
    states: readonly BytePath[],
    rescue: Rescue,
  ): Promise<void> => {
    for (const path of states) {
      const bytes = await readOwn(folder, path);
      if (bytes === null) continue;
      const known = await run(['cat-file', '-e', blobId(bytes)], { repository, answers: [0, 1, 128] });
      if (known.code !== 0) await rescue(toText(path), bytes);
    }
  };

  return async (repository: string, tree: TreeId, folder: string, rescue: Rescue): Promise<void> => {
    const workTree = { folder, index: indexOf(folder) };
    const wanted = await listTree(repository, tree);
    const isKnown = repair.forget(folder) === tree;
    await removeBrokenIndex(workTree.index);
    const [found, touched] = await Promise.all([
      walk(folder),
      isKnown ? repair.touched(repository, workTree, wanted) : null,
    ]);
    refuseForbidden(wanted.keys());
    const twins = (await folds(folder)) ? twinsOf(wanted) : null;
    if (twins !== null) {
      const [one, other] = twins.map((path) => `\`${toText(path)}\``);
      throw new UserError({
        code: 'path-refused',
        sentence: `The repository holds ${one} and ${other}, which the disk of the server takes for one.`,
        advice: 'Rename one of them.',
      });
    }
    const { remove, states, complete } = planCleaning(wanted, found);
    await rescueStates(repository, folder, states, rescue);
    await Promise.all(remove.map((path) => removeAt(folder, path)));
    const isRepaired =
      complete &&
      touched !== null &&
      wanted.size > 0 &&
      (await repair.restore(repository, workTree, touched));
    if (!isRepaired) await layOut(repository, tree, folder, found);
    repair.remember(folder, tree);
  };
};
