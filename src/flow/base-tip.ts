import type { Sha } from '../domain/ids.ts';
import type { RepoRef } from '../domain/pull.ts';
import { FetchFailed } from '../git/port.ts';
import type { FlowPorts } from './ports.ts';

/** Where a branch is now, fetched. Null: there is no such branch. */
export const tipOf = async (
  { forge, git }: Pick<FlowPorts, 'forge' | 'git'>,
  repo: RepoRef,
  branch: string,
): Promise<Sha | null> => {
  const { url, token, done } = await forge.remote(repo);
  try {
    return await git.fetchBranch(repo, { url, token, baseRef: branch });
  } catch (error) {
    if (error instanceof FetchFailed && error.reason === 'no-such-ref') return null;
    throw error;
  } finally {
    done();
  }
};
