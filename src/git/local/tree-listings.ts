import { type TreeId, treeId } from '../../domain/ids.ts';
import type { TreeEntry } from '../port.ts';
import type { RunGit } from './command.ts';
import { asText, type Listing, patchListing, readTreeListing } from './listing.ts';

/** What is in a tree, by the mirror that holds it. */
export type ListTree = (repository: string, tree: TreeId) => Promise<Listing>;

/** The same for others, made once for each listing. */
export const createListEntries = (listTree: ListTree) => {
  const made = new WeakMap<Listing, readonly TreeEntry[]>();
  return async (repository: string, tree: TreeId): Promise<readonly TreeEntry[]> => {
    const listing = await listTree(repository, tree);
    const entries = made.get(listing) ?? asText(listing);
    made.set(listing, entries);
    return entries;
  };
};

// One tree is asked for by discovery, by each checkout and by what looks at the leftovers: together
// within minutes. A hundred thousand entries are about 20 MB.
const keptEntries = 100_000;

/** Below this, to read all of it is as fast as to ask what is different. */
const worthPatching = 2_000;

/**
 * A tree's id says all that is in it, so a listing that was read once is right for ever.
 *
 * @param patchFrom from how many entries on the next tree of a mirror is made of the last one and what differs
 */
export const createListTree = (run: RunGit, patchFrom = worthPatching): ListTree => {
  const kept = new Map<string, Listing>();
  /** The tree of a mirror that was listed last: the next one mostly differs by few files. */
  const newest = new Map<string, TreeId>();
  let total = 0;

  const list = async (repository: string, tree: TreeId): Promise<Listing> => {
    const last = newest.get(repository);
    const before = kept.get(`${repository}:${last}`);
    if (last !== undefined && before !== undefined) {
      const args = ['diff-tree', '-r', '-t', '-z', '--raw', '--no-abbrev', '--no-renames', last, tree];
      // The other one may have gone with its mirror.
      const different = await run(args, { repository, answers: [0, 128] });
      const patched = different.code === 0 ? patchListing(before, different.stdout) : null;
      if (patched !== null) return patched;
    }
    return readTreeListing((await run(['ls-tree', '-r', '-t', '-z', tree], { repository })).stdout);
  };

  return async (repository, tree) => {
    const key = `${repository}:${treeId(tree)}`;
    const known = kept.get(key);
    if (known !== undefined) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const listing = await list(repository, tree);
    if (listing.size > keptEntries) return listing;
    if (listing.size >= patchFrom) newest.set(repository, tree);
    if (!kept.has(key)) total += listing.size;
    kept.set(key, listing);
    for (const [oldest, { size }] of kept) {
      if (total <= keptEntries) break;
      kept.delete(oldest);
      total -= size;
    }
    return listing;
  };
};
