import { type Sha, sha, type TreeId, treeId } from '../../domain/ids.ts';
import type { Git } from '../port.ts';
import type { RunGit } from './command.ts';
import type { Known } from './known.ts';

/** As the accounts of Apps are called. No line of it is anybody else's text. */
const us = 'Tidegate <tidegate[bot]@users.noreply.github.com>';

/** See the port. Written as an object, so that no configuration and no clock has a say in it. */
export const writeCommit = async (
  run: RunGit,
  repository: string,
  { tree, parent, message, at }: Parameters<Git['commit']>[1],
): Promise<Sha> => {
  const who = `${us} ${Math.floor(at / 1_000)} +0000`;
  const input = `tree ${treeId(tree)}\nparent ${sha(parent)}\nauthor ${who}\ncommitter ${who}\n\n${message.trim()}\n`;
  const { stdout } = await run(['hash-object', '-t', 'commit', '-w', '--stdin'], { repository, input });
  return sha(stdout.toString().trim());
};

/**
 * See the port. A commit on top of what was merged that has the files of before is what undoes it, and merging that into the tip is
 * the revert: the three-way merge that `git revert` makes, for a merge commit, a squash and a range alike.
 */
export const revertOf = async (
  run: RunGit,
  { treesOf, mergeOf }: Pick<Known, 'treesOf' | 'mergeOf'>,
  { id, repository }: { readonly id: number; readonly repository: string },
  tip: Sha,
  { before, merged }: { readonly before: Sha; readonly merged: Sha },
): Promise<{ tree: TreeId } | { conflicts: readonly string[] }> => {
  const [tree] = await treesOf(id, repository, [before]);
  if (tree === undefined) throw new TypeError(`no tree of ${before}`);
  const undoing = await writeCommit(run, repository, { tree, parent: merged, message: 'Undo', at: 0 });
  return mergeOf(id, repository, tip, undoing);
};
