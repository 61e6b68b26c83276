import type { ProjectKey } from '../ids.ts';
import type { RepoRef } from '../pull.ts';
import type { Drift } from './drift.ts';
import type { DriftSettings } from './settings.ts';

/** The issue that tells of drift of a project: one, for as long as the project lives. */
export interface DriftIssue {
  readonly project: ProjectKey;
  readonly repo: RepoRef;
  /** Null: not opened yet, as far as we know. */
  readonly number: number | null;
  /** As we left it; people may close and open it as well. */
  readonly state: 'open' | 'closed';
  /** The fingerprint of the drift that people were told of last; null: of none. */
  readonly told: string | null;
  /** When this was written down, Unix milliseconds. */
  readonly at: number;
}

/** What people are told in it. `keep`: nothing new, it stays as it is. */
export type IssueWish = 'open' | 'close' | 'keep';

/**
 * What becomes of a project's issue. It is opened when so many looks in a row found drift, and stays until there is none: a look that
 * failed says nothing of the world. What is pending is no drift, and goes its own way.
 *
 * @param drift null: nobody looks any more
 */
export const issueWish = (
  drift: Pick<Drift, 'status' | 'consecutive'> | null,
  issue: Pick<DriftIssue, 'state'> | null,
  { mode, threshold }: Pick<DriftSettings, 'mode' | 'threshold'>,
): IssueWish => {
  const isOpen = issue?.state === 'open';
  const isTold = mode === 'issue' || mode === 'pr' || mode === 'apply';
  if (drift === null || !isTold) return isOpen ? 'close' : 'keep';
  switch (drift.status) {
    case 'drifted':
      return isOpen || drift.consecutive >= threshold ? 'open' : 'keep';
    case 'clean':
    case 'pending':
      return isOpen ? 'close' : 'keep';
    case 'failed':
    case 'unknown':
      return 'keep';
    default: {
      const never: never = drift.status;
      return never;
    }
  }
};
