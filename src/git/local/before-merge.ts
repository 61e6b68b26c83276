import { type Sha, sha } from '../../domain/ids.ts';

/** Runs git in the mirror and gives what it printed. */
type Ask = (args: readonly string[]) => Promise<string>;

interface Logged {
  readonly parents: readonly string[];
  /** Name, address and time of the author, and the message: what putting a commit on another one keeps. */
  readonly kept: string;
  /** Seconds. */
  readonly committedAt: number;
}

/** More commits than that in one pull request are not told apart from what was there before. */
const mostCommits = 1_000;
/** A forge puts all commits of one merge on top within one go. */
const oneGoSeconds = 600;

const format = '--format=%P%x1f%an%x1f%ae%x1f%at%x1f%ct%x1f%B';

const logged = async (ask: Ask, most: number, args: readonly string[]): Promise<readonly Logged[]> => {
  const text = await ask(['log', '-z', '--no-color', `--max-count=${most}`, format, ...args]);
  return text
    .split('\0')
    .filter((one) => one !== '')
    .map((one) => {
      const [parents = '', name = '', address = '', written = '', committed = '', ...message] =
        one.split('\x1f');
      return {
        parents: parents.split(' ').filter((parent) => parent !== ''),
        kept: JSON.stringify([name, address, written, message.join('\x1f').trimEnd()]),
        committedAt: Number(committed),
      };
    });
};

/**
 * What the base branch was right before a merge. A merge commit, and one that was squashed, have it as their first parent. Commits
 * that were put on top one by one keep author, date of the author and message, and were all committed in one go; the parent of the
 * first of them is it. A squashed commit is written at the time of the merge, so it is never taken for one of them.
 * https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
 */
export const findBeforeMerge = async (ask: Ask, merged: Sha, head: Sha): Promise<Sha | null> => {
  const own = await logged(ask, mostCommits, ['--no-merges', '--end-of-options', head, `^${merged}`]);
  const onBase = await logged(ask, own.length + 1, ['--first-parent', '--end-of-options', merged]);
  const [tip] = onBase;
  const [parent] = tip?.parents ?? [];
  if (tip === undefined || parent === undefined) return null;
  if (tip.parents.length > 1) return sha(parent);
  const isSame = (one: Logged | undefined, other: Logged | undefined): boolean =>
    one !== undefined &&
    one.kept === other?.kept &&
    one.parents.length === 1 &&
    Math.abs(one.committedAt - tip.committedAt) <= oneGoSeconds;
  const other = onBase.findIndex((commit, index) => !isSame(commit, own[index]));
  const first = onBase[Math.max(0, other === -1 ? onBase.length - 1 : other - 1)];
  const [before] = first?.parents ?? [];
  return before === undefined ? null : sha(before);
};
