import type { Account } from './state.ts';

export type ActivityType = 'push' | 'force_push' | 'branch_creation' | 'branch_deletion' | 'pr_merge';

/** That a branch moved, and who moved it: an entry of the repository's activity. */
export interface Activity {
  readonly id: number;
  /** In full: `refs/heads/main`. */
  readonly ref: string;
  /** Forty zeros for a branch that is new. */
  readonly before: string;
  /** Forty zeros for a branch that was deleted. */
  readonly after: string;
  readonly type: ActivityType;
  readonly actor: Account;
  readonly at: number;
}

/** What GitHub calls such a move; null refs are new or deleted ones. */
export const activityType = (move: {
  readonly before: string | null;
  readonly after: string | null;
  readonly forced: boolean;
  readonly merging: boolean;
}): ActivityType => {
  if (move.before === null) return 'branch_creation';
  if (move.after === null) return 'branch_deletion';
  if (move.merging) return 'pr_merge';
  return move.forced ? 'force_push' : 'push';
};
