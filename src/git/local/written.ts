import type { TreeId } from '../../domain/ids.ts';
import type { WrittenFile } from '../port.ts';
import { indexOf } from './checkout.ts';
import type { RunGit } from './command.ts';
import { type BytePath, type Listing, toText } from './listing.ts';
import type { ListTree } from './tree-listings.ts';
import { type Found, walk } from './walk.ts';

/** Joins what is there, what should be, and which of the files git sees as changed. */
const compareWritten = (
  wanted: Listing,
  found: readonly Found[],
  touched: ReadonlySet<BytePath>,
): readonly WrittenFile[] => {
  const result: WrittenFile[] = [];
  const seen = new Set<BytePath>();
  for (const { path, kind } of found) {
    // Folders by themselves are nothing to Git, and a pipe or a socket is nothing that could be kept.
    if (kind !== 'file' && kind !== 'link') continue;
    const was = wanted.get(path)?.kind;
    if (was === 'file' || was === 'link') {
      seen.add(path);
      if (was !== kind || touched.has(path)) result.push({ path: toText(path), kind: 'modified' });
    } else {
      result.push({ path: toText(path), kind: 'added' });
    }
  }
  for (const { path, kind } of wanted.values()) {
    if ((kind === 'file' || kind === 'link') && !seen.has(path)) {
      result.push({ path: toText(path), kind: 'deleted' });
    }
  }
  return result.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
};

/** What was written into a folder since its tree was laid out; the contract is at `Git.written`. */
export const createWritten =
  (run: RunGit, listTree: ListTree) =>
  async (repository: string, tree: TreeId, folder: string): Promise<readonly WrittenFile[]> => {
    const workTree = { folder, index: indexOf(folder) };
    const [wanted, found, same, changed] = await Promise.all([
      listTree(repository, tree),
      walk(folder),
      run(['diff-index', '--cached', '--quiet', tree], { repository, workTree, answers: [0, 1] }),
      // `git diff`, not `diff-files`: it opens a file whose times moved before it calls it changed.
      // Submodules stay out: git would run itself in there, with their configuration.
      run(
        [
          'diff',
          '--name-only',
          '-z',
          '--no-renames',
          '--no-ext-diff',
          '--no-textconv',
          '--ignore-submodules=all',
        ],
        { repository, workTree },
      ),
    ]);
    if (same.code !== 0) throw new Error(`the folder was not laid out from tree ${tree}: ${folder}`);
    const touched = new Set(changed.stdout.toString('latin1').split('\0'));
    return compareWritten(wanted, found, touched);
  };
