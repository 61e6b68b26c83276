import { type Sha, sha } from '../../domain/ids.ts';

/** Runs git in the mirror and gives what it printed. */
type Ask = (args: readonly string[]) => Promise<string>;

interface Logged {
  readonly parents: readonly string[];
  /** Name, address and time of the author, and the message: what putting a commit on another one keeps. */
  readonly kept: string;
  /** By whom and when, without the signs that a forge may clean up. */
  readonly author: string;
  /** Seconds. */
  readonly committedAt: number;
}

/** More commits than that in one pull request are not told apart from what was there before. */
const mostCommits = 1_000;
/** A forge puts all commits of one merge on top within one go. */
const oneGoSeconds = 600;

const format = '--format=%P%x1f%an%x1f%ae%x1f%at%x1f%ct%x1f%B';

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

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
        author: [plain(name), plain(address), written].join(' '),
        committedAt: Number(committed),
      };
    });
};

/**
 * What the base branch was right before a merge. A merge commit, and one that was squashed, have it as their first parent. Commits
 * that were put on top one by one keep author, date of the author and message, and were all committed in one go; the parent of the
 * first of them is it. A squashed commit is written at the time of the merge, so it is never taken for one of them.
 * Null where what was found holds something of the pull request itself: its own rules would be taken for those of the base branch.
 * https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
 */
export const findBeforeMerge = async (ask: Ask, merged: Sha, head: Sha): Promise<Sha | null> => {
  const own = await logged(ask, mostCommits, ['--no-merges', '--end-of-options', head, `^${merged}`]);
  const onBase = await logged(ask, own.length + 2, ['--first-parent', '--end-of-options', merged]);
  const [tip] = onBase;
  const [parent] = tip?.parents ?? [];
  if (tip === undefined || parent === undefined) return null;
  if (tip.parents.length > 1) {
    // Pushed onto the base branch, with the head as its first parent or as all of it.
    const isPushed = merged === head || (await holds(ask, parent, head));
    return isPushed ? null : sha(parent);
  }
  if (await holds(ask, merged, head)) return null;
  const isInOneGo = ({ committedAt }: Logged) => Math.abs(committedAt - tip.committedAt) <= oneGoSeconds;
  let left = own;
  let count = 0;
  for (const commit of onBase) {
    // What the base branch has already vanishes when it is put on top of it.
    const at = left.findIndex(({ kept }) => kept === commit.kept);
    if (at === -1 || commit.parents.length !== 1 || !isInOneGo(commit)) break;
    left = left.slice(at + 1);
    count += 1;
  }
  // One of them may have lost something of its name or message on the way; who wrote it, and in which second, stays.
  const below = onBase[Math.max(1, count)];
  const authors = new Set(own.map(({ author }) => author));
  const isOwn = (commit: Logged | undefined) =>
    commit !== undefined && isInOneGo(commit) && authors.has(commit.author);
  if (isOwn(below) || (count === 0 && isOwn(tip))) return null;
  const [before] = onBase[Math.max(0, count - 1)]?.parents ?? [];
  return before === undefined ? null : sha(before);
};

/** Is the other commit part of its history? */
const holds = async (ask: Ask, commit: string, other: Sha): Promise<boolean> =>
  (await ask(['rev-list', '--max-count=1', '--end-of-options', other, `^${commit}`])).trim() === '';
