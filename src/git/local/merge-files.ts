import { type Sha, sha, type TreeId } from '../../domain/ids.ts';
import { GitFailed, type RunGit } from './command.ts';
import { saysUnreadable } from './fetch-judge.ts';
import type { Known } from './known.ts';
import type { Whole } from './whole.ts';

const commitLine = /^[0-9a-f]{40}$/;

/**
 * Merges two commits whose own files are all there, in a mirror that may lack those of older ones. Besides them a merge reads what
 * either side changed, as it is in the commit where both began; `bring` gets what is missing of that. Where they began several times
 * over, git merges those commits first, and all of theirs is brought.
 *
 * Null for no tree: with a conflict or nothing in common, or where git cannot say. Whoever merges them is told.
 */
export const mergeWith = async (
  run: RunGit,
  { mergeOf }: Pick<Known, 'mergeOf'>,
  { id, repository }: { readonly id: number; readonly repository: string },
  { base, head }: { readonly base: Sha; readonly head: Sha },
  whole: Pick<Whole, 'below' | 'differing'>,
  bring: (ids: readonly string[]) => Promise<void>,
): Promise<TreeId | null> => {
  /** Undefined: something is missing. */
  const merge = async (): Promise<TreeId | null | undefined> => {
    try {
      const merged = await mergeOf(id, repository, base, head);
      return 'tree' in merged ? merged.tree : null;
    } catch (error) {
      if (!(error instanceof GitFailed) || error.timedOut) throw error;
      return saysUnreadable(error.stderr) ? undefined : null;
    }
  };
  const basesOf = async (one: Sha, other: Sha): Promise<readonly Sha[]> => {
    const { stdout } = await run(['merge-base', '--all', one, other], { repository, answers: [0, 1] });
    return stdout
      .toString()
      .split('\n')
      .filter((line) => commitLine.test(line))
      .map(sha);
  };

  const atOnce = await merge();
  if (atOnce !== undefined) return atOnce;
  const bases = await basesOf(base, head);
  const changed = await Promise.all(
    bases.flatMap((from) => [base, head].map((to) => whole.differing(repository, to, from))),
  );
  await bring(changed.flat());
  const second = await merge();
  if (second !== undefined) return second;
  const [first, ...others] = bases;
  const older = first === undefined ? [] : await Promise.all(others.map((other) => basesOf(first, other)));
  const all = await Promise.all([...bases, ...older.flat()].map((each) => whole.below(repository, each)));
  await bring(all.flat());
  return (await merge()) ?? null;
};
