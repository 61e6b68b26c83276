import { type TreeId, treeId } from '../../domain/ids.ts';
import type { TreeEntry } from '../port.ts';
import type { RunGit } from './command.ts';
import { asText, type Listing, readTreeListing } from './listing.ts';

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

/** A tree's id says all that is in it, so a listing that was read once is right for ever. */
export const createListTree = (run: RunGit): ListTree => {
  const kept = new Map<string, Listing>();
  let total = 0;
  return async (repository, tree) => {
    const key = `${repository}:${treeId(tree)}`;
    const known = kept.get(key);
    if (known !== undefined) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const listing = readTreeListing((await run(['ls-tree', '-r', '-t', '-z', tree], { repository })).stdout);
    if (listing.size > keptEntries) return listing;
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
