import type { Sha } from '../domain/ids.ts';
import type { Git } from '../git/port.ts';

/** Is a commit part of the history of another one, or that one itself? False where one of them is not there. */
export const isPartOf = async (git: Git, repositoryId: number, commit: Sha, other: Sha): Promise<boolean> =>
  (await git.hasCommit(repositoryId, commit)) &&
  (await git.hasCommit(repositoryId, other)) &&
  (await git.mergeBase(repositoryId, commit, other)) === commit;
