import type { ProjectKey, Sha } from '../../domain/ids.ts';
import type { Pending, PendingEnding } from '../../domain/pending.ts';

/** What pushes to base branches left undone. All lists are as they were added. */
export interface Pendings {
  /**
   * `known`: that commit has a row of the project already, nothing was changed; but one that was gone from its branch, and is pushed
   * again, begins anew.
   */
  add(pending: Pending): Promise<'new' | 'known'>;
  /** Of one push, ended ones too. */
  ofCommit(repositoryId: number, commit: Sha): Promise<readonly Pending[]>;
  /** Those of a repository that have not ended; of all of them where it is null. */
  open(repositoryId: number | null): Promise<readonly Pending[]>;
  /** Those of projects that have not ended. */
  openOf(projects: readonly ProjectKey[]): Promise<readonly Pending[]>;
  /** False, with nothing done, where it has ended already, or there is none. */
  end(
    repositoryId: number,
    commit: Sha,
    project: ProjectKey,
    ending: PendingEnding,
    at: number,
  ): Promise<boolean>;
}
