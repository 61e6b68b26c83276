import { pullCommits } from './facts.ts';
import { type Commit, commitsOf, isAncestor } from './git/read.ts';
import type { Pull, Repo } from './state.ts';

const written = ({ message, author }: Commit): string => JSON.stringify([message, author]);

/** Did its merge bring the commit? As it was in the head, as the merge made it, or as it was put on the base branch anew. */
const brought = async (pull: Pull, sha: string): Promise<boolean> => {
  if (pull.mergeCommit === sha) return true;
  const own = await pullCommits(pull);
  if (own.some((commit) => commit.sha === sha)) return true;
  if (pull.mergeCommit === null) return false;
  const words = new Set(own.map(written));
  const onBase = await commitsOf(pull.repo.folder, ['--first-parent', pull.mergeCommit], {
    newestFirst: true,
    limit: own.length,
  });
  return onBase.some((commit) => commit.sha === sha && words.has(written(commit)));
};

/** The merged pull requests that a commit is part of; where the default branch does not have it, open ones as well. */
export const pullsOfCommit = async (repo: Repo, sha: string): Promise<readonly Pull[]> => {
  const isOnDefault = await isAncestor(repo.folder, sha, `refs/heads/${repo.defaultBranch}`);
  const found: Pull[] = [];
  for (const pull of repo.pulls.values()) {
    const counts = pull.mergedAt !== null || (!isOnDefault && pull.state === 'open');
    if (counts && (await brought(pull, sha))) found.push(pull);
  }
  return found;
};
